/**
 * The types of the page's data layer. It is pure TypeScript: no DOM, no view, no timers of its own but those it is given.
 *
 * What the modules beside this one export:
 *
 * - `switchboard.ts`: `defaultSettings`, `controls`, `settingsToHash(settings)`, `settingsFromHash(hash)`, `controlApplies(key, settings)`
 * - `deaths.ts`: `deaths` (the catalogue of the ways to fail), `deathOf(kind)`
 * - `strategies.ts`: `strategies` (catalogue), `resumeOf(settings)` (the option `resume` of a config)
 * - `answers.ts`: `ANSWER_TEXT`, `answerText(settings)`, `answerTokens(settings)`, `strikeRange(settings)`
 * - `scenario-of.ts`: `scenarioOf(settings)` (what is posted to the local server)
 * - `dialects.ts`: `dialects` (catalogue of all), `dialectNamed(name)`, with `make()` and `textOf(value)`
 * - `run.ts`: `openRun(order, surroundings)`: {@link Run}: the signals, and the record of all that the wire did
 * - `own-request.ts`: `parseOwnRequest(form)`: the request of a person's own, or what is wrong in plain words; `checkUrl(text)`
 * - `advice.ts`: `adviceFor(error)`, `errorView(error)`
 * - `local-api.ts`: `localApi({ fetch, token })`; `relay.ts`: `relayedTransport({ fetch, token })`
 * - `trace.ts`: `tracingTransport(inner, trace)`; `timeline.ts`, `plain-loop.ts`, `wire-log.ts`, `fixture.ts`: what is made of a
 *   trace. `run.ts` puts them together; a view needs none of them by itself.
 *
 * Nothing here begins a request because of what stands in an address: that is for the person to do.
 */
export type * from './api-types.ts'
export type * from './record-types.ts'
export type * from './run-types.ts'
export type * from './settings-types.ts'
export type * from './trace-types.ts'

#!/usr/bin/env node
import { main } from './main.ts'
import { EXIT } from './usage.ts'

const interrupt = new AbortController()
// `once`: a second Ctrl-C ends the process as if nobody listened.
process.once('SIGINT', () => interrupt.abort(EXIT.interrupted))
process.once('SIGTERM', () => interrupt.abort(EXIT.terminated))
process.once('SIGHUP', () => interrupt.abort(EXIT.hangup))

const { stdout, stderr, stdin, env, argv } = process
const code = await main(argv.slice(2), { stdout, stderr, stdin, env, interrupt: interrupt.signal })
// Not left to the event loop: a connection that is kept for reuse would hold the process.
stderr.write('', () => process.exit(code))

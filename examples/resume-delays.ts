import type { DelayFunction } from 'rx-sse'
import { EMPTY, fromEvent, timer } from 'rxjs'

declare const window: EventTarget & { navigator: { onLine: boolean } }
declare function refreshToken(): Promise<void>

export const delays: Record<string, DelayFunction> = {
  linear: (_, failures) => timer(Math.random() * 1_000 * failures),
  notForEverything: ({ status }) => (status === 402 ? EMPTY : timer(1_000)),
  notWhileOffline: () => (window.navigator.onLine ? timer(500) : fromEvent(window, 'online')),
  onceThatIsDone: () => refreshToken().then(() => 'go'),
}

import { sse } from './library.mjs'

/** A page that shows a fast model. */

const chat = sse.openaiChat()

globalThis.fast = {
  /** One task of this length. */
  block(ms) {
    const end = performance.now() + ms
    while (performance.now() < end);
  },
  /** Settles once it is whole. */
  stream: (url) =>
    new Promise((resolve, reject) => {
      const output = document.querySelector('output')
      const view = sse.viewState({
        seed: '',
        reduce: (text, chunk) => text + chat.text(chunk),
        emit: 'frame',
      })
      const startedAt = performance.now()
      let emitted = 0
      const subscription = sse
        .eventStreamSignals(url, { dialect: chat })
        .pipe(view)
        .subscribe((state) => {
          emitted++
          output.textContent = state.value
          if (state.status === 'failed') reject(state.error)
          if (state.status !== 'done') return
          queueMicrotask(() => subscription.unsubscribe())
          resolve({
            emitted,
            values: state.values,
            text: output.textContent,
            ms: performance.now() - startedAt,
          })
        })
    }),
}

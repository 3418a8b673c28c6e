import { fromEventStream } from 'rx-sse'
import { fromEvent, map, race, tap, timer } from 'rxjs'

const url = process.argv[2] ?? 'https://gateway.example/v1/events'

/** In a page: `document.querySelector('button')` and `window`. */
const retryNow = new EventTarget()
const page = new EventTarget()

fromEventStream(url, {
  retry: {
    delay: (error, failures) => {
      console.log(`${error.code}; press "retry now", or wait`)
      setTimeout(() => retryNow.dispatchEvent(new Event('click')), 100) // somebody does
      return race(
        timer(10_000 * 2 ** failures).pipe(map(() => 'time is up')),
        fromEvent(retryNow, 'click').pipe(map(() => 'retry now')),
        fromEvent(page, 'online').pipe(map(() => 'online again')),
      ).pipe(tap((why) => console.log(why)))
    },
  },
}).subscribe({
  complete: () => console.log('complete'),
  error: (error) => console.log(error.code),
})

import { defineDialect, fromEventStream } from 'rx-sse'

const url = process.argv[2] ?? 'https://feed.example/jobs/7/log'

interface Line {
  number: number
  text: string
  last?: boolean
}

const log = defineDialect({
  name: 'job-log',
  parse: (data): Line => JSON.parse(data),
  isLast: (line) => line.last === true,
  idOf: (line) => String(line.number),
  resume({ url }, cursor) {
    url.searchParams.set('after', cursor)
    return { url, headers: { 'last-event-id': undefined } }
  },
})

fromEventStream(url, { dialect: log, retry: { delay: 100 } }).subscribe({
  next: ({ number, text }) => console.log(number, text),
  complete: () => console.log('complete'),
  error: (error) => console.log(error.code),
})

import { type Dialect, done, eventStreamSignals, failed } from 'rx-sse'

const url = process.argv[2] ?? 'https://gateway.example/v1/responses'

interface ResponseEvent {
  type: string
  sequence_number: number
  response?: { id: string }
  delta?: string
}

const responses: Dialect<ResponseEvent, { id?: string }> = {
  name: 'openai-responses',
  memory: () => ({}),
  read({ data }, memory) {
    const event: ResponseEvent = JSON.parse(data)
    if (event.response) memory.id = event.response.id
    if (event.type === 'error' || event.type === 'response.failed') return failed({ payload: event })
    return ['response.completed', 'response.incomplete'].includes(event.type) ? done(event) : event
  },
  idOf: ({ sequence_number }) => String(sequence_number),
  resume({ method, url }, cursor, { id }) {
    // After a reload the config's own request is the GET; the memory is empty then.
    if (method !== 'GET') {
      if (id === undefined) return undefined
      url.pathname += `/${id}`
    }
    url.searchParams.set('stream', 'true')
    url.searchParams.set('starting_after', cursor)
    return { method: 'GET', url, headers: { 'last-event-id': undefined } }
  },
}

eventStreamSignals(url, {
  body: { model: 'm', input: 'Hi', stream: true, background: true },
  dialect: responses,
  retry: { delay: 100 },
}).subscribe({
  next: (signal) => {
    if (signal.type === 'value') process.stdout.write(signal.value.delta ?? '')
    if (signal.type === 'connecting' && signal.resume) process.stdout.write(` [after ${signal.lastEventId}]`)
  },
  complete: () => console.log('\ncomplete'),
  error: (error) => console.log(`\n${error.code}`),
})

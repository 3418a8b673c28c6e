import { EventSourceParserStream } from 'eventsource-parser/stream'

const url = process.argv[2] ?? 'https://gateway.example/v1/chat/completions'

const response = await fetch(url, { method: 'POST', body: '{"model":"m","stream":true}' })
let text = ''
for await (const { data } of response
  .body!.pipeThrough(new TextDecoderStream())
  .pipeThrough(new EventSourceParserStream())) {
  if (data === '[DONE]') break
  text += JSON.parse(data).choices[0]?.delta.content ?? ''
}
console.log('complete:', text)

import { type ProbeRequest, probe } from './probe.ts'

/** Node, Deno and Bun: the requests as JSON on the standard input, what came of them on the output. */
let input = ''
const decoder = new TextDecoder()
const { stdin } = await import('node:process')
for await (const chunk of stdin) input += decoder.decode(chunk as Uint8Array, { stream: true })
const answers: Record<string, unknown> = {}
for (const request of JSON.parse(input) as ProbeRequest[]) answers[request.name] = await probe(request)
console.log(JSON.stringify(answers))

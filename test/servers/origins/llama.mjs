// A real model behind a Chat Completions endpoint: llama.cpp, with the weights of gguf.mjs.
// node llama.mjs <folder for the model file> [<milliseconds between two tokens>]
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { getLlama } from 'node-llama-cpp'
import { CONTEXT, nonsenseModel, vocabulary } from '../gguf.mjs'

const [folder, pace = '0'] = process.argv.slice(2)
const modelPath = join(folder, 'nonsense.gguf')
writeFileSync(modelPath, nonsenseModel(1))

const llama = await getLlama({
  gpu: false,
  build: 'never',
  skipDownload: true,
  logLevel: 'error',
  maxThreads: 1,
})
const model = await llama.loadModel({ modelPath })
const context = await model.createContext({ contextSize: CONTEXT, threads: 1 })
const sequence = context.getSequence()

/** The bytes of the next tokens, one piece each. Many are a part of a UTF-8 character, or of none. */
async function* generate({ messages, max_tokens: maxTokens = 100, seed = 0 }) {
  await sequence.clearHistory()
  const prompt = model.tokenize(messages.map(({ content }) => content).join('\n'), false)
  let left = Math.min(maxTokens, CONTEXT - prompt.length)
  if (left <= 0) return
  for await (const token of sequence.evaluate(prompt, { temperature: 1, seed, yieldEogToken: true })) {
    yield vocabulary[token].bytes
    if (--left === 0) return
    if (pace !== '0') await sleep(Number(pace))
  }
}

/** A JSON string around bytes that may be no UTF-8: they go out as they are. */
const rawString = (bytes) =>
  Buffer.concat([
    Buffer.from('"'),
    ...Array.from(bytes, (byte) => {
      const special = byte < 0x20 || byte === 0x22 || byte === 0x5c
      return special ? Buffer.from(`\\u${byte.toString(16).padStart(4, '0')}`) : Buffer.of(byte)
    }),
    Buffer.from('"'),
  ])

const head = (id) => ({ id, object: 'chat.completion.chunk', created: 0, model: 'nonsense' })
const choice = (delta, finishReason) => [{ index: 0, delta, finish_reason: finishReason }]

/** A chunk whose content is a piece's own bytes. */
function contentEvent(id, bytes) {
  const empty = '"content":""'
  const [before, after] = JSON.stringify({ ...head(id), choices: choice({ content: '' }, null) }).split(empty)
  return Buffer.concat([
    Buffer.from(`data: ${before}"content":`),
    rawString(bytes),
    Buffer.from(`${after}\n\n`),
  ])
}
const event = (payload) => `data: ${typeof payload === 'string' ? payload : JSON.stringify(payload)}\n\n`

/** What became of each generation, for the tests to ask. */
const generations = []

async function complete(request, res, id) {
  const generation = { pieces: 0, end: 'running' }
  generations.push(generation)
  res.on('close', () => {
    if (!res.writableFinished) generation.end = 'client gone'
  })
  const { stream = false, stream_options: { include_usage: includeUsage = false } = {} } = request
  // Not the BOM: it would take the first character of a piece.
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  let text = ''
  if (stream) {
    res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
    res.write(event({ ...head(id), choices: choice({ role: 'assistant', content: '' }, null) }))
  }
  for await (const piece of generate(request)) {
    if (generation.end !== 'running') return
    generation.pieces++
    text += decoder.decode(piece)
    if (stream && !res.write(contentEvent(id, piece)))
      await Promise.race([once(res, 'drain'), once(res, 'close')])
  }
  const usage = { prompt_tokens: 0, completion_tokens: generation.pieces, total_tokens: generation.pieces }
  generation.end = 'length'
  if (stream) {
    res.write(event({ ...head(id), choices: choice({}, 'length') }))
    if (includeUsage) res.write(event({ ...head(id), choices: [], usage }))
    res.end(event('[DONE]'))
  } else {
    const message = { role: 'assistant', content: text }
    res.writeHead(200, { 'content-type': 'application/json' })
    res.end(JSON.stringify({ ...head(id), choices: [{ index: 0, message, finish_reason: 'length' }], usage }))
  }
}

/** One at a time: the model has one sequence. */
let turn = Promise.resolve()

const server = createServer(async (req, res) => {
  if (req.method === 'GET' && req.url === '/generations') {
    res.end(JSON.stringify(generations))
    return
  }
  const body = JSON.parse(Buffer.concat(await Array.fromAsync(req)).toString())
  turn = turn.then(() => complete(body, res, `chatcmpl-${generations.length + 1}`)).catch(console.error)
})
server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`))

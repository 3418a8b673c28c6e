import { type DialectName, isChat, isFeed, SMALLER } from './setup.ts'

/** What a whole block of the stream means, by the rules of its dialect. */
export type Meaning =
  | {
      readonly type: 'value'
      readonly id: string | undefined
      readonly data: string
      readonly kind: ValueKind
    }
  /** An ID without a value: alone, or (then with its data) that of an event that is none. */
  | { readonly type: 'id'; readonly id: string; readonly data: string | undefined }
  /** An event that is none, without even an ID. */
  | { readonly type: 'ping' }
  | { readonly type: 'retry'; readonly ms: number }
  | { readonly type: 'error'; readonly id: string | undefined; readonly code: ReportedCode }
  | { readonly type: 'marker'; readonly id: string | undefined }
  | { readonly type: 'malformed' | 'nothing' }

type ValueKind = 'content' | 'role' | 'finish'
export type ReportedCode = 'model_overloaded' | 'invalid_api_key'
/** `begin`: where the caller has asked to begin; `smaller`: before that. */
export type IdSpec = 'fresh' | 'none' | 'empty' | 'again' | 'unsendable' | 'begin' | 'smaller'

export interface Block {
  readonly text: string
  readonly meaning: Meaning
}

/** A block to be written; its id and data are chosen when it is. */
export type BlockSpec =
  | {
      readonly type: 'value'
      readonly id: IdSpec
      readonly kind: ValueKind
      /**
       * `due`: what was sent before, if that is what has to come now; `back`: the server goes back to what it has sent, if it
       * may; `first`: the data of the stream's first value once more; `new`: never sent before, whatever is due.
       */
      readonly like: 'due' | 'back' | 'first' | 'new'
      /** Of what is sent again: as another run of the same request would, or under an ID that is wrong. */
      readonly twist: 'none' | 'run' | 'id'
    }
  | { readonly type: 'id' | 'ping'; readonly id: IdSpec }
  | { readonly type: 'comment' }
  | { readonly type: 'retry'; readonly ms: number }
  | { readonly type: 'error'; readonly id: IdSpec; readonly code: ReportedCode }
  | { readonly type: 'marker'; readonly id: IdSpec }
  | { readonly type: 'malformed'; readonly id: IdSpec }

/** An event as it was sent. */
export interface Sent {
  readonly id: string | undefined
  readonly data: string
}

/** What a server knows when it writes the next block. */
export interface Writer {
  readonly dialect: DialectName
  /** The whole stream is to be sent again, so that another run of it may do. */
  readonly isReplay: boolean
  /** Whether its events have IDs, as a rule. */
  readonly hasIds: boolean
  /** A number that was never used before. */
  next(): number
  /** Where the caller has asked to begin. */
  readonly begin: string
  /** An id that was delivered before. */
  oldId(): string | undefined
  firstData(): string | undefined
  /** Takes what has to come next of what was sent before. */
  due(): Sent | undefined
  /** Goes back, if it may: what was sent is due once more. */
  goBack(): void
}

function idOf(spec: IdSpec, writer: Writer, isLone = false): string | undefined {
  if (spec === 'fresh' && !isLone && !writer.hasIds) return undefined
  if (spec === 'none') return undefined
  if (spec === 'empty') return ''
  const old = spec === 'again' ? writer.oldId() : undefined
  if (old !== undefined) return old
  if (spec === 'smaller') return SMALLER
  if (spec === 'begin' && writer.begin !== '') return writer.begin
  const number = writer.next()
  if (spec === 'unsendable') return ` blank-${number}`
  // No bare numbers: IDs that count events have rules of their own. Some need more than ASCII.
  return number % 4 === 0 ? `ż${number}` : `e${number}`
}

function chunkOf(kind: ValueKind, number: number): string {
  const deltas = {
    content: [{ content: `v${number}ż` }, { reasoning: `v${number}` }, { audio: { data: `v${number}` } }],
    role: [
      { role: 'assistant' },
      { role: 'assistant', content: '' },
      { role: 'x', refusal: null, parts: [] },
    ],
    finish: [{}],
  }[kind]
  const delta = deltas[number % deltas.length]
  const finish_reason = kind === 'finish' ? 'stop' : null
  return JSON.stringify({ id: `c${number}`, choices: [{ index: 0, delta, finish_reason }] })
}

type ValueSpec = Extract<BlockSpec, { type: 'value' }>

/** What is the same for every run of a request. */
export function essenceOf(data: string): string {
  return data.startsWith('{"id":') ? JSON.stringify(JSON.parse(data).choices) : data
}

function eventOf(spec: ValueSpec, writer: Writer): Sent {
  if (spec.like === 'back') writer.goBack()
  const first = spec.like === 'first' ? writer.firstData() : undefined
  if (first !== undefined) return { id: idOf(spec.id, writer), data: first }
  const due = spec.like === 'new' ? undefined : writer.due()
  if (due === undefined) {
    const id = idOf(spec.id, writer)
    const number = writer.next()
    // As most chats begin.
    const kind = writer.firstData() === undefined && number % 2 === 1 ? 'role' : spec.kind
    return { id, data: isChat(writer.dialect) ? chunkOf(kind, number) : `v${number}ż` }
  }
  if (writer.isReplay && spec.twist !== 'none') {
    const data = isChat(writer.dialect) ? due.data.replace(/"c\d+"/, `"c${writer.next()}"`) : due.data
    return { id: idOf(spec.id, writer), data }
  }
  return spec.twist === 'id' ? { id: idOf(spec.id, writer), data: due.data } : due
}

function dataOf(spec: BlockSpec, writer: Writer): string {
  switch (spec.type) {
    case 'error':
      return `{"error":{"type":"t","code":"${spec.code}","message":"reported ż"}}`
    case 'malformed':
      return `{"choices":[${writer.next()}ż`
    case 'ping':
      return ''
    default:
      return '[DONE]'
  }
}

function meaningOf(spec: BlockSpec, { id, data }: Sent, dialect: DialectName): Meaning {
  const isForApp = isFeed(dialect)
  if (spec.type === 'error' && !isForApp) return { type: 'error', id, code: spec.code }
  if (spec.type === 'marker' && !isForApp) return { type: 'marker', id }
  if (isChat(dialect)) {
    if (spec.type === 'malformed') return { type: 'malformed' }
    if (spec.type === 'ping') return id === undefined ? { type: 'ping' } : { type: 'id', id, data }
  }
  // Whatever it was, the data of an endless feed is the application's own.
  return { type: 'value', id, data, kind: kindOf(data) }
}

function kindOf(data: string): ValueKind {
  return data.includes('"stop"') ? 'finish' : data.includes('"role"') ? 'role' : 'content'
}

export function writeBlock(spec: BlockSpec, writer: Writer): Block {
  if (spec.type === 'comment') return { text: ': alive\n\n', meaning: { type: 'nothing' } }
  if (spec.type === 'retry') return { text: `retry: ${spec.ms}\n\n`, meaning: { type: 'retry', ms: spec.ms } }
  const isLoneId = spec.type === 'id' || (spec.type === 'ping' && !isChat(writer.dialect))
  const event =
    spec.type === 'value'
      ? eventOf(spec, writer)
      : { id: idOf(spec.id, writer, true), data: isLoneId ? '' : dataOf(spec, writer) }
  const idLine = event.id === undefined ? '' : `id: ${event.id}\n`
  if (isLoneId && event.id === undefined) return { text: ': alive\n\n', meaning: { type: 'nothing' } }
  if (isLoneId) return { text: `${idLine}\n`, meaning: { type: 'id', id: event.id ?? '', data: undefined } }
  return { text: `${idLine}data: ${event.data}\n\n`, meaning: meaningOf(spec, event, writer.dialect) }
}

/** A block of which only so many bytes were sent. */
export interface Half {
  readonly block: Block
  readonly bytes: Uint8Array
  readonly cut: number
}

export function cutBlock(block: Block, share: number): Half {
  const bytes = bytesOf(block.text)
  return { block, bytes, cut: 1 + Math.floor(share * (bytes.length - 1)) }
}

/** Only blank line, or the end of the last line, is missing. */
export const isAllButEnded = ({ bytes, cut }: Half): boolean => cut >= bytes.length - 2

export const isCutInCharacter = ({ bytes, cut }: Half): boolean => ((bytes[cut] as number) & 0xc0) === 0x80

const encoder = new TextEncoder()

export const bytesOf = (text: string): Uint8Array => encoder.encode(text)

export const showBlock = (spec: BlockSpec): string => {
  switch (spec.type) {
    case 'comment':
      return 'comment'
    case 'retry':
      return `retry: ${spec.ms}`
    case 'id':
      return `id alone (${spec.id})`
    case 'value': {
      const what = spec.kind === 'content' ? 'value' : `${spec.kind} chunk`
      const twist = spec.twist === 'none' ? '' : `, twist ${spec.twist}`
      return `${spec.like === 'due' ? '' : `${spec.like} `}${what} (id ${spec.id}${twist})`
    }
    case 'error':
      return `error ${spec.code} (id ${spec.id})`
    default:
      return `${spec.type} (id ${spec.id})`
  }
}

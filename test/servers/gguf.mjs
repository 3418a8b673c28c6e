// Writes a whole model of the llama architecture with random weights: it answers nonsense, in real tokens.
// Format: GGUF version 3, https://github.com/ggml-org/ggml/blob/master/docs/gguf.md

/** Value types of the format. */
const UINT32 = 4
const INT32 = 5
const FLOAT32 = 6
const BOOL = 7
const STRING = 8
const ARRAY = 9
/** The only type of tensor here: 32-bit floats. */
const F32 = 0
const ALIGNMENT = 32

/** Types of tokens, as llama.cpp numbers them. */
const NORMAL = 1
const UNKNOWN = 2
const CONTROL = 3
const BYTE = 6

const WIDTH = 64
const HEADS = 4
const LAYERS = 2
const FEED_FORWARD = 128
export const CONTEXT = 4_096

/** What SentencePiece writes for a blank. */
const BLANK = '\u2581'
const WORDS =
  ' the, of, and, to, in, stream, event, wire, é, ü, ñ, ß, Ж, 語, 文, 한, 🙂, 🌊, 👩‍👩‍👧, {", ":, "}, \\, [, ], data:, id:'

/** The vocabulary in the order of its IDs: three special tokens, one for each byte, and some words. */
export const vocabulary = [
  { text: '<unk>', type: UNKNOWN, bytes: Buffer.alloc(0) },
  { text: '<s>', type: CONTROL, bytes: Buffer.alloc(0) },
  { text: '</s>', type: CONTROL, bytes: Buffer.alloc(0) },
  ...Array.from({ length: 256 }, (_, byte) => ({
    text: `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
    type: BYTE,
    bytes: Buffer.of(byte),
  })),
  ...WORDS.split(',').map((word) => ({
    text: word.replaceAll(' ', BLANK),
    type: NORMAL,
    bytes: Buffer.from(word),
  })),
]

/** Numbers from -1 to 1 that a seed determines (mulberry32). */
function randomFrom(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1
  }
}

function bytesOf(size, write) {
  const buffer = Buffer.alloc(size)
  write(buffer)
  return buffer
}
const uint32 = (value) => bytesOf(4, (buffer) => buffer.writeUInt32LE(value))
const uint64 = (value) => bytesOf(8, (buffer) => buffer.writeBigUInt64LE(BigInt(value)))
const string = (text) => Buffer.concat([uint64(Buffer.byteLength(text)), Buffer.from(text)])

const WRITE = {
  [UINT32]: uint32,
  [INT32]: (value) => bytesOf(4, (buffer) => buffer.writeInt32LE(value)),
  [FLOAT32]: (value) => bytesOf(4, (buffer) => buffer.writeFloatLE(value)),
  [BOOL]: (value) => Buffer.of(value ? 1 : 0),
  [STRING]: string,
}

const entry = (key, type, value) => Buffer.concat([string(key), uint32(type), WRITE[type](value)])
const arrayEntry = (key, type, values) =>
  Buffer.concat([string(key), uint32(ARRAY), uint32(type), uint64(values.length), ...values.map(WRITE[type])])

const metadata = () => [
  entry('general.architecture', STRING, 'llama'),
  entry('general.name', STRING, 'nonsense'),
  entry('llama.context_length', UINT32, CONTEXT),
  entry('llama.embedding_length', UINT32, WIDTH),
  entry('llama.block_count', UINT32, LAYERS),
  entry('llama.feed_forward_length', UINT32, FEED_FORWARD),
  entry('llama.attention.head_count', UINT32, HEADS),
  entry('llama.attention.head_count_kv', UINT32, HEADS),
  entry('llama.attention.layer_norm_rms_epsilon', FLOAT32, 1e-5),
  entry('llama.rope.dimension_count', UINT32, WIDTH / HEADS),
  entry('llama.vocab_size', UINT32, vocabulary.length),
  entry('tokenizer.ggml.model', STRING, 'llama'),
  arrayEntry(
    'tokenizer.ggml.tokens',
    STRING,
    vocabulary.map(({ text }) => text),
  ),
  arrayEntry(
    'tokenizer.ggml.scores',
    FLOAT32,
    vocabulary.map((_, id) => -id),
  ),
  arrayEntry(
    'tokenizer.ggml.token_type',
    INT32,
    vocabulary.map(({ type }) => type),
  ),
  entry('tokenizer.ggml.unknown_token_id', UINT32, 0),
  entry('tokenizer.ggml.bos_token_id', UINT32, 1),
  entry('tokenizer.ggml.eos_token_id', UINT32, 2),
  entry('tokenizer.ggml.add_bos_token', BOOL, true),
  entry('tokenizer.ggml.add_space_prefix', BOOL, false),
]

/** Names and shapes as llama.cpp looks for them; the first dimension is the one that lies contiguous. */
const tensors = () => [
  ['token_embd.weight', WIDTH, vocabulary.length],
  ['output_norm.weight', WIDTH],
  ['output.weight', WIDTH, vocabulary.length],
  ...Array.from({ length: LAYERS }, (_, layer) => [
    [`blk.${layer}.attn_norm.weight`, WIDTH],
    [`blk.${layer}.attn_q.weight`, WIDTH, WIDTH],
    [`blk.${layer}.attn_k.weight`, WIDTH, WIDTH],
    [`blk.${layer}.attn_v.weight`, WIDTH, WIDTH],
    [`blk.${layer}.attn_output.weight`, WIDTH, WIDTH],
    [`blk.${layer}.ffn_norm.weight`, WIDTH],
    [`blk.${layer}.ffn_gate.weight`, WIDTH, FEED_FORWARD],
    [`blk.${layer}.ffn_up.weight`, WIDTH, FEED_FORWARD],
    [`blk.${layer}.ffn_down.weight`, FEED_FORWARD, WIDTH],
  ]).flat(),
]

const padding = (length) => Buffer.alloc((ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT)

/** The bytes of the model. The same seed gives the same bytes. */
export function nonsenseModel(seed) {
  const random = randomFrom(seed)
  const infos = []
  const data = []
  let offset = 0
  for (const [name, ...shape] of tensors()) {
    infos.push(string(name), uint32(shape.length), ...shape.map(uint64), uint32(F32), uint64(offset))
    const weights = new Float32Array(shape.reduce((product, size) => product * size))
    // A norm scales each of its inputs; all ones leave them as they are.
    for (let i = 0; i < weights.length; i++) weights[i] = shape.length === 1 ? 1 : random() * 0.4
    const bytes = Buffer.from(weights.buffer)
    data.push(bytes, padding(bytes.length))
    offset += bytes.length + padding(bytes.length).length
  }
  const entries = metadata()
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    uint32(3),
    uint64(tensors().length),
    uint64(entries.length),
    ...entries,
    ...infos,
  ])
  return Buffer.concat([head, padding(head.length), ...data])
}

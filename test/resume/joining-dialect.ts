import { type Dialect, done, ignored } from '../../src/index.ts'

/** One value for all pieces up to a full stop: it remembers what it has read. */
export const joining: Dialect<string, { text: string }> = {
  name: 'joining',
  memory: () => ({ text: '' }),
  read({ data: piece }, memory) {
    if (piece === '[DONE]') return done()
    memory.text += piece
    if (!piece.endsWith('.')) return ignored
    const { text } = memory
    memory.text = ''
    return text
  },
}

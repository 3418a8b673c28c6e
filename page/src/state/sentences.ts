/** As much as a screen reader can read before the next batch is due. */
const MOST_CHARACTERS = 400

const SENTENCE_END = /[.!?…:][”"')\]]*\s+|\n+/gu

/** The place behind the last sentence that is complete. */
function endOfSentences(text: string, from: number): number {
  let end = from
  SENTENCE_END.lastIndex = from
  for (let match = SENTENCE_END.exec(text); match !== null; match = SENTENCE_END.exec(text)) {
    end = SENTENCE_END.lastIndex
  }
  return end
}

/** What of a growing text to read aloud: sentences that are complete, each once, and no more than can be read in time. */
export interface SentenceReader {
  /** The next batch; `''` if no sentence is complete. `isOver`: the text will not grow any more, its rest is read too. */
  next(text: string, isOver: boolean): string
  /** The text begins anew. */
  clear(): void
  /** The text up to here was read before. */
  skipTo(length: number): void
}

export function sentenceReader(): SentenceReader {
  let read = 0
  return {
    next(text, isOver) {
      if (text.length < read) read = 0
      const end = isOver ? text.length : endOfSentences(text, read)
      const batch = text.slice(read, end).trim()
      read = end
      if (batch.length <= MOST_CHARACTERS) return batch
      const start = batch.length - MOST_CHARACTERS
      const word = batch.indexOf(' ', start)
      return `… ${batch.slice(word === -1 ? start : word + 1)}`
    },
    clear() {
      read = 0
    },
    skipTo(length) {
      read = length
    },
  }
}

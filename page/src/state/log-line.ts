const LEAST = 24

/** A line that fits: of data the end says more than the middle, which is the same in every event. */
export function shortenedLine(text: string, room: number): string {
  if (text.length <= Math.max(room, LEAST)) return text
  const head = Math.max(8, Math.floor(Math.max(room, LEAST) * 0.3))
  const tail = Math.max(room, LEAST) - head - 1
  return `${text.slice(0, head)}…${text.slice(-tail)}`
}

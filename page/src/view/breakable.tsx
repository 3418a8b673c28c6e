import { Fragment } from 'preact'

/** Longer words may be broken: others stay whole, even where a part of one would still fit. */
const LONGEST = 14

/** Names, to be broken where a reader would: behind `_` and `/`. */
export function Breakable({ text }: { text: string }) {
  const parts = text
    .split(/(?<= )/)
    .flatMap((word) => (word.length > LONGEST ? word.split(/(?<=[_/])/) : [word]))
  return parts.map((part, index) => (
    <Fragment key={`${index}${part}`}>
      {index === 0 ? null : <wbr />}
      {part}
    </Fragment>
  ))
}

/** The value that a share of all is not above. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new Error('nothing was measured')
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number
}

/** Of an even number of values the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle]
  if (upper === undefined) throw new Error('nothing was measured')
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] as number)) / 2
}

export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

const spread = (values: readonly number[]): Spread => ({
  median: median(values),
  min: Math.min(...values),
  max: Math.max(...values),
})

/** Round by round: what slowed a round down has slowed both. */
export function ratios(values: readonly number[], base: readonly number[]): Spread {
  if (values.length !== base.length) {
    throw new Error(
      `${values.length} rounds cannot be divided by ${base.length}: a client and its floor need the same --rounds`,
    )
  }
  return spread(values.map((value, round) => value / (base[round] as number)))
}

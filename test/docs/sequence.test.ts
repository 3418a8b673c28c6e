import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { sequenceSvg } from '../../scripts/pictures/sequence-drawing.ts'
import { sumOf } from '../../scripts/pictures/sequence-rows.ts'
import { runSequence, type SeenAttempt } from '../../scripts/pictures/sequence-run.ts'

const picture = resolve(import.meta.dirname, '../../docs/resumption.svg')

describe('the picture of a resumption', () => {
  let seen: readonly SeenAttempt[]

  beforeAll(async () => {
    seen = await runSequence()
  })

  it('is what a run shows', () => {
    expect(readFileSync(picture, 'utf8')).toBe(sequenceSvg(seen))
  })

  it('has a cut, an error in the stream, a 503 and the rest', () => {
    const failures = seen.flatMap(({ signals }) =>
      signals.flatMap((signal) =>
        signal.type === 'waiting' ? [`${signal.error.kind} ${signal.error.code}`] : [],
      ),
    )
    expect(failures).toEqual([
      'stream_terminated stream_terminated',
      'stream_error model_overloaded',
      'stream_terminated service_unavailable',
    ])
    expect(seen.map(({ request }) => request.headers['last-event-id'])).toEqual([undefined, '4', '8', '8'])
  })

  it('cannot be drawn of a run that delivered a value twice, or left one out', () => {
    const [first, ...others] = seen as [SeenAttempt, ...SeenAttempt[]]
    expect(() => sumOf([first, first, ...others])).toThrow('value 5 has the ID 1')
    expect(() => sumOf(others)).toThrow('value 1 has the ID 5')
  })
})

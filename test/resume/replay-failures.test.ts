import { describe, expect, it } from 'vitest'
import { openaiChat, replay } from '../../src/index.ts'
import { gatewayError } from '../../src/testing/index.ts'
import { play, textsOf } from './play.ts'
import { chatError, FINISH, tokens } from './wire-text.ts'

describe('replay', () => {
  it('tells an error of the server that comes while it passes over, and goes on after it if that may be tried again', async () => {
    const config = { dialect: openaiChat(), resume: replay() }
    const final = await play([tokens('a', 'b'), tokens('a') + chatError('unsafe_content')], config)
    expect(final.error).toMatchObject({ kind: 'stream_error', code: 'unsafe_content', events: 2 })
    const again = await play(
      [tokens('a', 'b'), tokens('a') + chatError('model_overloaded'), tokens('a', 'b') + FINISH],
      config,
    )
    expect([again.completed, textsOf(again.values).join('')]).toEqual([true, 'ab'])
    const busy = await play(
      [tokens('a', 'b'), gatewayError('model_overloaded'), tokens('a', 'b') + FINISH],
      config,
    )
    expect([busy.completed, textsOf(busy.values).join('')]).toEqual([true, 'ab'])
  })

  it('tells an event that cannot be read while it passes over', async () => {
    const seen = await play([tokens('a', 'b'), `${tokens('a')}data: {oops\n\n`], {
      dialect: openaiChat(),
      resume: replay(),
    })
    expect(textsOf(seen.values)).toEqual(['a', 'b'])
    expect(seen.error).toMatchObject({ code: 'malformed_event' })
  })
})

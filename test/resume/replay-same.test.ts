import { describe, expect, it } from 'vitest'
import {
  anthropicMessages,
  type ChatCompletionChunk,
  fromEventStream,
  openaiChat,
  replay,
} from '../../src/index.ts'
import { AT_ONCE, cut, datas, faultServer, play, tell, textsOf } from './play.ts'
import {
  blockStart,
  DONE,
  FINISH,
  messageStart,
  messageStop,
  numbered,
  plain,
  runChunk,
  textDelta,
  tokens,
} from './wire-text.ts'

describe('replay', () => {
  it('fails over an answer whose IDs are others, if only what it says is the same', async () => {
    const seen = await tell(
      [numbered(1, 2), `id: x1\ndata: e1\n\nid: x2\ndata: e2\n\nid: x3\ndata: e3\n\n${DONE}`],
      {
        resume: replay(),
      },
    )
    expect(seen.completed).toBe(true)
    expect(datas(seen.values)).toEqual(['e1', 'e2', 'e3'])
    expect(seen.signals.at(-1)).toMatchObject({ type: 'value', lastEventId: 'x3' })
  })

  it('takes another run of the model for the same if the text is: not its id, times and paddings', async () => {
    const run = (name: string, ...texts: string[]): string =>
      texts.map((text) => runChunk(text, name)).join('')
    const config = { dialect: openaiChat(), resume: replay() }
    const seen = await play([run('a', 'One', ' two'), run('bcd', 'One', ' two', ' three') + FINISH], config)
    expect(seen.completed).toBe(true)
    expect(textsOf(seen.values).join('')).toBe('One two three')
    const other = await play([run('a', 'One', ' two'), run('bcd', 'One', ' too', ' three') + FINISH], config)
    expect(other.error).toMatchObject({ mismatch: { index: 1 } })
    const strict = { ...config, resume: replay<ChatCompletionChunk>({ isSame: (a, b) => a.id === b.id }) }
    const byId = await play([run('a', 'One'), run('bcd', 'One') + FINISH], strict)
    expect(byId.error).toMatchObject({ mismatch: { index: 0 } })
  })

  it('takes another run of the model for the same on Anthropic too', async () => {
    const config = { dialect: anthropicMessages(), resume: replay() }
    const run = (id: string, ...texts: string[]): string =>
      messageStart(id, id.length) + blockStart + texts.map(textDelta).join('')
    const seen = await play([run('msg_1', 'a'), run('msg_other', 'a', 'b') + messageStop], config)
    expect([seen.completed, seen.values.length]).toEqual([true, 5])
  })

  it('takes a message_stop that comes too early for a difference', async () => {
    const config = { dialect: anthropicMessages(), resume: replay() }
    const begin = messageStart() + blockStart
    const seen = await play(
      [begin + textDelta('a') + textDelta('b'), begin + textDelta('a') + messageStop],
      config,
    )
    expect(seen.completed).toBe(false)
    expect(seen.values).toHaveLength(4)
    expect(seen.error).toMatchObject({ code: 'replay_mismatch', mismatch: { index: 3, received: undefined } })
  })

  it('takes a finish_reason that comes too early for a difference, where that ends a stream', async () => {
    const config = { dialect: openaiChat({ endMarker: 'finish_reason' }), resume: replay() }
    const finished = FINISH.replace(DONE, '')
    const seen = await play([tokens('a', 'b', 'c'), tokens('a') + finished], config)
    expect(seen.error).toMatchObject({ code: 'replay_mismatch', mismatch: { index: 1 } })
    const whole = await play([tokens('a', 'b'), tokens('a', 'b') + finished], config)
    expect([whole.completed, whole.values.length]).toEqual([true, 3])
  })

  it('compares with the values as they are: a consumer that has changed one gets an error and no splice', async () => {
    const server = await faultServer([cut(plain('a', 'b')), { fixture: plain('a', 'b', 'c') + DONE }])
    const values: string[] = []
    const error = await new Promise((resolve) => {
      fromEventStream(server.url, { resume: replay(), retry: AT_ONCE }).subscribe({
        next: (value) => {
          values.push(value.data)
          if (value.data === 'b') Object.assign(value, { data: 'changed' })
        },
        error: resolve,
        complete: () => resolve(undefined),
      })
    })
    expect(values).toEqual(['a', 'b'])
    expect(error).toMatchObject({ code: 'replay_mismatch', mismatch: { index: 1 } })
  })
})

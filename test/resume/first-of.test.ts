import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import {
  firstOf,
  type ResumeStep,
  type ResumeStrategy,
  replay,
  type ServerSentEvent,
} from '../../src/index.ts'
import { thenable } from './promises.ts'
import { VirtualStream } from './virtual.ts'
import { DONE, plain } from './wire-text.ts'

type Step = ResumeStep<ServerSentEvent> | undefined

const ofAnotherRealm = runInNewContext('(value) => Promise.resolve(value)') as <T>(value: T) => Promise<T>

describe('firstOf', () => {
  it.each<[string, (step: Step) => Step | PromiseLike<Step>]>([
    ['at once', (step) => step],
    ['by a promise', async (step) => step],
    ['by a promise of another realm', ofAnotherRealm],
    ['by what has a then and calls back at once', thenable],
  ])(
    'asks the next strategy where one says %s that it cannot go on, and takes its step where it can',
    async (_, given) => {
      const answers = [{ text: plain('a') }, { text: plain('a', 'b') + DONE }]
      const without: ResumeStrategy<ServerSentEvent> = { name: 'without', resume: () => given(undefined) }
      const byNext = await new VirtualStream(answers, { resume: firstOf(without, replay()) }).runAsync()
      expect(byNext.ends).toEqual(['complete'])
      expect(byNext.values.map(({ data }) => data)).toEqual(['a', 'b'])
      const step = { type: 'append', request: { url: '/rest' } } as const
      const appending: ResumeStrategy<ServerSentEvent> = { name: 'appending', resume: () => given(step) }
      const byFirst = await new VirtualStream(answers, { resume: firstOf(appending, replay()) }).runAsync()
      expect(byFirst.values.map(({ data }) => data)).toEqual(['a', 'a', 'b'])
    },
  )

  it('emits the failure itself where none can go on', async () => {
    const without: ResumeStrategy = { name: 'without', resume: async () => undefined }
    const stream = await new VirtualStream([{ text: plain('a') }], {
      resume: firstOf(without, without),
    }).runAsync()
    expect(stream.ends).toMatchObject([{ code: 'stream_terminated', reason: 'socket_closed', attempt: 1 }])
  })
})

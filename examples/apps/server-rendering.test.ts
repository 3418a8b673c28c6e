import { mkdir, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createElement, useSyncExternalStore } from 'react'
import { renderToString as renderReact } from 'react-dom/server'
import { compile } from 'svelte/compiler'
import { render as renderSvelte } from 'svelte/server'
import { expect, it, onTestFinished } from 'vitest'
import { createSSRApp, h, onMounted, onScopeDispose, shallowRef } from 'vue'
import { renderToString as renderVue } from 'vue/server-renderer'
import { eventStreamSignals, openaiChat, type ViewStore, viewStore } from '../../src/index.ts'
import { type FaultServer, startFaultServer } from '../../src/testing/index.ts'

const chat = openaiChat()

async function asked(start: 'now' | 'later'): Promise<{ answer: ViewStore<string>; server: FaultServer }> {
  const server = await startFaultServer()
  onTestFinished(() => server.close())
  const signals = eventStreamSignals(server.url, { body: { model: 'm', stream: true }, dialect: chat })
  return {
    server,
    answer: viewStore(signals, { seed: '', reduce: (text, chunk) => text + chat.text(chunk), start }),
  }
}

/** Long enough for a request on this machine to have come. */
async function expectNoRequest(server: FaultServer): Promise<void> {
  await sleep(100)
  expect(server.requests).toEqual([])
}

it('React renders on a server without a request, whatever start is', async () => {
  const { answer, server } = await asked('now')
  const Status = () =>
    createElement(
      'p',
      null,
      useSyncExternalStore(answer.subscribe, answer.getSnapshot, answer.getServerSnapshot).status,
    )
  expect(renderReact(createElement(Status))).toBe(`<p>${answer.getServerSnapshot().status}</p>`)
  await expectNoRequest(server)
})

it("Vue renders on a server without a request with start: 'later'", async () => {
  const { answer, server } = await asked('later')
  const app = createSSRApp({
    setup() {
      const state = shallowRef(answer.getSnapshot())
      const leave = answer.subscribe((next) => (state.value = next))
      onScopeDispose(leave)
      onMounted(answer.startAgain)
      return () => h('p', state.value.status)
    },
  })
  expect(await renderVue(app)).toBe('<p>idle</p>')
  await expectNoRequest(server)
})

it("Svelte renders on a server without a request with start: 'later'", async () => {
  const { answer, server } = await asked('later')
  const source = `<script>
    import { onMount } from 'svelte'
    const { answer } = $props()
    onMount(answer.startAgain)
  </script>
  <p>{$answer.status}</p>`
  const folder = resolve(import.meta.dirname, 'dist/server')
  await mkdir(folder, { recursive: true })
  await writeFile(resolve(folder, 'answer.js'), compile(source, { generate: 'server' }).js.code)
  const { default: Answer } = await import(resolve(folder, 'answer.js'))
  expect(renderSvelte(Answer, { props: { answer } }).body).toContain('<p>idle</p>')
  await expectNoRequest(server)
})

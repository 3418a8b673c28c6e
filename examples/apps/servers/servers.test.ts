import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ServerType, serve } from '@hono/node-server'
import { Controller, Module, Sse } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { Hono } from 'hono'
import { concat, of, throwError } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'
import { COMPLETION_TEXT, scenarios, startFaultServer } from '../../../src/testing/index.ts'
import { type Relay, relayContract } from '../../../test/relay/relay-contract.ts'
import { buildPage, startBrowser } from './chromium.ts'
import { compileExamples, installRxSse } from './install.ts'

installRxSse()

// What the examples log is what they do not tell.
vi.spyOn(console, 'error').mockImplementation(() => {})

function settings(gateway: string): void {
  Object.assign(process.env, { GATEWAY_URL: gateway, GATEWAY_KEY: 'sk-internal', HEARTBEAT_MS: '20' })
}

async function closed(server: Server | ServerType): Promise<void> {
  ;(server as Server).closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

const urlOf = (server: { address(): AddressInfo | string | null }): string =>
  `http://127.0.0.1:${(server.address() as AddressInfo).port}/chat`

describe('the examples', () => {
  it('compile', () => {
    expect(compileExamples).not.toThrow()
  })
})

const listening = ({ fetch }: Hono): Promise<ServerType> =>
  new Promise((resolve) => {
    const server = serve({ fetch, port: 0, hostname: '127.0.0.1' }, () => resolve(server))
  })

relayContract('Hono', async (gateway): Promise<Relay> => {
  settings(gateway)
  const { app } = await import('./hono.ts')
  const server = await listening(app)
  return { url: urlOf(server), close: () => closed(server) }
})

relayContract('Fastify', async (gateway): Promise<Relay> => {
  settings(gateway)
  const { app } = await import('./fastify.ts')
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  return {
    url: `${url}/chat`,
    close() {
      app.server.closeAllConnections()
      return app.close()
    },
  }
})

relayContract(
  'NestJS',
  async (gateway): Promise<Relay> => {
    settings(gateway)
    const { ChatModule } = await import('./nest.ts')
    const app = await NestFactory.create(ChatModule, { logger: false })
    await app.listen(0, '127.0.0.1')
    const server = app.getHttpServer() as Server
    return {
      url: urlOf(server),
      close() {
        server.closeAllConnections()
        return app.close()
      },
    }
  },
  { answersWithStatus: false },
)

relayContract("Node's own server", async (gateway): Promise<Relay> => {
  settings(gateway)
  const { server } = await import('./node-http.ts')
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: urlOf(server), close: () => closed(server) }
})

describe('NestJS without toRelayEvents', () => {
  it('says no code of a failure, and numbers events that have no ID', async () => {
    class LeftAloneController {
      chat() {
        return concat(
          of({ data: 'A' }),
          throwError(() => new Error('gpu-17.internal is busy')),
        )
      }
    }
    Sse('chat')(LeftAloneController.prototype, 'chat', {
      value: LeftAloneController.prototype.chat,
    } as PropertyDescriptor)
    Controller()(LeftAloneController)
    class LeftAloneModule {}
    Module({ controllers: [LeftAloneController] })(LeftAloneModule)
    const app = await NestFactory.create(LeftAloneModule, { logger: false })
    await app.listen(0, '127.0.0.1')
    const response = await fetch(urlOf(app.getHttpServer()))
    expect(await response.text()).toContain(
      'id: 1\ndata: A\n\nevent: error\nid: 2\ndata: Internal server error\n\n',
    )
    await app.close()
  })
})

describe('a page in Chromium', () => {
  it('shows what Hono relays, and knows how it ended', async () => {
    await using gateway = await startFaultServer()
    settings(`${gateway.url}/v1/chat/completions`)
    vi.resetModules()
    const { app } = await import('./hono.ts')
    const html = await buildPage()
    const server = await listening(new Hono().get('/', (c) => c.html(html)).route('/', app))
    await using browser = await startBrowser()
    const page = urlOf(server).replace('/chat', '/')

    gateway.use(scenarios.whole)
    expect(await browser.read(page)).toEqual({ text: COMPLETION_TEXT, end: 'complete' })
    gateway.use(scenarios['in-band-error'])
    expect(await browser.read(page)).toEqual({
      text: 'A stream that stops',
      end: 'stream_error model_overloaded',
    })
    gateway.use(scenarios['invalid-api-key'])
    expect(await browser.read(page)).toEqual({ text: '', end: 'request_failed invalid_api_key' })
    gateway.use(scenarios['resume-after-fin'])
    expect(await browser.read(page)).toEqual({ text: COMPLETION_TEXT, end: 'complete' })
    await closed(server)
  })
})

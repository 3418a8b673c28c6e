import type { Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { serveTcp, type TestServer } from '../server.ts'

export const OK = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n'
export const CHUNKED = `${OK}transfer-encoding: chunked\r\n\r\n`

/** One chunk of the chunked transfer coding. */
export const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`

/** Calls back once a request head has come. No more requests of the connection are understood. */
export const serveRaw = (handler: (socket: Socket, head: string) => void): Promise<TestServer> =>
  serveTcp((socket) => {
    let head = ''
    let answered = false
    socket.on('data', (data) => {
      head += data.toString('latin1')
      if (answered || !head.includes('\r\n\r\n')) return
      answered = true
      handler(socket, head)
    })
  })

/** Writes as much as the other side takes, until it has gone. Tells how much it was. */
export function flood(socket: Socket, first: string, unit: string): { readonly written: number } {
  const count = { written: 0 }
  const bytes = Buffer.from(unit.repeat(Math.ceil(16_384 / unit.length)))
  const write = (data: string | Buffer): boolean => {
    count.written += data.length
    return socket.write(data)
  }
  const go = (): void => {
    while (!socket.destroyed && write(bytes));
  }
  socket.on('drain', () => void setImmediate(go))
  write(first)
  go()
  return count
}

/** Writes a piece every few milliseconds, until the other side has gone: endless, but cheap. */
export function trickle(socket: Socket, first: string, unit: string, everyMs = 2): void {
  socket.write(first)
  const timer = setInterval(() => {
    if (socket.destroyed) clearInterval(timer)
    else socket.write(unit)
  }, everyMs)
  socket.on('close', () => clearInterval(timer))
  onTestFinished(() => clearInterval(timer))
}

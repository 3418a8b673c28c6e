import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { programPath } from '../installed.ts'
import { type Child, startOn } from './child.ts'

export const NCHAN_MODULE = '/usr/lib/nginx/modules/ngx_nchan_module.so'

/** nginx with nchan: `/publish/<channel>` takes a message, `/feed/<channel>` is the event stream of all of them. */
export interface Nchan {
  readonly url: string
  readonly port: number
  /** Publishes one after the other; resolves once nchan has them. */
  publish(channel: string, ...messages: readonly string[]): Promise<void>
  /** SIGHUP: new workers; the old ones end their responses and go. */
  reload(): void
  /** SIGKILL to the worker; nginx starts another. */
  killWorker(): void
  stop(): Promise<void>
}

const configuration = (folder: string, port: number): string => `
daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 1;
pid ${folder}/pid;
error_log stderr notice;
load_module ${NCHAN_MODULE};
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  server {
    listen 127.0.0.1:${port};
    location ~ ^/publish/(\\w+)$ {
      nchan_publisher;
      nchan_channel_id $1;
      nchan_message_buffer_length 1000;
    }
    location ~ ^/feed/(\\w+)$ {
      nchan_subscriber eventsource;
      nchan_channel_id $1;
    }
  }
}
`

export async function startNchan(): Promise<Nchan> {
  const folder = mkdtempSync(join(tmpdir(), 'rx-sse-nchan-'))
  const file = join(folder, 'nginx.conf')
  const child: Child = await startOn((port) => {
    writeFileSync(file, configuration(folder, port))
    const command = programPath('nginx') ?? 'nginx'
    // Not the compiled-in log file either, which only root may write.
    return { command, args: ['-e', 'stderr', '-p', folder, '-c', file], ready: /start worker process \d/ }
  })
  return {
    url: child.url,
    port: child.port,
    async publish(channel, ...messages) {
      for (const body of messages) {
        const { status } = await fetch(`${child.url}/publish/${channel}`, { method: 'POST', body })
        if (status !== 201 && status !== 202) throw new Error(`nchan answered ${status}`)
      }
    },
    reload: () => child.signal('SIGHUP'),
    killWorker: () => {
      const pid = [...child.output().matchAll(/start worker process (\d+)/g)].at(-1)?.[1]
      process.kill(Number(pid), 'SIGKILL')
    },
    stop: async () => {
      await child.end('SIGTERM')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

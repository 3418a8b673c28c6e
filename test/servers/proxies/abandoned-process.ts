import { apache } from './apache.ts'
import { caddy } from './caddy.ts'
import { haproxy } from './haproxy.ts'
import { nginx } from './nginx.ts'
import { startProxy } from './proxy.ts'

/** Starts a proxy as a test does, and never stops it. */
const kinds = { nginx, haproxy, caddy, apache }
const kind = kinds[process.argv[2] as keyof typeof kinds]
const { process: started } = await startProxy(kind)
process.send?.({ pid: started.pid, group: started.group, folder: started.folder })

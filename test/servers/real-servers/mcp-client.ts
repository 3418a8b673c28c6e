import { parseArgs } from 'node:util'
import { FAULTS, type Fault } from './mcp-faults.ts'
import { McpSession } from './mcp-session.ts'

/** A tool of the server's, of which only the names of its arguments are looked at. */
interface Tool {
  readonly name: string
  readonly inputSchema: { readonly properties?: object }
}

/**
 * An MCP client in a process of its own: `node mcp-client.ts [--listen] [--fault <name>] <url>`.
 * Calls every tool that the server has.
 */
const { values, positionals } = parseArgs({
  options: { listen: { type: 'boolean' }, fault: { type: 'string' } },
  allowPositionals: true,
})
const [url = ''] = positionals
const session = new McpSession(url, FAULTS[values.fault as Fault])
await session.initialize()
if (values.listen) await session.listen()
const { tools } = await session.request('tools/list')
for (const { name, inputSchema } of tools as readonly Tool[]) {
  // Numbers are all that these tools want.
  const args = Object.keys(inputSchema.properties ?? {}).map((key, i) => [key, i])
  const { content } = await session.request('tools/call', { name, arguments: Object.fromEntries(args) })
  console.log(content?.[0]?.text)
}
session.close()

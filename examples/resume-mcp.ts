import { fromEventStream, mcp } from 'rx-sse'

const url = process.argv[2] ?? 'https://mcp.example/mcp'

fromEventStream(url, {
  body: { jsonrpc: '2.0', id: 3, method: 'tools/call', params: { name: 'build' } },
  headers: { 'mcp-protocol-version': '2025-11-25' },
  dialect: mcp(),
  retry: { delay: 100 },
}).subscribe({
  next: ({ params, result }) => console.log(params?.progress ?? result?.content?.[0]?.text),
  complete: () => console.log('complete'),
  error: (error) => console.log(error.code),
})

import { run } from './run.ts'

process.exitCode = run('vitest', ['run', ...process.argv.slice(2)])
console.log(
  `Ran on Node ${process.versions.node}. Left out: real proxies and servers (npm run test:servers), the official SDKs (npm run test:sdks), browsers, other runtimes and the page (npm run test:browser), load (npm run test:load), the same suite on Node 22.19 and 24 (npm run test:nodes).`,
)

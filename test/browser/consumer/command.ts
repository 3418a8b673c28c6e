import { runSuite, type SuitePlan } from '../suite/run.ts'
import { sse } from './library.mjs'

/** Deno, Bun and Node: the plan as JSON on the standard input, the report on the last line of the output. */
const { default: process } = await import('node:process')
let input = ''
for await (const chunk of process.stdin) input += chunk
const report = await runSuite(sse, JSON.parse(input) as SuitePlan)
process.stdout.write(`\n${JSON.stringify(report)}\n`, () => process.exit(0))

import { type CodeRow, gatewayCodes, ownCodes } from '../src/index.ts'

/** The error table in Markdown, from the code itself. */
const rows = (codes: Readonly<Record<string, CodeRow>>): string =>
  Object.entries(codes)
    .map(
      ([code, row]) => `| \`${code}\` | ${row.retryable ? 'yes' : 'no'} | ${row.meaning} | ${row.remedy} |`,
    )
    .join('\n')

export const errorTable = (): string =>
  [
    '| code | retry | meaning | what to do |',
    '|---|---|---|---|',
    '| **of the gateway** | | | |',
    rows(gatewayCodes),
    '| **of rx-sse** | | | |',
    rows(ownCodes),
  ].join('\n')

if (import.meta.main) console.log(errorTable())

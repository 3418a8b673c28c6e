import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync } from 'node:fs'
import { resolve } from 'node:path'

const here = import.meta.dirname
const repository = resolve(here, '../../..')
const tsc = resolve(repository, 'node_modules/.bin/tsc')

function compile(args: readonly string[]): void {
  const { status, stdout } = spawnSync(tsc, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`tsc ${args.join(' ')}\n${stdout}`)
}

/** `rx-sse` as npm would install it: the examples get it by its exports. */
export function installRxSse(): void {
  const target = resolve(here, 'node_modules/rx-sse')
  mkdirSync(target, { recursive: true })
  copyFileSync(resolve(repository, 'package.json'), resolve(target, 'package.json'))
  compile(['-p', resolve(here, 'tsconfig.rx-sse.json')])
}

/** @throws Error with what is wrong in them */
export function compileExamples(): void {
  compile(['-p', here])
}

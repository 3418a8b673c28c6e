import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, resolve } from 'node:path'

export const root: string = resolve(import.meta.dirname, '..')

/** Runs a command in the repo's root with its own tools first on the path; output goes where ours goes. */
export function run(
  command: string,
  args: readonly string[],
  options: { node?: string; env?: Record<string, string> } = {},
): number {
  const path = [options.node, resolve(root, 'node_modules/.bin'), process.env.PATH]
    .filter(Boolean)
    .join(delimiter)
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...options.env, PATH: path },
  })
  if (error !== undefined) console.error(`${command}: ${error.message}`)
  return status ?? 1
}

/** Whether a folder that has a package.json of its own has its packages too. */
export const installed = (folder: string): boolean => existsSync(resolve(root, folder, 'node_modules'))

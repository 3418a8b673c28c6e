import { UsageError } from './usage.ts'

/** Why a port cannot be had, as an error of usage; any other error as it is. */
export function listenError(error: unknown, port: number | undefined): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') {
    return new UsageError(
      `port ${port} is taken: end what listens there, or choose another with --port N (0: one that is free)`,
    )
  }
  if (code === 'EACCES') {
    return new UsageError(
      `port ${port} needs rights that you do not have: choose one from 1024 up with --port N`,
    )
  }
  return error
}

/** @throws UsageError */
export function parsePort(given: string | undefined, byDefault: number): number {
  if (given === undefined) return byDefault
  const port = /^\d{1,5}$/.test(given) ? Number(given) : Number.NaN
  if (port <= 65_535) return port
  throw new UsageError('--port takes a whole number from 0 to 65535; 0 takes one that is free.')
}

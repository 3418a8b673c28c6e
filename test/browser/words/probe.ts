/**
 * What plain `fetch` tells a page about a failure. Runs in every runtime as it is: imports nothing.
 */

/** A request to make, and what to do with the answer. */
export interface ProbeRequest {
  readonly name: string
  readonly url: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly redirect?: 'follow' | 'manual' | 'error'
  /** Aborted so many milliseconds after the request was made, or once the first chunk has come. */
  readonly abort?: number | 'first chunk'
  /** The reason that it is aborted with; `'timeout'`: by `AbortSignal.timeout`. */
  readonly abortReason?: 'timeout' | 'error'
}

/** One error of a chain of causes. */
interface ProbedError {
  readonly name: string
  readonly message: string
  readonly code?: string | number
}

/** Where it showed, and in which words. */
export interface Probed {
  readonly step: 'fetch rejects' | 'read rejects' | 'clean end'
  readonly name?: string
  readonly message?: string
  readonly code?: string | number
  readonly cause?: readonly ProbedError[]
  /** `instanceof` the runtime's own class. */
  readonly isTypeError?: boolean
  readonly isDomException?: boolean
  readonly status?: number
  readonly type?: string
  readonly location?: string | null
  /** Bytes that were read before. */
  readonly bytes?: number
}

function told(error: unknown): ProbedError {
  const { name, message, code } = Object(error) as Record<string, unknown>
  return {
    name: String(name),
    message: String(message),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
  }
}

function chain(error: unknown): ProbedError[] {
  const causes: ProbedError[] = []
  let next = (Object(error) as { cause?: unknown }).cause
  while (next !== undefined && next !== null && causes.length < 5) {
    causes.push(told(next))
    next = (Object(next) as { cause?: unknown }).cause
  }
  return causes
}

function failure(step: Probed['step'], error: unknown): Probed {
  const cause = chain(error)
  return {
    step,
    ...told(error),
    ...(cause.length === 0 ? {} : { cause }),
    isTypeError: error instanceof TypeError,
    isDomException: error instanceof DOMException,
  }
}

/** Makes the request, reads the answer to its end. Never rejects. */
export async function probe(request: ProbeRequest): Promise<Probed> {
  const { url, method = 'GET', headers = {}, body, redirect = 'follow', abort, abortReason } = request
  const controller = new AbortController()
  const giveUp = (): void => {
    if (abortReason === 'error') controller.abort(new Error('the caller has its own reason'))
    else controller.abort()
  }
  const timer = typeof abort === 'number' && abortReason !== 'timeout' ? setTimeout(giveUp, abort) : undefined
  const signal =
    abortReason === 'timeout' && typeof abort === 'number' ? AbortSignal.timeout(abort) : controller.signal
  let bytes = 0
  let response: Response
  try {
    response = await fetch(url, {
      method,
      headers,
      redirect,
      signal,
      ...(body === undefined ? {} : { body }),
    })
  } catch (error) {
    clearTimeout(timer)
    return failure('fetch rejects', error)
  }
  const head = {
    status: response.status,
    type: response.type,
    ...(redirect === 'manual' ? { location: response.headers.get('location') } : {}),
  }
  try {
    const reader = response.body?.getReader()
    for (;;) {
      const read = await reader?.read()
      if (read === undefined || read.done) break
      bytes += read.value.length
      if (abort === 'first chunk') giveUp()
    }
    return { step: 'clean end', ...head, bytes }
  } catch (error) {
    return { ...failure('read rejects', error), ...head, bytes }
  } finally {
    clearTimeout(timer)
  }
}

/** A request body as it is sent, and the content type that follows from its kind. */
export interface EncodedBody {
  readonly body: string | Uint8Array | undefined
  readonly contentType: string | undefined
}

/** @throws TypeError for a body that cannot be sent again by each attempt */
export function encodeBody(body: unknown): EncodedBody {
  if (body === undefined || body === null) return { body: undefined, contentType: undefined }
  if (typeof body === 'string') return { body, contentType: undefined }
  if (body instanceof Uint8Array) return { body, contentType: undefined }
  if (body instanceof URLSearchParams) {
    return { body: body.toString(), contentType: 'application/x-www-form-urlencoded;charset=UTF-8' }
  }
  const oneShot =
    typeof body !== 'object' ||
    Symbol.asyncIterator in body ||
    'getReader' in body ||
    'pipe' in body ||
    'arrayBuffer' in body ||
    body instanceof ArrayBuffer ||
    (typeof FormData === 'function' && body instanceof FormData)
  if (oneShot) {
    throw new TypeError(
      'body must be a plain object (sent as JSON), text, a Uint8Array or URLSearchParams: each attempt sends it again, so it cannot be a stream.',
    )
  }
  try {
    return { body: JSON.stringify(body), contentType: 'application/json' }
  } catch (cause) {
    throw new TypeError('body cannot be written as JSON.', { cause })
  }
}

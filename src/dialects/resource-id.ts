/** Longer than any ID: a server's whim is not kept. */
const MAX_ID = 1_024

/**
 * Can this be the name of a resource, as the last part of a path? Dots alone are a step in a path, and half a surrogate pair
 * cannot be encoded: `encodeURIComponent` throws.
 */
export const isResourceId = (id: unknown): id is string =>
  typeof id === 'string' && id.length <= MAX_ID && !/^\.*$/.test(id) && !/\p{Surrogate}/u.test(id)

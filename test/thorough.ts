/**
 * Whether all is tried that there is to try, as `npm run test:load` does; else the share of it that `npm test` has time for: other
 * places in each stream, and every place in some.
 */
export const isThorough: boolean = process.env.RX_SSE_THOROUGH === '1'

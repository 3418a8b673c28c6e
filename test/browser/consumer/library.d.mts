import type { Sse } from '../suite/kit.ts'

/** Resolved by the runtime's, or the bundler's, own conditions. */
export declare const sse: Sse

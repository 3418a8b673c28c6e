import type { ForeignCodes } from './foreign-codes.ts'

/** Reasons of a `finish` that says that the answer is not whole. */
export const aiSdkCodes: ForeignCodes = {
  // "provider stream ended without a completion signal": packages/ai/src/types/language-model.ts of vercel/ai
  interrupted: 'stream_terminated',
}

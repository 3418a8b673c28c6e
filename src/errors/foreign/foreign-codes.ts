import type { SseErrorCode } from '../codes.ts'

/** Names of another API's errors, and for each the nearest row; with a verdict on trying again where that of the row is wrong for it. */
export type ForeignCodes = Readonly<
  Record<string, SseErrorCode | { readonly code: SseErrorCode; readonly retryable: boolean }>
>

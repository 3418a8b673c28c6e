/** As much of `fetch` as is used. */
export type FetchLike = (url: string, init: FetchInit) => PromiseLike<FetchResponse>

export interface FetchInit {
  readonly method: string
  readonly headers: Record<string, string>
  // biome-ignore lint/suspicious/noExplicitAny: a `BodyInit` of the platform's own types, of which each has others
  readonly body?: any
  // biome-ignore lint/suspicious/noExplicitAny: an `AbortSignal` of the platform's own types
  readonly signal: any
  readonly credentials?: 'omit' | 'same-origin' | 'include'
  readonly mode?: 'cors' | 'same-origin'
  readonly cache?: 'no-store' | 'reload' | 'no-cache'
  readonly redirect: 'follow' | 'manual'
}

export interface FetchResponse {
  readonly status: number
  readonly type?: string
  readonly url?: string
  readonly redirected?: boolean
  readonly headers: { get(name: string): string | null }
  readonly body: FetchBody | null | undefined
}

export interface FetchBody {
  getReader(): {
    read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>
    cancel(reason?: unknown): Promise<void>
  }
}

/** The part of it that is used here; the package has no types. */
declare module 'launchdarkly-eventsource' {
  interface StreamEvent {
    readonly type: string
    readonly data?: string
    readonly status?: number
    readonly message?: string
  }

  export class EventSource {
    constructor(
      url: string,
      options?: {
        readonly method?: string
        readonly headers?: Readonly<Record<string, string>>
        readonly body?: string
        readonly readTimeoutMillis?: number
      },
    )
    onmessage: (event: StreamEvent & { readonly data: string }) => void
    onerror: (event: StreamEvent) => void
    addEventListener(type: 'closed', listener: () => void): void
    close(): void
  }
}

/** A request as the config describes it: the same for every attempt, whatever was changed for one of them. */
export interface StreamRequest {
  readonly method: string
  /** Without user name and password. A copy. */
  readonly url: URL
  /** As it stands in the config: an object, not its JSON. Not to be changed: return another one. */
  readonly body: unknown
}

/** What is different about one request. What is left out stays as in the config. */
export interface StreamRequestChange {
  /** `GET` drops the body, unless one is given here. */
  readonly method?: string | undefined
  /** Absolute, or relative to the config's. To another origin the config's credentials are not sent. */
  readonly url?: string | URL | undefined
  /** `undefined`, as a key that is there: none. */
  readonly body?: unknown
  /** On top of the config's; `undefined` takes one away. */
  readonly headers?: Readonly<Record<string, string | number | undefined>> | undefined
}

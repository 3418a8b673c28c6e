/** What a response header lookup needs to offer. */
export type HeaderLookup = (name: string) => string | undefined

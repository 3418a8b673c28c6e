/** Of a request, and of the response to it. */
export type McpRequestId = string | number

/** A JSON-RPC message of an MCP server's, as far as it is what it should be: nothing of it is checked. */
export type McpMessage = McpNotification | McpRequest | McpResult | McpError

export interface McpNotification {
  readonly jsonrpc: '2.0'
  /** `notifications/progress`, `notifications/message`, … */
  readonly method: string
  readonly params?: McpParams
  readonly id?: undefined
  readonly result?: undefined
  readonly error?: undefined
}

/** The server asks something, by `elicitation/create` say: to be answered by a POST of its own. Until 2025-11-25. */
export interface McpRequest {
  readonly jsonrpc: '2.0'
  readonly id: McpRequestId
  readonly method: string
  readonly params?: McpParams
  readonly result?: undefined
  readonly error?: undefined
}

/** Of a notification or a request; those of progress and of logging by name. */
export interface McpParams {
  readonly progressToken?: string | number
  readonly progress?: number
  readonly total?: number
  readonly message?: string
  readonly level?: string
  readonly data?: unknown
  readonly [name: string]: unknown
}

export interface McpResult {
  readonly jsonrpc: '2.0'
  readonly id: McpRequestId
  readonly result: {
    /** What a tool has given. */
    readonly content?: readonly McpContent[]
    readonly structuredContent?: unknown
    /** The tool has failed: that is for the model to read, and no error of the stream. */
    readonly isError?: boolean
    /** From 2026-07-28 on: `complete`, or `input_required`. */
    readonly resultType?: string
    readonly [name: string]: unknown
  }
  readonly method?: undefined
  readonly params?: undefined
  readonly error?: undefined
}

export interface McpContent {
  /** `text`, `image`, `audio`, `resource_link`, `resource`. */
  readonly type: string
  readonly text?: string
  readonly [name: string]: unknown
}

/** A value only where it is not the answer to the stream's own request. */
export interface McpError {
  readonly jsonrpc: '2.0'
  /** None where the server could not tell which request it was. */
  readonly id?: McpRequestId | null
  readonly error: { readonly code: number; readonly message: string; readonly data?: unknown }
  readonly method?: undefined
  readonly params?: undefined
  readonly result?: undefined
}

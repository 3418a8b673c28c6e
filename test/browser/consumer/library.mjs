export * as sse from 'rx-sse'

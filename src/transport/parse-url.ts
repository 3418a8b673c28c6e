/** `URL.parse` as far back as `URL` itself: browsers have it since 2024, React Native's engine has it not. */
export function parseUrl(text: string, base?: string | undefined): URL | null {
  try {
    return new URL(text, base)
  } catch {
    return null
  }
}

/** Your code: asks for a completion, streams it, and tells the user how it ended. */
export async function answer(url) {
  let text = ''
  try {
    const response = await fetch(url, { method: 'POST', body: '{"model":"m","stream":true}' })
    if (!response.ok) return { text, ended: `refused with ${response.status}` }
    let rest = ''
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      const events = (rest + chunk).split('\n\n')
      rest = events.pop()
      for (const event of events) {
        const data = event.replace(/^data: /, '')
        if (data === '[DONE]') return { text, ended: 'whole' }
        const { error, choices } = JSON.parse(data)
        if (error) return { text, ended: `failed: ${error.message}` }
        text += choices[0]?.delta.content ?? ''
      }
    }
  } catch {
    // As if it had ended properly: without [DONE] it is cut in any case.
  }
  return { text, ended: 'cut' }
}

import { fromEventStream, gemini, text } from 'rx-sse'

const url =
  process.argv[2] ?? 'https://generativelanguage.googleapis.com/v1beta/models/m:streamGenerateContent?alt=sse'

const dialect = gemini()
const body = { contents: [{ parts: [{ text: 'Hi' }] }] }

fromEventStream(url, { body, dialect })
  .pipe(text(dialect))
  .subscribe({
    next: (piece) => process.stdout.write(piece),
    complete: () => console.log('\ncomplete'),
    error: (error) => console.log(`\n${error.code}`),
  })

import type { FormProblem, PageProblem } from './types.ts'

/** Something that keeps the page from making a request, in plain words. */
export function pageProblem(what: string, doThis: string, field?: FormProblem['field']): PageProblem {
  return Object.assign(new Error(`${what} ${doThis}`), {
    name: 'PageProblem',
    what,
    doThis,
    ...(field === undefined ? {} : { field }),
  })
}

export const isPageProblem = (error: unknown): error is PageProblem =>
  error instanceof Error && error.name === 'PageProblem'

import { runSuite, type SuitePlan } from '../suite/run.ts'
import { sse } from './library.mjs'

/** A page and a worker: the same bundle. */
export const run = (plan: SuitePlan) => runSuite(sse, plan)

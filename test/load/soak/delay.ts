import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import type { Delay } from './messages.ts'

const RESOLUTION_MS = 10

/** Measures by how much the event loop is late. */
export function watchDelay(): IntervalHistogram {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  histogram.enable()
  return histogram
}

export function delayOf(histogram: IntervalHistogram): Delay {
  // Nanoseconds, and the timer's own interval is among them.
  const late = (ns: number): number => Math.max(0, Math.round(ns / 1e5) / 10 - RESOLUTION_MS)
  return {
    p50: late(histogram.percentile(50)),
    p99: late(histogram.percentile(99)),
    max: late(histogram.max),
  }
}

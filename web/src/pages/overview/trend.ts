/** The trend as series of a chart: first try, after a retry, failed, standing on each other. Pure. */
import type { TrendBucket } from '~/api/runs'
import { bucketAt, type Frame, frame } from '~/charts/frame'

export interface TrendValues {
  frame: Frame
  firstTry: number[]
  retried: number[]
  failed: number[]
}

/** One value per bucket of the range; buckets that the answer leaves out had no runs. */
export function trendValues(trend: readonly TrendBucket[], from: number, to: number, stepMs: number): TrendValues {
  const first = trend[0] ? Date.parse(trend[0].bucket) : from
  // Aligned as the server aligns: its buckets decide, not the first moment of the range.
  const start = first - Math.ceil((first - from) / stepMs) * stepMs
  const whole = frame(Math.min(start, first), to, stepMs)
  const zeros = () => Array.from({ length: whole.count }, () => 0)
  const values: TrendValues = { frame: whole, firstTry: zeros(), retried: zeros(), failed: zeros() }
  for (const bucket of trend) {
    const at = bucketAt(whole, Date.parse(bucket.bucket))
    if (at === null) continue
    values.firstTry[at] = bucket.first_try
    values.retried[at] = bucket.succeeded - bucket.first_try
    values.failed[at] = bucket.failed
  }
  return values
}

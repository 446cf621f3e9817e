/**
 * What a chart shows, in the words of the domain: series in a frame of buckets, limits, alerts, buckets that are not
 * complete. Pages describe; options of the chart library are made from it elsewhere.
 */
import type { Frame, Stretch } from './frame'

export type Values = readonly (number | null)[]

export interface Series {
  /** Stays the same between refreshes. */
  key: string
  /** As labels show it. */
  name: string
  color: string
  /** Dash array; empty for solid. */
  dash: readonly number[]
  /** One for each bucket of the frame, or for each group of a grouped chart; null is no data, never zero. */
  values: Values
}

export interface Band {
  /** Of the series with this key. */
  key: string
  label: string
  low: Values
  high: Values
}

export interface Limit {
  /** "threshold elapsed: 300 ms" */
  label: string
  value: number
  /** Whether values beyond it are above it or below it. */
  side: 'above' | 'below'
}

export interface AlertMark {
  id: string
  from: number
  /** Null while it lasts. */
  to: number | null
  label: string
}

export interface Hatch extends Stretch {
  /** "62 % complete"; none for the bucket that is not over yet. */
  label?: string
}

export type TimeKind = 'line' | 'area' | 'bar'

export interface TimeModel {
  kind: TimeKind
  /** Series stand on each other. */
  stacked: boolean
  frame: Frame
  series: readonly Series[]
  band?: Band | null
  limits: readonly Limit[]
  alerts: readonly AlertMark[]
  hatched: readonly Hatch[]
  /** Values are milliseconds. */
  clock?: boolean
  /** Values are whole numbers. */
  whole?: boolean
}

/** Whether a value is on the wrong side of one of the limits. */
export const exceeds = (value: number | null | undefined, limits: readonly Limit[]): boolean =>
  value !== null &&
  value !== undefined &&
  limits.some((limit) => (limit.side === 'above' ? value > limit.value : value < limit.value))

/** Tops of each series at one bucket when all stand on each other; no data adds nothing. */
export function stackedTops(series: readonly Series[], index: number): number[] {
  let sum = 0
  return series.map(({ values }) => {
    sum += values[index] ?? 0
    return sum
  })
}

/** Limits that lie further above the values than this stay outside, named with an arrow, so that the values can be read. */
const reachOfLimits = 5

/** The greatest value that the axis must hold. */
export function topOf(model: Pick<TimeModel, 'series' | 'stacked' | 'band' | 'limits'>): number {
  let top = 0
  const [first] = model.series
  if (model.stacked && first) {
    for (const index of first.values.keys()) top = Math.max(top, stackedTops(model.series, index).at(-1) ?? 0)
  } else {
    for (const { values } of model.series) for (const value of values) if (value !== null && value > top) top = value
  }
  for (const value of model.band?.high ?? []) if (value !== null && value > top) top = value
  const limits = model.limits.map(({ value }) => value).filter((value) => top === 0 || value <= top * reachOfLimits)
  return Math.max(top, ...limits.map((value) => value * 1.08))
}

/** The volume over time as stacked bars, by how bad the lines are; pure, so that it is tested without a screen. */
import type { Schemas } from '~/api/client'

type Histogram = Schemas['Histogram']

/** From the bottom of a bar to its top. */
export const bands = ['calm', 'warn', 'error'] as const
export type Band = (typeof bands)[number]

const bandOf: Record<string, Band> = { warn: 'warn', error: 'error', fatal: 'error' }

/** The levels of a band, as the query line names them. */
export const levelsOf: Record<Band, string> = {
  calm: '-severity>=warn',
  warn: 'severity:warn',
  error: 'severity>=error',
}

export interface Bar {
  from: number
  to: number
  counts: Record<Band, number>
  total: number
}

export interface Volume {
  bars: Bar[]
  totals: Record<Band, number>
  total: number
  /** The tallest bar. */
  most: number
  step: number
}

const none = (): Record<Band, number> => ({ calm: 0, warn: 0, error: 0 })

export function volumeOf(histogram: Histogram): Volume {
  const step = histogram.step_seconds * 1000
  const bars = new Map<number, Bar>()
  const totals = none()
  for (const { time, value, records } of histogram.bars) {
    const from = Date.parse(time)
    const band = bandOf[value] ?? 'calm'
    const bar = bars.get(from) ?? { from, to: from + step, counts: none(), total: 0 }
    bar.counts[band] += records
    bar.total += records
    totals[band] += records
    bars.set(from, bar)
  }
  const all = [...bars.values()]
  return {
    bars: all,
    totals,
    total: totals.calm + totals.warn + totals.error,
    most: Math.max(0, ...all.map(({ total }) => total)),
    step,
  }
}

/** Pixel heights of a bar's bands, bottom first: what is there is seen, however small, and the whole is the total's. */
export function heights({ counts, total }: Bar, most: number, height: number): Record<Band, number> {
  if (most === 0) return none()
  const whole = Math.max(2, (total / most) * height)
  const error = counts.error > 0 ? Math.max(2, (counts.error / most) * height) : 0
  const warn = counts.warn > 0 ? Math.max(2, (counts.warn / most) * height) : 0
  return { error, warn, calm: counts.calm > 0 ? Math.max(1, whole - error - warn) : 0 }
}

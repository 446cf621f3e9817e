/**
 * Round numbers for axes: ticks of values from zero, ticks of time in a zone, and the rows of a logarithmic axis. Our
 * own, so that overlays, canvas and pictures agree on where a value stands without asking the chart library.
 */
import { startOfDay } from '~/time/zones'
import { type Frame, type Plot, xOf } from './frame'

export interface ValueScale {
  max: number
  ticks: number[]
}

const rounds = [1, 1.5, 2, 2.5, 3, 5, 10]
const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour
/** Steps of durations from ten seconds up, in milliseconds. */
const clockSteps = [10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400].map(
  (each) => each * second,
)

interface ScaleOptions {
  /** About how many steps. */
  steps?: number
  /** Values are milliseconds, so that long ones go by minutes and hours. */
  clock?: boolean
  /** Values are whole numbers. */
  whole?: boolean
}

/** A scale from zero that holds `top`, in about five round steps. */
export function valueScale(top: number, { steps = 5, clock = false, whole = false }: ScaleOptions = {}): ValueScale {
  const reach = Number.isFinite(top) && top > 0 ? top : 1
  const step = roundStep(reach / steps, clock, whole)
  const count = Math.max(1, Math.ceil(reach / step - 1e-9))
  const ticks = Array.from({ length: count + 1 }, (_, at) => Number((at * step).toPrecision(12)))
  return { max: ticks.at(-1) ?? reach, ticks }
}

function roundStep(least: number, clock: boolean, whole: boolean): number {
  if (clock && least > 5 * second) {
    const found = clockSteps.find((step) => step >= least)
    if (found) return found
  }
  const power = 10 ** Math.floor(Math.log10(least))
  const step = (rounds.find((round) => round * power >= least - 1e-12) ?? 10) * power
  return whole ? Math.max(1, Math.ceil(step)) : step
}

const timeSteps = [
  second,
  2 * second,
  5 * second,
  10 * second,
  15 * second,
  30 * second,
  minute,
  2 * minute,
  5 * minute,
  10 * minute,
  15 * minute,
  30 * minute,
  hour,
  2 * hour,
  3 * hour,
  6 * hour,
  12 * hour,
  day,
  2 * day,
  7 * day,
  14 * day,
]

/** Round moments of a zone in a range: at most `most` of them. */
export function timeTicks(from: number, to: number, zone: string, most: number): number[] {
  const step = timeSteps.find((each) => (to - from) / each <= Math.max(1, most) + 0.5) ?? 28 * day
  const ticks: number[] = []
  if (step >= day) {
    for (let at = startOfDay(from, zone); at <= to; at = startOfDay(at, zone, step / day))
      if (at >= from) ticks.push(at)
    return ticks
  }
  const midnight = startOfDay(from, zone)
  for (let at = midnight + Math.ceil((from - midnight) / step) * step; at <= to; at += step) ticks.push(at)
  return ticks
}

/** Room that half a label of a moment takes, in pixels. */
const halfLabel = 20

/** Ticks of a chart's time axis, without those whose label would be cut off at the right. */
export function axisTicks(frame: Frame, plot: Plot, right: number, zone: string): number[] {
  const ticks = timeTicks(frame.from, frame.to, zone, Math.max(2, Math.floor(plot.width / 110)))
  const end = plot.left + plot.width + right - halfLabel
  return ticks.filter((at) => xOf(frame, plot, at) <= end)
}

/** Rows of a logarithmic axis. */
export interface LogRows {
  /** Edges, ascending; one more than rows. */
  edges: number[]
}

/** Above so many octaves a row is a whole one, below it half of one. */
const mostHalved = 12

/**
 * Rows that hold `low` to `high`: octaves of `anchor`, or their halves at one and a half. The server's bins are quarters
 * of the same octaves, so that no bin reaches over an edge.
 */
export function octaveRows(low: number, high: number, anchor = 1): LogRows {
  const least = Math.max(low, 1e-12)
  const first = Math.floor(Math.log2(least / anchor) + 1e-9)
  const last = Math.max(first + 1, Math.ceil(Math.log2(Math.max(high, least) / anchor) - 1e-9))
  const leads = last - first <= mostHalved ? [1, 1.5] : [1]
  const edges: number[] = []
  for (let power = first; power < last; power += 1) for (const lead of leads) edges.push(anchor * lead * 2 ** power)
  return { edges: [...edges, anchor * 2 ** last] }
}

/** The row of a value; those outside belong to the outermost. */
export function rowOf({ edges }: LogRows, value: number): number {
  const above = edges.findIndex((edge) => edge > value * (1 + 1e-9))
  return above < 0 ? edges.length - 2 : Math.max(0, above - 1)
}

/** Where a value stands in rows of equal height: 0 at the lowest edge, the number of rows at the highest. */
export function rowPlace(rows: LogRows, value: number): number {
  const row = rowOf(rows, value)
  const [low, high] = [rows.edges[row] ?? 1, rows.edges[row + 1] ?? 2]
  return row + Math.min(1, Math.max(0, Math.log(Math.max(value, 1e-12) / low) / Math.log(high / low)))
}

/** Labels of a logarithmic axis: 1 and 3 of each decade within the edges. */
export function logTicks({ edges }: LogRows): number[] {
  const [low, high] = [edges[0] ?? 1, edges.at(-1) ?? 10]
  const ticks: number[] = []
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1) {
    for (const lead of [1, 3]) {
      const tick = Number((lead * 10 ** power).toPrecision(6))
      if (tick >= low * 0.999 && tick <= high * 1.001) ticks.push(tick)
    }
  }
  return ticks
}

/**
 * A week of due times as a strip: seven days, each with what became of its due times as parts of a bar. A flow that runs
 * a few times a day has a mark for each, one that runs each minute has shares. Pure.
 */
import type { DueOutcome, Scheduled } from '~/api/runs'
import { startOfDay } from '~/time/zones'

export type Counts = Scheduled['counts']

export interface Span {
  from: number
  to: number
}

export interface Part {
  outcome: DueOutcome
  /** Of the bar, 0 to 1. */
  share: number
}

/** In the order of the bar: what went well, what did not, what is still to come. */
const order = ['ran', 'late', 'skipped', 'missed', 'failed', 'due'] as const
/** Worst first, as a day is told in words. */
const worstFirst = ['failed', 'missed', 'skipped', 'late', 'ran', 'due'] as const

/** Up to so many due times of a day have a mark of their own. */
const mostMarks = 12
/** Of a bar of shares, what went wrong has at least this much, however rare it was. */
const leastShare = 0.06

/** The seven days that end with today, in the zone in force. */
export function weekOf(now: number, zone: string): Span[] {
  return Array.from({ length: 7 }, (_, at) => ({
    from: startOfDay(now, zone, at - 6),
    to: startOfDay(now, zone, at - 5),
  }))
}

export const sumOf = (counts: Counts) => order.reduce((sum, outcome) => sum + counts[outcome], 0)

/** The parts of a day's bar, from its left; none when nothing was due. */
export function partsOf(counts: Counts): Part[] {
  const sum = sumOf(counts)
  if (sum === 0) return []
  if (sum <= mostMarks) {
    return order.flatMap((outcome) =>
      Array.from({ length: counts[outcome] }, (): Part => ({ outcome, share: 1 / sum })),
    )
  }
  const present = order.filter((outcome) => counts[outcome] > 0)
  const shares = present.map((outcome) => Math.max(leastShare, counts[outcome] / sum))
  const whole = shares.reduce((total, share) => total + share, 0)
  return present.map((outcome, at) => ({ outcome, share: (shares[at] ?? 0) / whole }))
}

/** What happened on a day at all, worst first. */
export const toldOutcomes = (counts: Counts): (typeof worstFirst)[number][] =>
  worstFirst.filter((outcome) => counts[outcome] > 0)

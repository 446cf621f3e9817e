/**
 * A week of due times as a strip: seven days, each of a few equal parts that take the worst outcome of what was due in
 * them, so that a flow that runs each minute fits beside one that runs once. Pure.
 */
import type { DueOutcome, DueRow } from '~/api/runs'
import { startOfDay } from '~/time/zones'

export interface Part {
  /** Null where nothing was due. */
  worst: DueOutcome | null
  count: number
}

export interface Day {
  from: number
  to: number
  parts: Part[]
  counts: Record<DueOutcome, number>
  sum: number
}

/** Worst first: what a part shows when several things happened in it. */
const severity: readonly DueOutcome[] = ['failed', 'missed', 'skipped', 'late', 'running', 'ran', 'paused', 'due']

const noCounts = (): Record<DueOutcome, number> => ({
  ran: 0,
  late: 0,
  skipped: 0,
  missed: 0,
  paused: 0,
  due: 0,
  running: 0,
  failed: 0,
})

export const worse = (a: DueOutcome | null, b: DueOutcome): DueOutcome =>
  a === null || severity.indexOf(b) < severity.indexOf(a) ? b : a

/** The seven days that end with today, in the zone in force. */
export function weekOf(now: number, zone: string): { from: number; to: number }[] {
  return Array.from({ length: 7 }, (_, at) => ({
    from: startOfDay(now, zone, at - 6),
    to: startOfDay(now, zone, at - 5),
  }))
}

export function stripOf(
  due: readonly DueRow[],
  days: readonly { from: number; to: number }[],
  partsPerDay = 24,
): Day[] {
  const strip = days.map(
    ({ from, to }): Day => ({
      from,
      to,
      parts: Array.from({ length: partsPerDay }, () => ({ worst: null, count: 0 })),
      counts: noCounts(),
      sum: 0,
    }),
  )
  for (const row of due) {
    const at = Date.parse(row.due)
    const day = strip.find(({ from, to }) => from <= at && at < to)
    const part = day?.parts[Math.floor(((at - day.from) / (day.to - day.from)) * partsPerDay)]
    if (!day || !part) continue
    part.worst = worse(part.worst, row.outcome)
    part.count += 1
    day.counts[row.outcome] += 1
    day.sum += 1
  }
  return strip
}

/** What a day says in words, worst first: what happened at all. */
export const toldOutcomes = (day: Day): DueOutcome[] => severity.filter((outcome) => day.counts[outcome] > 0)

/**
 * A week of due times by the hour: seven days of the zone, each with its hours, and what became of what was due, or ran
 * without being due, in each of them. Pure.
 */
import type { Schemas } from '~/api/client'
import type { DueOutcome } from '~/api/runs'
import { startOfDay } from '~/time/zones'

export type HourTally = Schemas['HourTally']

export interface Span {
  from: number
  to: number
}

/** Worst first: what an hour or a day looks like, and how it is told. */
const worstFirst = [
  'failed',
  'missed',
  'skipped',
  'late',
  'retrying',
  'running',
  'cancelled',
  'ran',
  'paused',
  'due',
] as const satisfies readonly DueOutcome[]
export type Outcome = (typeof worstFirst)[number]
export type Counts = Record<Outcome, number>

export interface Hour extends Span {
  counts: Counts
}

const hour = 3_600_000

/** The seven days that end with today, in the zone in force. */
export function weekOf(now: number, zone: string): Span[] {
  return Array.from({ length: 7 }, (_, at) => ({
    from: startOfDay(now, zone, at - 6),
    to: startOfDay(now, zone, at - 5),
  }))
}

const nothing = (): Counts => Object.fromEntries(worstFirst.map((outcome) => [outcome, 0])) as Record<Outcome, number>

/** What was due and became of it; runs that nobody had planned count by how they ended. */
function countsOf({ others, ...due }: HourTally): Counts {
  const counts = nothing()
  for (const outcome of worstFirst) counts[outcome] = due[outcome]
  counts.ran += others.succeeded
  counts.failed += others.failed
  counts.running += others.other
  return counts
}

/** The hours of a day, 23 to 25 as clocks change, each with its counts; an hour that the answer leaves out had nothing. */
export function hoursOf(day: Span, told: readonly HourTally[]): Hour[] {
  const known = new Map(told.map((tally) => [Date.parse(tally.hour), tally]))
  return Array.from({ length: Math.round((day.to - day.from) / hour) }, (_, at) => {
    const from = day.from + at * hour
    const tally = known.get(from)
    return { from, to: from + hour, counts: tally ? countsOf(tally) : nothing() }
  })
}

/** The whole day's counts. */
export function dayCounts(hours: readonly Hour[]): Counts {
  const sum = nothing()
  for (const { counts } of hours) for (const outcome of worstFirst) sum[outcome] += counts[outcome]
  return sum
}

export const sumOf = (counts: Counts) => worstFirst.reduce((sum, outcome) => sum + counts[outcome], 0)

/** What happened at all, worst first. */
export const toldOutcomes = (counts: Counts): Outcome[] => worstFirst.filter((outcome) => counts[outcome] > 0)

/** What an hour looks like: the worst of it; null when it had nothing. */
export const lookOf = (counts: Counts): Outcome | null => toldOutcomes(counts)[0] ?? null

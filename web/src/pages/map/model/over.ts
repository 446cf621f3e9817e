/**
 * What had fired within a range and is over at its end: an edge that is calm by then was not calm all the while. Pure.
 */
import type { Format } from '~/format/useFormat'
import { keyOf, toneAt } from './alerts'
import type { ApiAlert } from './graph'

export interface Over {
  /** How often it fired. */
  times: number
  /** When it first fired, and when the last one was over. */
  from: number
  to: number
  /** The last of them. */
  alert: ApiAlert
}

export type OverOf = (dimensions: Record<string, string>) => Over | null

/** By combination: alerts that fired before `at` (null for now), ended after `from`, and are over. */
export function overIn(alerts: readonly ApiAlert[], from: number, at: number | null): OverOf {
  const byKey = new Map<string, Over>()
  for (const alert of alerts) {
    const [fired, resolved] = [Date.parse(alert.fired ?? ''), Date.parse(alert.resolved ?? '')]
    const within = fired < (at ?? Number.POSITIVE_INFINITY) && resolved > from
    if (!within || toneAt(alert, at) !== null) continue
    const key = keyOf(alert.dimensions)
    byKey.set(key, together(byKey.get(key) ?? null, { times: 1, from: fired, to: resolved, alert }) as Over)
  }
  return (dimensions) => byKey.get(keyOf(dimensions)) ?? null
}

/** Of several edges that are drawn as one, or several alerts of one edge. */
export function together(one: Over | null, other: Over | null): Over | null {
  if (!one || !other) return one ?? other
  return {
    times: one.times + other.times,
    from: Math.min(one.from, other.from),
    to: Math.max(one.to, other.to),
    alert: one.to > other.to ? one.alert : other.alert,
  }
}

/** "14:03" and "14:20"; with their day where it is not that on which the range ends, the second one only where it differs. */
export function betweenOf(format: Format, from: number, to: number, lastDay: string): { from: string; to: string } {
  const [first, last] = [format.date(from), format.date(to)]
  const dated = (moment: number, day: string, said: string) =>
    `${day === said ? '' : `${day.slice(5)} `}${format.minutes(moment)}`
  return { from: dated(from, first, lastDay), to: dated(to, last, first) }
}

/** Which alerts are whose: what each was at a moment, and which combination it is of. Pure. */
import type { ApiAlert, Tone } from './graph'
import { unknown } from './names'

export type AlertsOf = (dimensions: Record<string, string>) => ApiAlert[]

/** What an alert was at a moment; null for now. */
export function toneAt(alert: ApiAlert, at: number | null): Tone | null {
  const silenced = Boolean(alert.silenced)
  if (at === null) {
    if (alert.state === 'resolved') return null
    return silenced ? 'silenced' : alert.state
  }
  if (Date.parse(alert.since) >= at || (alert.resolved && Date.parse(alert.resolved) <= at)) return null
  return alert.fired && Date.parse(alert.fired) <= at ? 'firing' : 'pending'
}

const tones: readonly (Tone | null)[] = ['firing', 'pending', 'silenced', null]

export function worstTone(all: readonly (Tone | null)[]): Tone | null {
  return tones.find((tone) => all.includes(tone)) ?? null
}

export const keyOf = (dimensions: Record<string, string>) =>
  JSON.stringify(
    Object.entries(dimensions)
      .filter(([, value]) => value !== unknown)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )

/** By combination: the alerts that are open at a moment (null for now), the worst first. */
export function alertsAt(alerts: readonly ApiAlert[], at: number | null): AlertsOf {
  const byKey = new Map<string, ApiAlert[]>()
  for (const alert of alerts) {
    if (toneAt(alert, at) === null) continue
    const key = keyOf(alert.dimensions)
    byKey.set(key, [...(byKey.get(key) ?? []), alert])
  }
  const order = (alert: ApiAlert) => tones.indexOf(toneAt(alert, at))
  for (const list of byKey.values()) list.sort((a, b) => order(a) - order(b))
  return (dimensions) => byKey.get(keyOf(dimensions)) ?? []
}

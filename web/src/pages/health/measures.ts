/**
 * Each part of Magpie against its limit: how much of it is taken, and from where it is worth a look. Pure; what the
 * server calls a reason is told by its verdict, this is only how full the bars are.
 */
import type { Schemas } from '~/api/client'

export type Health = Schemas['Health']

/** How a bar looks: calm, worth a look, beyond what is good. */
export type Level = 'ok' | 'pending' | 'firing'

export const levelOf = (share: number | null, soon = 0.8, bad = 0.95): Level =>
  share === null || share < soon ? 'ok' : share < bad ? 'pending' : 'firing'

/** A part of a whole, kept between 0 and 1; null without a whole. */
export function shareOf(part: number, whole: number | null | undefined): number | null {
  if (whole === null || whole === undefined || whole <= 0) return null
  return Math.min(1, Math.max(0, part / whole))
}

/** Judging may be behind by this before it is worth a look, and before it is bad, in milliseconds. */
export const judgeLag = { soon: 60_000, bad: 300_000 }

export const judgesLate = ({ judge_lag_ms: lag }: Pick<Health, 'judge_lag_ms'>): boolean =>
  lag !== null && lag !== undefined && lag >= judgeLag.bad

/** The server's verdict, unless a measure on this page says worse: not all is well while alerts are hours behind. */
export const verdictOf = (health: Pick<Health, 'verdict' | 'judge_lag_ms'>): Health['verdict'] =>
  health.verdict === 'ok' && judgesLate(health) ? 'degraded' : health.verdict

/** The fullest queue, and how full it is. */
export function fullest(queues: Health['queues']): { name: string; share: number } | null {
  const all = queues.map(({ name, length, bound }) => ({ name, share: shareOf(length, bound) ?? 0 }))
  return all.sort((a, b) => b.share - a.share)[0] ?? null
}

export const droppedIn = (queues: Health['queues']) => queues.reduce((sum, { dropped }) => sum + dropped, 0)

/** How old the oldest record is, in seconds. */
export const oldestAge = (health: Pick<Health, 'oldest'>, now: number): number | null =>
  health.oldest === null ? null : Math.max(0, (now - Date.parse(health.oldest)) / 1000)

export const minute = 60_000

/** Records of each of the sixty minutes before `to`, oldest first; bars of several values are summed. */
export function perMinute(bars: readonly { time: string; records: number }[], to: number): number[] {
  const counts = new Array<number>(60).fill(0)
  for (const { time, records } of bars) {
    const at = 59 - Math.floor((to - 1 - Date.parse(time)) / minute)
    if (at >= 0 && at < 60) counts[at] = (counts[at] ?? 0) + records
  }
  return counts
}

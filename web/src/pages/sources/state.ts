/** What of a source is worth a word. */
import type { Schemas } from '~/api/client'

/** Seconds behind from which a source is late. */
export const lateAfter = 60

/** Delay, in milliseconds, from which lines are history that is being read: of yesterday and before. */
export const isHistory = (delayMs: number): boolean => delayMs >= 86_400_000

/** The part of its events that was not understood; null without events. */
export function unparsedShare(source: Pick<Schemas['Source'], 'parsed' | 'unparsed_total'>): number | null {
  const all = source.parsed + source.unparsed_total
  return all === 0 ? null : source.unparsed_total / all
}

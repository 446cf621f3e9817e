/** A week of due times: days of the zone, also when clocks change, and the bar of each day. */
import { describe, expect, test } from 'vitest'
import type { DueRow } from '~/api/runs'
import { withNext } from './DueTable'
import { type Counts, partsOf, sumOf, toldOutcomes, weekOf } from './strip'

const counts = (part: Partial<Counts>): Counts => ({
  ran: 0,
  late: 0,
  failed: 0,
  missed: 0,
  skipped: 0,
  due: 0,
  ...part,
})

test('the week ends with today, in the days of the zone', () => {
  const week = weekOf(Date.parse('2026-11-22T06:00:00Z'), 'Asia/Shanghai')
  expect(week).toHaveLength(7)
  expect(new Date(week[6]?.from ?? 0).toISOString()).toBe('2026-11-21T16:00:00.000Z')
  for (const [at, day] of week.entries()) if (at > 0) expect(day.from).toBe(week[at - 1]?.to)
})

test('a day on which clocks change is as long as it is', () => {
  const days = weekOf(Date.parse('2026-10-25T12:00:00Z'), 'Europe/Berlin')
  expect(((days[6]?.to ?? 0) - (days[6]?.from ?? 0)) / 3_600_000).toBe(25)
})

describe('the bar of a day', () => {
  test('has a mark for each of a few due times, what is to come last', () => {
    const parts = partsOf(counts({ ran: 2, failed: 1, due: 1 }))
    expect(parts.map(({ outcome }) => outcome)).toEqual(['ran', 'ran', 'failed', 'due'])
    expect(parts.map(({ share }) => share)).toEqual([0.25, 0.25, 0.25, 0.25])
  })
  test('has shares of many, and one failure among thousands is seen', () => {
    const parts = partsOf(counts({ ran: 4319, failed: 1 }))
    expect(parts.map(({ outcome }) => outcome)).toEqual(['ran', 'failed'])
    expect(parts[1]?.share).toBeGreaterThan(0.05)
    expect(parts.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1)
  })
  test('is empty when nothing was due', () => {
    expect(partsOf(counts({}))).toEqual([])
  })
  test('tells its worst first', () => {
    const day = counts({ ran: 3, missed: 1, late: 2 })
    expect(toldOutcomes(day)).toEqual(['missed', 'late', 'ran'])
    expect(sumOf(day)).toBe(6)
  })
})

describe('the next due time stands above those that were', () => {
  const now = Date.parse('2026-11-22T06:00:00Z')
  const past: DueRow[] = [
    { flow: 'a.b', due: '2026-11-22T05:00:00Z', outcome: 'ran', reason: null, run: null, shift: null },
  ]
  const told = (next: string | null, from: number, to: number) =>
    withNext(past, 'a.b', next, from, to, now).map(({ outcome }) => outcome)

  test.each([
    ['in a range that ends now', '2026-11-22T07:00:00Z', now - 3_600_000, now, ['due', 'ran']],
    ['not in a range that is over', '2026-11-22T07:00:00Z', now - 7_200_000, now - 3_600_000, ['ran']],
    ['not when there is none', null, now - 3_600_000, now, ['ran']],
  ])('%s', (_, next, from, to, outcomes) => {
    expect(told(next, from, to)).toEqual(outcomes)
  })
})

/** A week of due times as parts of days: the worst outcome of each, in the days of the zone, also when clocks change. */
import { describe, expect, test } from 'vitest'
import type { DueOutcome, DueRow } from '~/api/runs'
import { newestFirst } from './DueTable'
import { stripOf, toldOutcomes, weekOf, worse } from './strip'

const row = (due: string, outcome: DueOutcome): DueRow => ({
  flow: 'a.b',
  due,
  outcome,
  reason: null,
  run: null,
  shift: null,
})
const now = Date.parse('2026-11-22T06:00:00Z')
const week = weekOf(now, 'Asia/Shanghai')

test('the week ends with today, in the days of the zone', () => {
  expect(week).toHaveLength(7)
  expect(new Date(week[6]?.from ?? 0).toISOString()).toBe('2026-11-21T16:00:00.000Z')
  for (const [at, day] of week.entries()) if (at > 0) expect(day.from).toBe(week[at - 1]?.to)
})

test('a day on which clocks change is as long as it is', () => {
  const days = weekOf(Date.parse('2026-10-25T12:00:00Z'), 'Europe/Berlin')
  expect(((days[6]?.to ?? 0) - (days[6]?.from ?? 0)) / 3_600_000).toBe(25)
})

test.each<[DueOutcome | null, DueOutcome, DueOutcome]>([
  [null, 'due', 'due'],
  ['ran', 'late', 'late'],
  ['late', 'ran', 'late'],
  ['missed', 'failed', 'failed'],
  ['due', 'ran', 'ran'],
])('of %s and %s, %s is shown', (a, b, shown) => {
  expect(worse(a, b)).toBe(shown)
})

describe('the strip', () => {
  const strip = stripOf(
    [
      row('2026-11-21T16:10:00Z', 'ran'),
      row('2026-11-21T16:40:00Z', 'failed'),
      row('2026-11-21T18:00:00Z', 'ran'),
      row('2026-11-20T10:00:00Z', 'missed'),
      row('2026-11-01T10:00:00Z', 'ran'),
    ],
    week,
  )
  test('an hour shows the worst that happened in it', () => {
    expect(strip[6]?.parts.slice(0, 3).map(({ worst, count }) => [worst, count])).toEqual([
      ['failed', 2],
      [null, 0],
      ['ran', 1],
    ])
  })
  test('a day counts its outcomes, worst first, and what is outside of the week is left out', () => {
    expect(toldOutcomes(strip[6] as (typeof strip)[number])).toEqual(['failed', 'ran'])
    expect(strip.map(({ sum }) => sum)).toEqual([0, 0, 0, 0, 1, 0, 3])
  })
})

test('due times: the newest first, of those ahead the next three only', () => {
  const due = [4, 5, 6, 7, 8, 9].map((hour) => row(`2026-11-22T0${hour}:30:00Z`, hour < 6 ? 'ran' : 'due'))
  expect(newestFirst(due, now).map((each) => each.due.slice(11, 13))).toEqual(['08', '07', '06', '05', '04'])
})

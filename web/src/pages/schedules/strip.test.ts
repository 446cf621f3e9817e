/** A week of due times: days of the zone, also when clocks change, and the bar of each day. */
import { describe, expect, test } from 'vitest'
import type { DueRow, Run } from '~/api/runs'
import { withNext, withUnplanned } from './DueTable'
import { dayCounts, type HourTally, hoursOf, lookOf, sumOf, toldOutcomes, weekOf } from './strip'

const tally = (hour: string, part: Partial<HourTally>): HourTally => ({
  hour,
  ran: 0,
  late: 0,
  failed: 0,
  missed: 0,
  skipped: 0,
  paused: 0,
  due: 0,
  running: 0,
  retrying: 0,
  cancelled: 0,
  others: { succeeded: 0, failed: 0, other: 0 },
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

describe('the hours of a day', () => {
  const [today] = weekOf(Date.parse('2026-11-22T06:00:00Z'), 'Asia/Shanghai').slice(-1)
  const told = [
    tally('2026-11-21T16:00:00Z', { ran: 3 }),
    tally('2026-11-21T18:00:00Z', { ran: 9, missed: 1, late: 2 }),
    tally('2026-11-22T15:00:00Z', { due: 4 }),
    tally('2026-11-22T16:00:00Z', { failed: 1 }),
  ]
  const hours = today ? hoursOf(today, told) : []

  test('are all there, also those in which nothing was due, and no hour of another day', () => {
    expect(hours).toHaveLength(24)
    expect(hours.map(({ counts }) => sumOf(counts)).filter((sum) => sum > 0)).toEqual([3, 12, 4])
  })
  test('look as the worst of what became of them', () => {
    expect([0, 1, 2, 23].map((at) => hours[at] && lookOf(hours[at].counts))).toEqual(['ran', null, 'missed', 'due'])
  })
  test('make the day together, told worst first', () => {
    expect(toldOutcomes(dayCounts(hours))).toEqual(['missed', 'late', 'ran', 'due'])
  })
  test('are 25 when clocks go back', () => {
    const day = weekOf(Date.parse('2026-10-25T12:00:00Z'), 'Europe/Berlin').at(-1)
    expect(day && hoursOf(day, [])).toHaveLength(25)
  })
  test('count runs that nobody had planned by how they ended', () => {
    const by = tally('2026-11-21T16:00:00Z', { others: { succeeded: 2, failed: 1, other: 0 } })
    expect(today && toldOutcomes(dayCounts(hoursOf(today, [by])))).toEqual(['failed', 'ran'])
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

test.each([
  ['2026-11-22T10:00:00Z', 1],
  ['2026-11-22T09:59:30Z', 1],
  ['2026-11-22T10:00:30Z', 2],
])('what was next at %s and has been decided since is told once', (next, rows) => {
  const ran: DueRow = { flow: 'a.b', due: '2026-11-22T10:00:00Z', outcome: 'ran', reason: null, run: null, shift: null }
  const now = Date.parse('2026-11-22T10:00:05Z')
  expect(withNext([ran], 'a.b', next, now - 3_600_000, now, now)).toHaveLength(rows)
})

test('runs that nobody had planned stand among those that were due, and one that took a due time only there', () => {
  const run = (job_id: string, queued: string) => ({ flow: 'a.b', job_id, queued }) as Run
  const due = (at: string, taken: Run | null): DueRow => ({
    flow: 'a.b',
    due: at,
    outcome: taken ? 'ran' : 'missed',
    reason: null,
    run: taken,
    shift: null,
  })
  const taken = run('taken', '2026-11-22T10:00:03Z')
  const rows = [due('2026-11-22T11:00:00Z', null), due('2026-11-22T10:00:00Z', taken)]
  const listed = withUnplanned(rows, [run('by hand', '2026-11-22T10:30:00Z'), taken])
  expect(listed.map(({ outcome, run }) => [outcome, run?.job_id])).toEqual([
    ['missed', undefined],
    [null, 'by hand'],
    ['ran', 'taken'],
  ])
})

/** Bars of the health page: how full, and from where they are worth a look. */
import { expect, test } from 'vitest'
import { droppedIn, fullest, levelOf, oldestAge, perMinute, shareOf, verdictOf } from './measures'

test.each([
  [50, 100, 0.5, 'ok'],
  [85, 100, 0.85, 'pending'],
  [100, 100, 1, 'firing'],
  [130, 100, 1, 'firing'],
  [1, null, null, 'ok'],
  [1, 0, null, 'ok'],
])('%s of %s', (part, whole, share, level) => {
  expect(shareOf(part, whole)).toBe(share)
  expect(levelOf(share)).toBe(level)
})

test('the fullest queue is told, and all that was dropped', () => {
  const queues = [
    { name: 'a', length: 1, bound: 10, dropped: 2 },
    { name: 'b', length: 9, bound: 12, dropped: 3 },
  ]
  expect([fullest(queues), droppedIn(queues), fullest([])]).toEqual([{ name: 'b', share: 0.75 }, 5, null])
})

test('without records nothing is old', () => {
  expect(oldestAge({ oldest: null }, 0)).toBeNull()
  expect(oldestAge({ oldest: '2026-11-22T00:00:00Z' }, Date.parse('2026-11-22T01:00:00Z'))).toBe(3600)
})

test('records of the last hour, minute by minute', () => {
  const to = Date.parse('2026-11-22T10:00:00Z')
  const bars = [
    { time: '2026-11-22T09:59:00Z', records: 3 },
    { time: '2026-11-22T09:59:00Z', records: 4 },
    { time: '2026-11-22T09:00:00Z', records: 1 },
    { time: '2026-11-22T08:59:00Z', records: 9 },
  ]
  const counts = perMinute(bars, to)
  expect([counts.length, counts[59], counts[0], counts.reduce((sum, count) => sum + count, 0)]).toEqual([60, 7, 1, 8])
})

test.each([
  ['ok', null, 'ok'],
  ['ok', 299_999, 'ok'],
  ['ok', 300_000, 'degraded'],
  ['failing', 300_000, 'failing'],
] as const)('%s with judging %s ms behind is %s', (verdict, judge_lag_ms, told) => {
  expect(verdictOf({ verdict, judge_lag_ms })).toBe(told)
})

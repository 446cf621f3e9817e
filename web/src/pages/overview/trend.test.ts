/** The trend in buckets: aligned as the server aligns, what it leaves out is zero, a success has its two parts. */
import { expect, test } from 'vitest'
import { trendStep } from './OverviewPage'
import { trendValues } from './trend'

const minute = 60_000
const at = (minutes: number) => Date.parse('2026-11-22T00:00:00Z') + minutes * minute
const bucket = (minutes: number, succeeded: number, first_try: number, failed: number) => ({
  bucket: new Date(at(minutes)).toISOString(),
  succeeded,
  first_try,
  failed,
  other: 0,
  avg_ms: null,
})

test('buckets stand where the server has them, also when the range begins between two', () => {
  const values = trendValues([bucket(30, 10, 7, 2), bucket(90, 1, 1, 0)], at(12), at(100), 30 * minute)
  expect(values.frame).toMatchObject({ from: at(0), count: 4 })
  expect(values.firstTry).toEqual([0, 7, 0, 1])
  expect(values.retried).toEqual([0, 3, 0, 0])
  expect(values.failed).toEqual([0, 2, 0, 0])
})

test('without runs the range is empty, not absent', () => {
  expect(trendValues([], at(0), at(60), 30 * minute).failed).toEqual([0, 0])
})

test.each([
  [60, 300],
  [600, 1800],
  [3600, 10_800],
  [604_800, 86_400],
])('charts with buckets of %i s have bars of %i s', (step, bars) => {
  expect(trendStep(step)).toBe(bars)
})

/** Times in several zones, with the half-hour ones and both sides of a change of clocks. */
import { expect, test } from 'vitest'
import { clock, date, fullTime, minutes, near, tick, timeOfDay, weekday } from './moments'

test.each([
  ['2026-11-22T06:31:58.105Z', 'Asia/Shanghai', '2026-11-22 14:31:58.105 +08:00'],
  ['2026-11-22T06:31:58.105Z', 'UTC', '2026-11-22 06:31:58.105 +00:00'],
  ['2026-11-22T06:31:58.105Z', 'Asia/Kolkata', '2026-11-22 12:01:58.105 +05:30'],
  ['2026-10-25T00:30:00Z', 'Europe/Berlin', '2026-10-25 02:30:00.000 +02:00'],
  ['2026-10-25T01:30:00Z', 'Europe/Berlin', '2026-10-25 02:30:00.000 +01:00'],
  ['2026-01-01T04:00:00Z', 'America/New_York', '2025-12-31 23:00:00.000 -05:00'],
])('%s in %s is %s', (moment, zone, text) => {
  expect(fullTime(moment, zone)).toBe(text)
  expect(`${date(moment, zone)} ${timeOfDay(moment, zone)}`).toBe(text.slice(0, 23))
})

test('midnight is 00:00, not 24:00', () => {
  expect(minutes('2026-11-22T00:00:00Z', 'UTC')).toBe('00:00')
})

test.each([
  ['of today', '2026-11-22T06:31:00Z', '14:31'],
  ['within a minute', '2026-11-22T06:31:07Z', '14:31:07'],
  ['of yesterday', '2026-11-21T06:31:00Z', '11-21 14:31'],
  ['of last year', '2025-11-21T06:31:07Z', '2025-11-21 14:31:07'],
  ['unknown', null, '–'],
])('a time %s is as short as it may be', (_, moment, text) => {
  expect(near(moment, Date.parse('2026-11-22T08:00:00Z'), 'Asia/Shanghai')).toBe(text)
})

test('times beside each other all bear seconds once one needs them', () => {
  const beside = ['2026-11-22T06:31:00Z', '2026-11-22T06:31:20Z']
  expect(beside.map((at) => clock(at, 'UTC', beside))).toEqual(['06:31:00', '06:31:20'])
})

test('no time is a dash', () => {
  expect(timeOfDay(null, 'UTC')).toBe('–')
  expect(timeOfDay('yesterday', 'UTC')).toBe('–')
})

test('weekdays by language', () => {
  expect(weekday('2026-11-23T12:00:00Z', 'UTC', 'en')).toBe('Mon')
  expect(weekday('2026-11-23T12:00:00Z', 'UTC', 'zh')).toBe('周一')
})

test.each([
  [3_600_000, '06:31'],
  [3 * 86_400_000, '11-22 06:31'],
  [30 * 86_400_000, '11-22'],
])('a tick over %s ms', (span, text) => {
  expect(tick('2026-11-22T06:31:00Z', 'UTC', span)).toBe(text)
})

test('ticks within a minute bear seconds, whatever the span, so that no two read alike', () => {
  const from = Date.parse('2026-11-22T06:31:00Z')
  const halfMinutes = Array.from({ length: 11 }, (_, at) => from + at * 30_000)
  const told = halfMinutes.map((at) => tick(at, 'UTC', 305_000, halfMinutes))
  expect(told.slice(0, 2)).toEqual(['06:31:00', '06:31:30'])
  expect(new Set(told).size).toBe(told.length)
  const minutes = halfMinutes.filter((at) => at % 60_000 === 0)
  expect(tick(from, 'UTC', 240_000, minutes)).toBe('06:31')
})

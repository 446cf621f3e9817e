/** A default range begins where data do: what a store that is a minute old shows of the last hour. */
import { expect, test } from 'vitest'
import { type Range, resolve, secondsWithData, sinceData } from './range'

const now = Date.parse('2026-11-22T14:00:00Z')
const minute = 60_000
const hour: Range = { kind: 'relative', ms: 60 * minute }
const minutesBack = (range: Range, first: number | null) => {
  const { from, to } = sinceData(resolve(range, now, 'UTC'), range, first)
  expect(to).toBe(now)
  return (to - from) / minute
}

test.each([
  ['nothing known yet', null, 60],
  ['of a minute ago', now - minute, 5],
  ['of nearly a quarter of an hour ago', now - 14.9 * minute, 15],
  ['of half an hour ago', now - 30 * minute, 30],
  ['of 40 minutes ago', now - 40 * minute, 60],
  ['of years ago', now - 1e11, 60],
  ['of the future', now + minute, 5],
])('data %s', (_name, first, minutes) => {
  expect(minutesBack(hour, first)).toBe(minutes)
})

test('a refresh moves it and does not stretch it', () => {
  const later = { from: now - 60 * minute + 10_000, to: now + 10_000 }
  expect(sinceData(later, hour, now - minute)).toEqual({ from: now + 10_000 - 5 * minute, to: now + 10_000 })
})

test('named days stay whole', () => {
  expect(minutesBack({ kind: 'named', name: 'today' }, now - minute)).toBe(14 * 60)
})

test.each([
  ['all of it', null, 3600],
  ['all of it, of a log of years ago', now - 1e11, 3600],
  ['the minute that there is', now - minute, 60],
  ['all of it where the only records are later', now + minute, 3600],
  ['one second at least', now - 1, 1],
])('a rate is of %s', (_name, first, seconds) => {
  expect(secondsWithData({ from: now - 60 * minute, to: now }, first)).toBe(seconds)
})

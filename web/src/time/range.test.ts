/** What people type and share, and the moments it means, across zones and changes of the clocks. */
import { describe, expect, test } from 'vitest'
import {
  between,
  describeSpan,
  endingAt,
  moves,
  parseMoment,
  parsePhrase,
  parseRange,
  parseSpan,
  type Range,
  rangeSearch,
  resolve,
  shifted,
  shortestBack,
  stepFor,
  widened,
  writeEnds,
  writeRange,
  writeSpan,
} from './range'

const at = (text: string) => Date.parse(text)
const now = at('2026-11-22T06:32:00Z')
const shown = ({ from, to }: { from: number; to: number }) => [new Date(from).toISOString(), new Date(to).toISOString()]

test.each([
  ['2h', 7_200_000],
  ['1h30m', 5_400_000],
  ['7d', 604_800_000],
  ['250ms', 250],
  ['0m', null],
  ['', null],
  ['2', null],
  ['h', null],
  ['2 h', null],
])('span %j', (text, ms) => {
  expect(parseSpan(text)).toBe(ms)
})

test.each([
  [5_400_000, '90m'],
  [7_200_000, '2h'],
  [86_400_000, '1d'],
  [1500, '1500ms'],
])('%s ms is written %s', (ms, text) => {
  expect(writeSpan(ms)).toBe(text)
  expect(parseSpan(text)).toBe(ms)
})

test.each([
  ['now', 'UTC', '2026-11-22T06:32:00.000Z'],
  ['now-2h', 'UTC', '2026-11-22T04:32:00.000Z'],
  ['now - 2h', 'UTC', '2026-11-22T04:32:00.000Z'],
  ['now+5m', 'UTC', '2026-11-22T06:37:00.000Z'],
  ['2026-11-20 10:00', 'UTC', '2026-11-20T10:00:00.000Z'],
  ['2026-11-20 10:00', 'Asia/Shanghai', '2026-11-20T02:00:00.000Z'],
  ['2026-11-20T10:00:30', 'Asia/Shanghai', '2026-11-20T02:00:30.000Z'],
  ['2026-11-20 10:00:30.5', 'UTC', '2026-11-20T10:00:30.500Z'],
  ['2026-11-20', 'Asia/Shanghai', '2026-11-19T16:00:00.000Z'],
  ['10:00', 'Asia/Shanghai', '2026-11-22T02:00:00.000Z'],
  ['2026-11-20T10:00:00Z', 'Asia/Shanghai', '2026-11-20T10:00:00.000Z'],
  ['2026-11-20 10:00 +05:30', 'UTC', '2026-11-20T04:30:00.000Z'],
  ['1763712000000', 'UTC', '2025-11-21T08:00:00.000Z'],
])('moment %j in %s', (text, zone, wanted) => {
  expect(new Date(parseMoment(text, now, zone) ?? 0).toISOString()).toBe(wanted)
})

test.each(['', 'soon', '2026-13-01', '2026-02-30', '25:00', '10:60', 'now-', 'now-2', '2026-11-20 10'])(
  'no moment: %j',
  (text) => {
    expect(parseMoment(text, now, 'UTC')).toBeNull()
  },
)

describe('named days and weeks', () => {
  test.each<[Range, string, string, [string, string]]>([
    [
      { kind: 'named', name: 'today' },
      '2026-11-22T06:32:00Z',
      'Asia/Shanghai',
      ['2026-11-21T16:00:00.000Z', '2026-11-22T06:32:00.000Z'],
    ],
    [
      { kind: 'named', name: 'yesterday' },
      '2026-11-22T06:32:00Z',
      'UTC',
      ['2026-11-21T00:00:00.000Z', '2026-11-22T00:00:00.000Z'],
    ],
    [
      { kind: 'named', name: 'day-before-yesterday' },
      '2026-03-01T12:00:00Z',
      'UTC',
      ['2026-02-27T00:00:00.000Z', '2026-02-28T00:00:00.000Z'],
    ],
    // 2026-11-22 is a Sunday: the last day of its week.
    [
      { kind: 'named', name: 'this-week' },
      '2026-11-22T06:32:00Z',
      'UTC',
      ['2026-11-16T00:00:00.000Z', '2026-11-22T06:32:00.000Z'],
    ],
    [
      { kind: 'named', name: 'last-week' },
      '2026-11-23T00:00:00Z',
      'UTC',
      ['2026-11-16T00:00:00.000Z', '2026-11-23T00:00:00.000Z'],
    ],
    // Clocks go back in Berlin on 2026-10-25: that day has 25 hours.
    [
      { kind: 'named', name: 'yesterday' },
      '2026-10-26T12:00:00Z',
      'Europe/Berlin',
      ['2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z'],
    ],
    // Clocks go forward in New York on 2026-03-08: that day has 23 hours, its week 167.
    [
      { kind: 'named', name: 'yesterday' },
      '2026-03-09T12:00:00Z',
      'America/New_York',
      ['2026-03-08T05:00:00.000Z', '2026-03-09T04:00:00.000Z'],
    ],
    [
      { kind: 'named', name: 'last-week' },
      '2026-03-09T12:00:00Z',
      'America/New_York',
      ['2026-03-02T05:00:00.000Z', '2026-03-09T04:00:00.000Z'],
    ],
    // Midnight does not exist in Beirut on 2026-03-29: the day begins at one o'clock.
    [
      { kind: 'named', name: 'today' },
      '2026-03-29T12:00:00Z',
      'Asia/Beirut',
      ['2026-03-28T22:00:00.000Z', '2026-03-29T12:00:00.000Z'],
    ],
  ])('%o at %s in %s', (range, moment, zone, wanted) => {
    expect(shown(resolve(range, at(moment), zone))).toEqual(wanted)
  })
})

test('relative ranges move with now, typed ends as they say', () => {
  expect(shown(resolve({ kind: 'relative', ms: 1_800_000 }, now, 'UTC'))).toEqual([
    '2026-11-22T06:02:00.000Z',
    '2026-11-22T06:32:00.000Z',
  ])
  expect(shown(resolve({ kind: 'between', from: 'now-2h', to: 'now-1h' }, now, 'UTC'))).toEqual([
    '2026-11-22T04:32:00.000Z',
    '2026-11-22T05:32:00.000Z',
  ])
})

test.each<[string, string | undefined, Range | null]>([
  ['now-30m', undefined, { kind: 'relative', ms: 1_800_000 }],
  ['now-30m', 'now', { kind: 'relative', ms: 1_800_000 }],
  ['yesterday', undefined, { kind: 'named', name: 'yesterday' }],
  ['2026-11-20 10:00', '2026-11-20 11:00', { kind: 'between', from: '2026-11-20 10:00', to: '2026-11-20 11:00' }],
  ['2026-11-20 11:00', '2026-11-20 10:00', null],
  ['now-1h', 'now-2h', null],
  ['rubbish', undefined, null],
])('range from %j to %j', (from, to, range) => {
  expect(parseRange(from, to)).toEqual(range)
  if (range) expect(parseRange(writeRange(range).from, writeRange(range).to)).toEqual(range)
})

test.each<[string, Range | null]>([
  ['2h', { kind: 'relative', ms: 7_200_000 }],
  ['now-2h', { kind: 'relative', ms: 7_200_000 }],
  ['2026-11-20 10:00 to 2026-11-20 11:00', { kind: 'between', from: '2026-11-20 10:00', to: '2026-11-20 11:00' }],
  ['2026-11-20 10:00 – 2026-11-20 11:00', { kind: 'between', from: '2026-11-20 10:00', to: '2026-11-20 11:00' }],
  ['now-2h..now-1h', { kind: 'between', from: 'now-2h', to: 'now-1h' }],
  ['what', null],
])('phrase %j', (text, range) => {
  expect(parsePhrase(text, 'UTC')).toEqual(range)
})

test('a dragged or shifted range is absolute and means the same everywhere', () => {
  const span = { from: at('2026-11-22T06:00:00Z'), to: at('2026-11-22T06:30:00Z') }
  expect(between(span.to, span.from)).toEqual({
    kind: 'between',
    from: '2026-11-22T06:00:00Z',
    to: '2026-11-22T06:30:00Z',
  })
  expect(writeRange(shifted(span, -1))).toEqual({ from: '2026-11-22T05:30:00Z', to: '2026-11-22T06:00:00Z' })
  expect(writeRange(shifted(span, 1))).toEqual({ from: '2026-11-22T06:30:00Z', to: '2026-11-22T07:00:00Z' })
  expect(writeRange(widened(span, now))).toEqual({ from: '2026-11-22T05:45:00Z', to: '2026-11-22T06:32:00Z' })
})

test('which ranges move', () => {
  expect(moves({ kind: 'relative', ms: 1 })).toBe(true)
  expect(moves({ kind: 'named', name: 'today' })).toBe(true)
  expect(moves({ kind: 'named', name: 'yesterday' })).toBe(false)
  expect(moves({ kind: 'between', from: '2026-11-20', to: 'now' })).toBe(true)
  expect(moves({ kind: 'between', from: '2026-11-20', to: '2026-11-21' })).toBe(false)
})

test.each([
  ['2026-11-22T06:02:00Z', '2026-11-22T06:32:00Z', '14:02 – 14:32'],
  ['2026-11-20T06:02:00Z', '2026-11-20T06:32:00Z', '2026-11-20 14:02 – 14:32'],
  ['2026-11-20T06:02:00Z', '2026-11-22T06:32:00Z', '11-20 14:02 – 11-22 14:32'],
  ['2008-11-09T00:00:00Z', '2008-11-12T00:00:00Z', '2008-11-09 08:00 – 11-12 08:00'],
  ['2025-12-31T06:02:00Z', '2026-01-01T06:32:00Z', '2025-12-31 14:02 – 2026-01-01 14:32'],
])('%s to %s reads %s', (from, to, text) => {
  expect(describeSpan({ from: at(from), to: at(to) }, 'Asia/Shanghai', now)).toBe(text)
})

test('the picker shows wall-clock times of the zone', () => {
  const range: Range = { kind: 'between', from: '2026-11-20T02:00:00Z', to: '2026-11-20T03:00:30Z' }
  expect(writeEnds(range, now, 'Asia/Shanghai')).toEqual({ from: '2026-11-20 10:00', to: '2026-11-20 11:00:30' })
  expect(writeEnds({ kind: 'relative', ms: 7_200_000 }, now, 'UTC')).toEqual({ from: 'now-2h', to: 'now' })
  expect(writeEnds({ kind: 'named', name: 'today' }, now, 'UTC')).toEqual({ from: '2026-11-22 00:00', to: 'now' })
})

test.each([
  [3600, 10, 30],
  [3600, 60, 60],
  [86_400, 10, 900],
  [86_400, 60, 900],
  [300, 60, 60],
  [30 * 86_400, 60, 21_600],
  [3600, 7, 35],
])('%s s in buckets of %s s are charted by %s s', (length, bucket, step) => {
  expect(stepFor({ from: 0, to: length * 1000 }, bucket)).toBe(step)
})

test.each<[Record<string, unknown>, unknown]>([
  [{ from: 'now-1h' }, { from: 'now-1h' }],
  [
    { from: 'now-1h', to: 'now', zone: 'UTC' },
    { from: 'now-1h', to: 'now', zone: 'UTC' },
  ],
  [{ from: 'nonsense', to: 'now' }, {}],
  [{ from: 'yesterday', zone: 'Mars/Olympus' }, { from: 'yesterday' }],
  [
    { from: 1763712000000, to: 1763715600000 },
    { from: '1763712000000', to: '1763715600000' },
  ],
  [{ from: ['now-1h'] }, {}],
])('the search %o keeps %o', (search, kept) => {
  expect(rangeSearch(search)).toEqual(kept)
})

test.each([
  [0, 300_000],
  [300_000, 300_000],
  [300_001, 900_000],
  [20 * 86_400_000, 30 * 86_400_000],
  [31 * 86_400_000, null],
])('the shortest choice that goes %s ms back is %s ms long', (back, choice) => {
  expect(shortestBack(back)).toBe(choice)
})

test('an hour that ends just after a moment', () => {
  expect(writeRange(endingAt(at('2017-05-16T00:14:47.687Z'), 3_600_000))).toEqual({
    from: '2017-05-15T23:15:00Z',
    to: '2017-05-16T00:15:00Z',
  })
})

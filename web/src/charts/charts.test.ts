/** What charts work out without a canvas: buckets, round ticks, rows of heat maps, places of labels, options. */
import { describe, expect, test } from 'vitest'
import { tokens } from '~/theme/tokens'
import { bucketAt, frame, incompleteStretches, marginsFor, momentAt, nearestBucket, plotIn, united, xOf } from './frame'
import { heatModel, heatShare } from './heat'
import { placeLabels } from './labels'
import { exceeds, type Series, type TimeModel, topOf } from './model'
import { nearestSeries, overlayOf } from './overlay'
import { mix } from './paint'
import { logTicks, octaveRows, rowOf, rowPlace, timeTicks, valueScale } from './scale'
import { bandRuns, timeOption } from './timeOption'

const minute = 60_000
const hour = frame(0, 60 * minute, minute)

describe('buckets', () => {
  test.each([
    [-1, null, 0],
    [0, 0, 0],
    [59_999, 0, 0],
    [60_000, 1, 1],
    [59 * minute, 59, 59],
    [60 * minute, null, 59],
  ])('moment %i lies in bucket %j, nearest %i', (at, index, nearest) => {
    expect(bucketAt(hour, at)).toBe(index)
    expect(nearestBucket(hour, at)).toBe(nearest)
  })

  test('moments and pixels lead to each other, and no pixel leads outside', () => {
    const plot = plotIn(700, 300, { left: 60, right: 40, top: 20, bottom: 20 })
    expect(plot).toEqual({ left: 60, top: 20, width: 600, height: 260 })
    expect(xOf(hour, plot, 30 * minute)).toBe(360)
    expect(momentAt(hour, plot, 360)).toBe(30 * minute)
    expect([momentAt(hour, plot, 0), momentAt(hour, plot, 9000)]).toEqual([0, 60 * minute])
  })

  test('neighbouring incomplete buckets are one stretch with the least share', () => {
    const at = (index: number, share: number) => ({ bucket: new Date(index * minute).toISOString(), share })
    expect(incompleteStretches([at(0, 1), at(1, 0.9), at(2, 0.62), at(3, 1), at(4, 0.99)], minute)).toEqual([
      { from: minute, to: 3 * minute, share: 0.62 },
      { from: 4 * minute, to: 5 * minute, share: 0.99 },
    ])
  })

  test('what several stretches cover is covered once', () => {
    const all = [
      { from: 5, to: 9 },
      { from: 1, to: 3 },
      { from: 2, to: 6 },
      { from: 11, to: 12 },
    ]
    expect(united(all)).toEqual([
      { from: 1, to: 9 },
      { from: 11, to: 12 },
    ])
  })
})

describe('round numbers', () => {
  test.each([
    [1450, {}, [0, 300, 600, 900, 1200, 1500]],
    [0.97, {}, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [3, { whole: true }, [0, 1, 2, 3]],
    [0, {}, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [290_000, { clock: true }, [0, 60_000, 120_000, 180_000, 240_000, 300_000]],
  ])('values up to %d with %j', (top, options, ticks) => {
    expect(valueScale(top, options).ticks).toEqual(ticks)
  })

  test('times of a zone, at full hours of its clocks', () => {
    const from = Date.parse('2026-11-22T06:10:00Z')
    const shown = timeTicks(from, from + 3 * 60 * minute, 'Asia/Kolkata', 6).map((at) =>
      new Date(at).toISOString().slice(11, 16),
    )
    // 11:40 to 14:40 in India, half an hour apart from full hours of UTC.
    expect(shown).toEqual(['06:30', '07:00', '07:30', '08:00', '08:30', '09:00'])
  })

  test('days begin at midnight of the zone, also when the clocks change', () => {
    const days = timeTicks(Date.parse('2026-10-23T12:00:00Z'), Date.parse('2026-10-27T12:00:00Z'), 'Europe/Berlin', 5)
    expect(days.map((at) => new Date(at).toISOString())).toEqual([
      '2026-10-23T22:00:00.000Z',
      '2026-10-24T22:00:00.000Z',
      '2026-10-25T23:00:00.000Z',
      '2026-10-26T23:00:00.000Z',
    ])
  })
})

describe('heat map', () => {
  test('rows are halves of octaves, whole ones over a wide span', () => {
    expect(octaveRows(10, 60, 1).edges).toEqual([8, 12, 16, 24, 32, 48, 64])
    expect(octaveRows(1, 2 ** 13, 1).edges).toHaveLength(14)
    const rows = octaveRows(10, 60, 1)
    expect([8, 11.9, 12, 63, 64, 1000, 1].map((value) => rowOf(rows, value))).toEqual([0, 0, 1, 5, 5, 5, 0])
    expect(rowPlace(rows, 16)).toBeCloseTo(2)
    expect(logTicks(rows)).toEqual([10, 30])
  })

  test('every value is counted once; zero belongs to the lowest row and does not stretch the axis', () => {
    const answer = [
      {
        bucket: new Date(0).toISOString(),
        bins: [
          { low: 0, high: 0.000016, count: 3 },
          { low: 64, high: 80, count: 5 },
        ],
      },
      {
        bucket: new Date(minute).toISOString(),
        bins: [
          { low: 80, high: 96, count: 2 },
          { low: 448, high: 512, count: 1 },
        ],
      },
    ]
    const model = heatModel(hour, answer, [{ label: '', value: 300, side: 'above' }])
    expect(model.cells.reduce((sum, { count }) => sum + count, 0)).toBe(11)
    expect(model.rows.edges[0]).toBe(64)
    expect(model.cells.find(({ count }) => count === 8)).toEqual({ index: 0, row: 0, count: 8 })
    expect(model.most).toBe(8)
    expect(heatShare(2, 8)).toBe(0.5)
  })

  test('nothing measured is an empty map', () => {
    expect(heatModel(hour, [], []).cells).toEqual([])
  })
})

test('labels stand apart, in order, within their room; the rest is counted', () => {
  const wanted = [10, 12, 95].map((y, at) => ({ item: at, y }))
  expect(placeLabels(wanted, { top: 0, bottom: 100, gap: 18 }).placed.map(({ y }) => y)).toEqual([10, 28, 95])
  const crowd = Array.from({ length: 9 }, (_, at) => ({ item: at, y: 50 }))
  const { placed, hidden } = placeLabels(crowd, { top: 0, bottom: 90, gap: 18 })
  expect(placed.every(({ y }, at) => at === 0 || y - (placed[at - 1]?.y ?? 0) >= 18)).toBe(true)
  expect(hidden).toEqual([5, 6, 7, 8])
})

const series = (key: string, values: Series['values']): Series => ({
  key,
  name: key,
  color: '#4755CE',
  dash: [],
  values,
})
const model = (part: Partial<TimeModel>): TimeModel => ({
  kind: 'line',
  stacked: false,
  frame: frame(0, 3 * minute, minute),
  series: [series('a', [10, null, 30]), series('b', [1, 2, 3])],
  limits: [],
  alerts: [],
  hatched: [],
  ...part,
})
const plot = plotIn(400, 240, { left: 50, right: 50, top: 20, bottom: 20 })

describe('what a chart draws', () => {
  test.each([
    ['the greatest value', model({}), 30],
    ['what stands on each other', model({ stacked: true }), 33],
    ['the band', model({ band: { key: 'a', label: '', low: [1, 1, 1], high: [5, 90, 5] } }), 90],
    ['a limit that is near', model({ limits: [{ label: '', value: 100, side: 'above' }] }), 108],
    ['not one that would flatten all', model({ limits: [{ label: '', value: 1000, side: 'above' }] }), 30],
  ])('the axis holds %s', (_, of, top) => {
    expect(topOf(of)).toBeCloseTo(top)
  })

  test('beyond a limit is above or below it, never no data', () => {
    const above = { label: '', value: 250, side: 'above' as const }
    const below = { label: '', value: 1, side: 'below' as const }
    expect([251, 250, null].map((value) => exceeds(value, [above]))).toEqual([true, false, false])
    expect([0, 1, null].map((value) => exceeds(value, [below]))).toEqual([true, false, false])
  })

  test('gaps stay gaps in lines; a lone value is a point', () => {
    const drawing = {
      plot,
      margins: { left: 50, right: 50, top: 20, bottom: 20 },
      scale: valueScale(30),
      ticks: [0],
      texts: { value: String, moment: String },
      colors: tokens.light,
      hatch: 'hatch',
    }
    const hatched = [{ from: minute, to: 2 * minute, label: '62 %' }]
    const limits = [{ label: 'limit', value: 20, side: 'above' as const }]
    const option = timeOption(model({ hatched, limits }), drawing) as { series: Record<string, unknown>[] }
    const [grounds, a] = option.series
    expect(a?.data).toEqual([
      [30_000, 10],
      [90_000, null],
      [150_000, 30],
    ])
    const size = a?.symbolSize as (_: unknown, at: { dataIndex: number }) => number
    expect([0, 1, 2].map((dataIndex) => size(null, { dataIndex }))).toEqual([4, 0, 4])
    expect(grounds?.markArea).toMatchObject({
      data: [[{ xAxis: minute, itemStyle: { color: 'hatch' } }, { xAxis: 2 * minute }]],
    })
    expect(grounds?.markLine).toMatchObject({ data: [{ yAxis: 20 }], lineStyle: { type: [6, 4] } })
  })

  test('a band is drawn where both its ends are known', () => {
    expect(bandRuns({ low: [1, 1, null, 1, 1], high: [2, 2, 2, null, 3] })).toEqual([
      { first: 0, last: 1 },
      { first: 4, last: 4 },
    ])
  })

  test('names at line ends, limits, hatching; a limit out of sight points up', () => {
    const limits = [
      { label: 'near', value: 20, side: 'above' as const },
      { label: 'far', value: 900, side: 'above' as const },
    ]
    const hatched = [
      { from: 0, to: minute, label: '62 % complete' },
      { from: 2 * minute, to: 3 * minute },
    ]
    const overlay = overlayOf(model({ limits, hatched }), plot, valueScale(30), true)
    expect(overlay.ends.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(overlay.limits.map(({ label, beyond }) => [label, beyond])).toEqual([
      ['near', false],
      ['far', true],
    ])
    expect(overlay.hatches.map(({ label }) => label)).toEqual(['62 % complete'])
  })

  test('alerts at one place are one mark with their number, and no text covers a mark', () => {
    const wide = plotIn(1000, 240, { left: 50, right: 50, top: 20, bottom: 20 })
    const at = (id: string, from: number) => ({ id, from, to: null, label: `${id} fired` })
    const alerts = [at('a', 60_000), at('b', 60_100), at('c', 66_000), at('d', 170_000), at('gone', 900_000)]
    const { alerts: marks } = overlayOf(model({ alerts }), wide, valueScale(30), false)
    expect(marks.map(({ ids, text }) => [ids, text])).toEqual([
      [['a', 'b'], 'left'],
      [['c'], 'right'],
      [['d'], 'left'],
    ])
  })

  test('alerts are one mark where two would be too near each other for a finger', () => {
    const at = (id: string, from: number) => ({ id, from, to: null, label: `${id} fired` })
    // The plot has 300 px for three minutes: 17 px lie between the first two, 25 between the first and the third.
    const alerts = [at('a', minute), at('b', minute + 10_000), at('c', minute + 15_000)]
    const { alerts: marks } = overlayOf(model({ alerts }), plot, valueScale(30), false)
    expect(marks.map(({ ids }) => ids)).toEqual([['a', 'b'], ['c']])
  })

  test('alerts that flap are gathered, so that each mark has its words', () => {
    const wide = plotIn(1000, 240, { left: 50, right: 50, top: 20, bottom: 20 })
    const alerts = Array.from({ length: 36 }, (_, at) => ({
      id: String(at),
      from: at * 5000,
      to: null,
      label: 'fired',
    }))
    const { alerts: marks } = overlayOf(model({ alerts }), wide, valueScale(30), false)
    expect(marks.length).toBeLessThan(9)
    expect(marks.reduce((sum, { ids }) => sum + ids.length, 0)).toBe(36)
    // Only at an edge there may be no room.
    expect(marks.slice(1, -1).filter(({ text }) => text === null)).toEqual([])
  })

  test('the pointer finds the nearest line, or the layer that it is in', () => {
    const scale = valueScale(30)
    const y = (value: number) => plot.top + plot.height * (1 - value / scale.max)
    expect(nearestSeries(model({}), plot, scale, 0, y(9))).toBe('a')
    expect(nearestSeries(model({}), plot, scale, 1, y(3))).toBe('b')
    expect(nearestSeries(model({}), plot, scale, 1, y(25))).toBeNull()
    expect(nearestSeries(model({ stacked: true, kind: 'area' }), plot, scale, 2, y(20))).toBe('a')
  })
})

test('colours mix', () => {
  expect(mix('#000000', '#FFFFFF', 0.5)).toBe('#808080')
  expect(mix('#102030', '#FFFFFF', 0)).toBe('#102030')
})

test.each([
  ['short', 1200, 128],
  ['ts-preserve-other-service', 1200, 208],
  ['ts-preserve-other-service', 700, 140],
  ['ts-preserve-service', 1200, 169],
])('the name %s in a chart of %s px has %s px', (name, width, right) => {
  expect(marginsFor([name, 'a'], width).right).toBe(right)
})

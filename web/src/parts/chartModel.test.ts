/** What a chart's model becomes: gaps, bands, thresholds in sight, hatching, and names that cannot inject. */
import { expect, test } from 'vitest'
import { tokens } from '~/theme/tokens'
import { type ChartModel, chartOption, escaped, incompleteAreas, roundAbove } from './chartModel'

const texts = { value: (value: number | null) => `${value} ms`, tick: String, moment: String }
const model: ChartModel = {
  kind: 'line',
  from: 0,
  to: 60_000,
  series: [
    {
      name: 'pay<b>',
      color: '#123456',
      dash: [7, 4],
      points: [
        [0, 5],
        [10_000, null],
      ],
      band: [
        [0, 2, 9],
        [10_000, null, null],
      ],
    },
  ],
  thresholds: [{ label: 'elapsed: 300 ms', value: 300 }],
  incomplete: [{ from: 10_000, to: 20_000, label: '62 % complete' }],
  alerts: [{ from: 5_000, to: null, label: 'firing' }],
}

interface Option {
  xAxis: { min: number; max: number }
  yAxis: { max: (extent: { max: number }) => number | null }
  series: {
    name: string
    data: unknown
    lineStyle: { type: unknown }
    markLine?: { data: { yAxis?: number }[] }
    markArea?: { data: { xAxis: number }[][] }
  }[]
  tooltip: { formatter: (items: unknown) => string }
}
const option = chartOption(model, texts, tokens.light, 'hatch') as unknown as Option

test('the axis spans the whole range, and a threshold above all values is in sight', () => {
  expect([option.xAxis.min, option.xAxis.max]).toEqual([0, 60_000])
  expect(option.yAxis.max({ max: 5 })).toBe(400)
  expect(option.yAxis.max({ max: 900 })).toBeNull()
})

test('a band is its low end and the difference; gaps stay gaps', () => {
  const [low, high, line] = option.series
  expect(low?.data).toEqual([
    [0, 2],
    [10_000, null],
  ])
  expect(high?.data).toEqual([
    [0, 7],
    [10_000, null],
  ])
  expect(line?.data).toEqual([
    [0, 5],
    [10_000, null],
  ])
  expect(line?.lineStyle.type).toEqual([7, 4])
})

test('thresholds are lines; alerts and incomplete buckets are areas', () => {
  const line = option.series[2]
  expect(line?.markLine?.data.filter(({ yAxis }) => yAxis !== undefined)).toMatchObject([{ yAxis: 300 }])
  expect(line?.markArea?.data.map(([a, b]) => [a?.xAxis, b?.xAxis])).toEqual([
    [5_000, 60_000],
    [10_000, 20_000],
  ])
})

test('the tooltip names no bands, escapes names, and says when a bucket is not complete', () => {
  const html = option.tooltip.formatter([
    { seriesName: '\u0000low pay', color: '#123456', value: [10_000, 2] },
    { seriesName: 'pay<b>', color: '#123456', value: [10_000, 5] },
  ])
  expect(html).toContain('pay&lt;b&gt;')
  expect(html).not.toContain('low pay')
  expect(html).toContain('62 % complete')
  expect(escaped('<"&>')).toBe('&lt;&quot;&amp;&gt;')
})

test('neighbouring incomplete buckets are one area, told by the worst of them', () => {
  const buckets = [1, 0.9, 0.62, 1, 0.97].map((share, at) => ({ bucket: new Date(at * 10_000).toISOString(), share }))
  expect(incompleteAreas(buckets, 10, String)).toEqual([
    { from: 10_000, to: 30_000, label: '0.62' },
    { from: 40_000, to: 50_000, label: '0.97' },
  ])
})

test.each([
  [275, 300],
  [1, 1],
  [0.27, 0.3],
  [9.9, 10],
])('the round number above %s is %s', (value, round) => {
  expect(roundAbove(value)).toBeCloseTo(round, 10)
})

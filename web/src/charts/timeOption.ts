/**
 * A chart over time as options of the chart library: lines, areas or bars, with band, limits, alerts and hatching behind
 * them. All texts that people may want to click stand in the overlay instead. Pure but for the hatch, which is passed in.
 */
import type { EChartsCoreOption } from 'echarts/core'
import type { Tokens } from '~/theme/tokens'
import { bucketStart, type Frame, type Margins, type Plot, united } from './frame'
import type { Band, Series, TimeModel } from './model'
import { chartFont, faded } from './paint'
import type { ValueScale } from './scale'

/** The words of the axes. */
export interface AxisTexts {
  value: (value: number) => string
  moment: (at: number) => string
}

export interface Drawing {
  plot: Plot
  margins: Margins
  scale: ValueScale
  ticks: readonly number[]
  texts: AxisTexts
  colors: Tokens
  hatch: unknown
}

/** Where in its bucket a value stands: in the middle, so that lines, bars and hatching agree. */
const middle = (frame: Frame, index: number) => bucketStart(frame, index) + frame.step / 2

export function axes({ from, to }: Pick<Frame, 'from' | 'to'>, drawing: Drawing): EChartsCoreOption {
  const { colors, texts, scale, ticks, margins } = drawing
  const label = { color: colors.text3, fontSize: 11, fontFamily: chartFont }
  return {
    animation: false,
    textStyle: { fontFamily: chartFont },
    grid: { ...margins, outerBoundsMode: 'none' },
    xAxis: {
      type: 'time',
      min: from,
      max: to,
      axisLine: { show: true, lineStyle: { color: colors.line } },
      axisTick: { show: false },
      splitLine: { show: false },
      axisLabel: {
        ...label,
        customValues: [...ticks],
        formatter: (at: number) => texts.moment(at),
        margin: 10,
        showMinLabel: true,
        showMaxLabel: true,
        hideOverlap: true,
      },
    },
    yAxis: {
      type: 'value',
      min: 0,
      max: scale.max,
      interval: (scale.ticks[1] ?? scale.max) - (scale.ticks[0] ?? 0),
      axisLine: { show: false },
      axisTick: { show: false },
      splitLine: { lineStyle: { color: colors.line } },
      axisLabel: { ...label, formatter: (value: number) => texts.value(value), margin: 8 },
    },
  }
}

export function timeOption(model: TimeModel, drawing: Drawing): EChartsCoreOption {
  const { frame, series } = model
  return {
    ...axes(frame, drawing),
    series: [
      grounds(model, drawing),
      ...(model.band ? [bandSeries(model.band, model, drawing)] : []),
      ...series.map((one, at) =>
        model.kind === 'bar' ? barSeries(one, model, drawing) : lineSeries(one, at, model, drawing),
      ),
    ],
  }
}

/** What lies behind the values: alerts' red ground, hatching, and the limits' dashed lines. */
function grounds({ frame, limits, alerts, hatched }: TimeModel, { colors, hatch, scale }: Drawing): object {
  const inside = (from: number, to: number) => ({ from: Math.max(from, frame.from), to: Math.min(to, frame.to) })
  const areas: object[][] = []
  for (const { from, to } of united(alerts.map((alert) => inside(alert.from, alert.to ?? frame.to)))) {
    if (to > from) areas.push([{ xAxis: from, itemStyle: { color: faded(colors.firing, 0.07) } }, { xAxis: to }])
  }
  for (const stretch of hatched) {
    const { from, to } = inside(stretch.from, stretch.to)
    if (to > from) areas.push([{ xAxis: from, itemStyle: { color: hatch } }, { xAxis: to }])
  }
  return {
    type: 'line',
    data: [[frame.from, null]],
    silent: true,
    z: 1,
    markArea: { silent: true, animation: false, data: areas },
    markLine: {
      silent: true,
      animation: false,
      symbol: 'none',
      z: 4,
      label: { show: false },
      lineStyle: { color: colors.firing, width: 1.25, type: [6, 4] },
      data: limits.filter(({ value }) => value <= scale.max).map(({ value }) => ({ yAxis: value })),
    },
  }
}

function lineSeries(series: Series, at: number, model: TimeModel, { colors }: Drawing): object {
  const { frame, kind, stacked } = model
  const { values } = series
  const area = kind === 'area'
  return {
    type: 'line',
    id: series.key,
    stack: stacked ? 'all' : undefined,
    stackStrategy: 'all',
    data: values.map((value, index) => [middle(frame, index), stacked ? (value ?? 0) : value]),
    z: 3 + at / 1000,
    // A value between two gaps would be a line of no length: it is drawn as a point.
    showSymbol: true,
    symbol: 'circle',
    symbolSize: (_: unknown, { dataIndex }: { dataIndex: number }) =>
      values[dataIndex] !== null && values[dataIndex - 1] == null && values[dataIndex + 1] == null ? 4 : 0,
    lineStyle: {
      color: area && stacked ? colors.surface : series.color,
      width: area && stacked ? 1 : 1.6,
      type: series.dash.length > 0 ? [...series.dash] : 'solid',
      join: 'round',
    },
    itemStyle: { color: series.color },
    areaStyle: area ? { color: series.color, opacity: stacked ? 0.82 : 0.16, origin: 'start' } : undefined,
    silent: true,
    emphasis: { disabled: true },
  }
}

function barSeries(series: Series, model: TimeModel, { plot, colors }: Drawing): object {
  const { frame, stacked } = model
  const room = (plot.width / frame.count) * (frame.count > 200 ? 1 : 0.84)
  const side = stacked ? 1 : model.series.length
  return {
    type: 'bar',
    id: series.key,
    stack: stacked ? 'all' : undefined,
    data: series.values.map((value, index) => [middle(frame, index), value]),
    barWidth: Math.max(0.5, Math.min(28, room / side)),
    barGap: 0,
    z: 3,
    itemStyle: {
      color: series.color,
      borderColor: stacked && room > 8 ? colors.surface : undefined,
      borderWidth: stacked && room > 8 ? 0.5 : 0,
    },
    silent: true,
    emphasis: { disabled: true },
  }
}

/** Stretches of buckets where both ends of a band are known: each is one shape, so that no seams show. */
export function bandRuns({ low, high }: Pick<Band, 'low' | 'high'>): { first: number; last: number }[] {
  const runs: { first: number; last: number }[] = []
  for (const [index, value] of low.entries()) {
    if (value === null || high[index] == null) continue
    const run = runs.at(-1)
    if (run && run.last === index - 1) run.last = index
    else runs.push({ first: index, last: index })
  }
  return runs
}

interface CustomApi {
  coord: (point: [number, number]) => [number, number]
}

function bandSeries(band: Band, { frame, series }: TimeModel, { colors }: Drawing): object {
  const runs = bandRuns(band)
  const color = series.find(({ key }) => key === band.key)?.color ?? colors.quiet
  const edge = (values: Band['low'], index: number): [number, number] => [middle(frame, index), values[index] ?? 0]
  return {
    type: 'custom',
    silent: true,
    clip: true,
    z: 2,
    data: runs.map(({ first }) => [middle(frame, first), 0]),
    renderItem: ({ dataIndex }: { dataIndex: number }, api: CustomApi) => {
      const run = runs[dataIndex]
      if (!run) return null
      const indices = Array.from({ length: run.last - run.first + 1 }, (_, at) => run.first + at)
      const upper = indices.map((index) => api.coord(edge(band.high, index)))
      const lower = indices.toReversed().map((index) => api.coord(edge(band.low, index)))
      return { type: 'polygon', shape: { points: [...upper, ...lower] }, style: { fill: faded(color, 0.18) } }
    },
  }
}

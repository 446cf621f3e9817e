/**
 * What a chart over time shows, in the words of the domain, and how that becomes ECharts options. Pages describe series,
 * thresholds, alerts and incomplete buckets; they never write options. Pure, so that it is tested without a canvas.
 */
import type { EChartsCoreOption } from 'echarts/core'
import type { Tokens } from '~/theme/tokens'

/** A value over time; null is a gap, not zero. */
export type Point = readonly [at: number, value: number | null]

export interface ChartSeries {
  name: string
  color: string
  /** Dash array; solid without. */
  dash?: readonly number[]
  points: readonly Point[]
  /** Low and high over time, drawn as a band behind the line: percentiles. */
  band?: readonly (readonly [at: number, low: number | null, high: number | null])[]
}

export interface ChartModel {
  kind: 'line' | 'area' | 'bar'
  /** Series stand on each other. */
  stacked?: boolean
  series: readonly ChartSeries[]
  /** The whole range, also where nothing was measured. */
  from: number
  to: number
  thresholds?: readonly { label: string; value: number }[]
  /** Hatched: these buckets are not complete. */
  incomplete?: readonly { from: number; to: number; label: string }[]
  /** Alerts that began or held: a mark at the top, a red ground while they last. */
  alerts?: readonly { from: number; to: number | null; label: string }[]
}

export interface ChartTexts {
  value: (value: number | null) => string
  /** A tick of the time axis. */
  tick: (at: number) => string
  /** The head of the tooltip. */
  moment: (at: number) => string
}

/** Room around the plot: the same for all charts, so that they align under each other. */
export const margins = { left: 56, right: 16, top: 16, bottom: 24 }

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
/** Names come from logs; the tooltip is HTML. */
export const escaped = (text: string) => text.replace(/[&<>"]/g, (letter) => escapes[letter] ?? letter)

export function chartOption(model: ChartModel, texts: ChartTexts, colors: Tokens, hatch: unknown): EChartsCoreOption {
  const top = Math.max(0, ...(model.thresholds ?? []).map(({ value }) => value))
  return {
    animation: false,
    textStyle: { fontFamily: 'Inter Variable, system-ui, sans-serif' },
    grid: { ...margins, outerBoundsMode: 'none' },
    xAxis: {
      type: 'time',
      min: model.from,
      max: model.to,
      splitNumber: 6,
      axisLine: { lineStyle: { color: colors.line } },
      axisTick: { show: false },
      axisLabel: { color: colors.text3, fontSize: 11, hideOverlap: true, formatter: (at: number) => texts.tick(at) },
      axisPointer: { show: true, snap: true, label: { show: false }, lineStyle: { color: colors.text } },
    },
    yAxis: {
      type: 'value',
      min: 0,
      // A threshold above all values is still in sight.
      max: (extent: { max: number }) => (top > extent.max ? roundAbove(top * 1.08) : null),
      splitNumber: 4,
      splitLine: { lineStyle: { color: colors.line } },
      axisLabel: { color: colors.text3, fontSize: 11, formatter: (value: number) => texts.value(value) },
    },
    tooltip: {
      trigger: 'axis',
      confine: true,
      backgroundColor: colors.surface,
      borderColor: colors.line,
      textStyle: { color: colors.text, fontSize: 12 },
      formatter: (items: unknown) => tooltip(items as TooltipItem[], model, texts, colors),
    },
    series: [
      ...model.series.flatMap((series) => (series.band ? bandSeries(series) : [])),
      ...model.series.map((series, at) => oneSeries(series, model, at === 0 ? marks(model, colors, hatch) : {})),
    ],
  }
}

/** The least round number that is not less: 275 is 300. */
export function roundAbove(value: number): number {
  const scale = 10 ** Math.floor(Math.log10(value))
  return (roundNumbers.find((round) => round * scale >= value) ?? 10) * scale
}

const roundNumbers = [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10]

function oneSeries(series: ChartSeries, model: ChartModel, extra: object) {
  const stack = model.stacked ? 'all' : undefined
  const data = series.points.map(([at, value]) => [at, value])
  if (model.kind === 'bar') {
    return {
      type: 'bar',
      name: series.name,
      stack,
      data,
      barMaxWidth: 16,
      itemStyle: { color: series.color },
      ...extra,
    }
  }
  return {
    type: 'line',
    name: series.name,
    stack,
    data,
    showSymbol: false,
    lineStyle: { color: series.color, width: 1.5, type: series.dash?.length ? [...series.dash] : 'solid' },
    itemStyle: { color: series.color },
    areaStyle: model.kind === 'area' ? { color: series.color, opacity: 0.22 } : undefined,
    emphasis: { disabled: true },
    ...extra,
  }
}

/** A band is two stacked lines: an unseen one up to the low end, and the difference, filled. */
function bandSeries(series: ChartSeries) {
  const shared = {
    type: 'line',
    stack: `band ${series.name}`,
    showSymbol: false,
    silent: true,
    lineStyle: { opacity: 0 },
    tooltip: { show: false },
  }
  const band = series.band ?? []
  return [
    { ...shared, name: `${bandMark}low ${series.name}`, data: band.map(([at, low]) => [at, low]) },
    {
      ...shared,
      name: `${bandMark}high ${series.name}`,
      data: band.map(([at, low, high]) => [at, low === null || high === null ? null : high - low]),
      areaStyle: { color: series.color, opacity: 0.18 },
    },
  ]
}

const bandMark = '\u0000'

function marks(model: ChartModel, colors: Tokens, hatch: unknown) {
  const lines = (model.thresholds ?? []).map(({ label, value }) => ({
    yAxis: value,
    label: { formatter: label, position: 'insideStartTop', color: colors.firing, fontSize: 11, fontWeight: 600 },
  }))
  const begins = (model.alerts ?? []).map(({ from, label }) => ({
    xAxis: Math.max(from, model.from),
    lineStyle: { opacity: 0 },
    symbol: ['none', 'triangle'],
    symbolSize: 10,
    symbolRotate: 180,
    label: { formatter: label, position: 'end', color: colors.firing, fontSize: 11, fontWeight: 600 },
  }))
  const alerted = (model.alerts ?? []).map(({ from, to }) => [
    { xAxis: Math.max(from, model.from), itemStyle: { color: colors.firing, opacity: 0.07 } },
    { xAxis: Math.min(to ?? model.to, model.to) },
  ])
  const hatched = (model.incomplete ?? []).map(({ from, to, label }) => [
    {
      xAxis: from,
      itemStyle: { color: hatch, opacity: 1 },
      label: { show: true, formatter: label, color: colors.text3, fontSize: 11, position: 'insideTop' },
    },
    { xAxis: to },
  ])
  return {
    markLine: {
      silent: true,
      symbol: 'none',
      animation: false,
      lineStyle: { color: colors.firing, width: 1.25, type: [5, 4] },
      data: [...lines, ...begins],
    },
    markArea: { silent: true, animation: false, data: [...alerted, ...hatched] },
  }
}

interface TooltipItem {
  seriesName: string
  color: string
  value: [number, number | null]
}

function tooltip(items: readonly TooltipItem[], model: ChartModel, texts: ChartTexts, colors: Tokens): string {
  const shown = items.filter(({ seriesName, value }) => !seriesName.startsWith(bandMark) && value[1] !== null)
  const [first] = items
  if (!first) return ''
  const at = first.value[0]
  const gap = (model.incomplete ?? []).find(({ from, to }) => at >= from && at < to)
  const limit = Math.min(...(model.thresholds ?? []).map(({ value }) => value), Number.POSITIVE_INFINITY)
  const rows = [...shown]
    .sort((a, b) => (b.value[1] ?? 0) - (a.value[1] ?? 0))
    .map(({ seriesName, color, value }) => {
      const ink = (value[1] ?? 0) > limit ? colors.firing : colors.text
      return `<tr><td><span style="display:inline-block;width:10px;height:2px;margin-right:8px;vertical-align:middle;background:${color}"></span>${escaped(seriesName)}</td><td style="padding-left:24px;text-align:right;font-weight:600;color:${ink}">${escaped(texts.value(value[1]))}</td></tr>`
    })
  const note = gap ? `<span style="margin-left:12px;color:${colors.pending}">${escaped(gap.label)}</span>` : ''
  return `<b>${escaped(texts.moment(at))}</b>${note}<table>${rows.join('')}</table>`
}

/** Neighbouring incomplete buckets as one area each, labelled by the least complete of them. */
export function incompleteAreas(
  buckets: readonly { bucket: string; share: number }[],
  stepSeconds: number,
  label: (share: number) => string,
): { from: number; to: number; label: string }[] {
  const areas: { from: number; to: number; share: number }[] = []
  for (const { bucket, share } of buckets) {
    if (share >= 1) continue
    const from = Date.parse(bucket)
    const to = from + stepSeconds * 1000
    const last = areas.at(-1)
    if (last && last.to === from) {
      last.to = to
      last.share = Math.min(last.share, share)
    } else areas.push({ from, to, share })
  }
  return areas.map(({ from, to, share }) => ({ from, to, label: label(share) }))
}

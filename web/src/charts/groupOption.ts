/**
 * A chart whose horizontal axis is no time: a group for each value of a dimension, or of several combined, with bars
 * beside or on each other, or lines and areas across. Pure.
 */
import type { EChartsCoreOption } from 'echarts/core'
import type { Tokens } from '~/theme/tokens'
import type { Margins, Plot } from './frame'
import { exceeds, type Limit, type Series, type TimeKind } from './model'
import { chartFont } from './paint'
import type { ValueScale } from './scale'

export interface Group {
  key: string
  name: string
  /** The words of the combined dimensions, one line each. */
  words: readonly string[]
}

export interface GroupModel {
  kind: TimeKind
  stacked: boolean
  groups: readonly Group[]
  /** One value for each group. */
  series: readonly Series[]
  limits: readonly Limit[]
  clock?: boolean
  whole?: boolean
}

interface GroupDrawing {
  plot: Plot
  margins: Margins
  scale: ValueScale
  value: (value: number) => string
  colors: Tokens
}

/** Bars with less room than this, in pixels, have no value above them. */
const leastLabelled = 52
/** Narrower than this, in pixels, names are turned. */
const leastUpright = 64

export const namesAreTurned = (groups: number, width: number) => width / Math.max(1, groups) < leastUpright

/** Room below the plot: turned names need more, each further dimension a line more. */
export function groupBottom(groups: readonly Group[], width: number): number {
  return namesAreTurned(groups.length, width) ? 96 : 18 + 14 * Math.max(1, groups[0]?.words.length ?? 1)
}

export function groupOption(model: GroupModel, drawing: GroupDrawing): EChartsCoreOption {
  const { groups, series, kind, stacked } = model
  const { plot, margins, scale, colors } = drawing
  const room = plot.width / Math.max(1, groups.length)
  const turned = namesAreTurned(groups.length, plot.width)
  const label = { color: colors.text3, fontSize: 11, fontFamily: chartFont }
  return {
    animation: false,
    textStyle: { fontFamily: chartFont },
    grid: { ...margins, outerBoundsMode: 'none' },
    xAxis: {
      type: 'category',
      data: groups.map(({ name, words }) => (turned ? name : words.join('\n'))),
      axisLine: { lineStyle: { color: colors.line } },
      axisTick: { show: false },
      axisLabel: {
        ...label,
        interval: 0,
        margin: 8,
        lineHeight: 14,
        rotate: turned ? 42 : 0,
        width: turned ? 112 : room - 8,
        overflow: 'truncate',
        hideOverlap: turned,
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
      axisLabel: { ...label, margin: 8, formatter: drawing.value },
    },
    series: [
      limitLines(model, drawing),
      ...series.map((one) => (kind === 'bar' ? bars(one, model, room, drawing) : line(one, kind, stacked))),
    ],
  }
}

function bars(
  series: Series,
  { stacked, limits, series: all }: GroupModel,
  room: number,
  { colors, value }: GroupDrawing,
): object {
  const alone = all.length === 1
  const side = stacked ? 1 : all.length
  return {
    type: 'bar',
    id: series.key,
    stack: stacked ? 'all' : undefined,
    data: series.values.map((value) => ({
      value,
      // A single series has no colour to tell it from others, so that its colour can tell of trouble.
      itemStyle: alone ? { color: exceeds(value, limits) ? colors.firing : colors.quiet } : undefined,
    })),
    barWidth: Math.max(1, Math.min(stacked || alone ? 44 : 26, (room * 0.72) / side)),
    barGap: '6%',
    itemStyle: {
      color: series.color,
      borderRadius: stacked ? 0 : [2, 2, 0, 0],
      borderColor: stacked ? colors.surface : undefined,
      borderWidth: stacked ? 0.5 : 0,
    },
    label: {
      show: alone && room > leastLabelled,
      position: 'top',
      distance: 4,
      color: colors.text,
      fontSize: 12,
      fontFamily: chartFont,
      formatter: ({ value: shown }: { value: number | null }) => (shown === null ? '' : value(shown)),
    },
    silent: true,
    emphasis: { disabled: true },
    z: 3,
  }
}

function line({ key, values, color, dash }: Series, kind: TimeKind, stacked: boolean): object {
  return {
    type: 'line',
    id: key,
    stack: stacked ? 'all' : undefined,
    data: [...values],
    symbol: 'circle',
    symbolSize: 5,
    lineStyle: { color, width: 1.6, type: dash.length > 0 ? [...dash] : 'solid' },
    itemStyle: { color },
    areaStyle: kind === 'area' ? { color, opacity: stacked ? 0.7 : 0.16 } : undefined,
    silent: true,
    emphasis: { disabled: true },
    z: 3,
  }
}

function limitLines({ limits }: GroupModel, { colors, scale }: GroupDrawing): object {
  return {
    type: 'line',
    data: [],
    silent: true,
    markLine: {
      silent: true,
      animation: false,
      symbol: 'none',
      label: { show: false },
      lineStyle: { color: colors.firing, width: 1.25, type: [6, 4] },
      data: limits.filter(({ value }) => value <= scale.max).map(({ value }) => ({ yAxis: value })),
    },
  }
}

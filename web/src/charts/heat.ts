/**
 * A heat map of sketches over time: the sketch's bins gathered into the rows of a logarithmic axis, and those as options of
 * the chart library. Counts are kept whole: a bin belongs to the row of its middle.
 */
import type { EChartsCoreOption } from 'echarts/core'
import type { Tokens } from '~/theme/tokens'
import { bucketStart, type Frame, nearestBucket } from './frame'
import type { Limit } from './model'
import { heatColor } from './paint'
import { type LogRows, logTicks, octaveRows, rowOf, rowPlace } from './scale'
import { axes, type Drawing } from './timeOption'

/** As `/api/v1/rollups/heatmap` tells it: how many values lay from `low` to `high`, in the field's unit. */
export interface Bin {
  low: number
  high: number
  count: number
}

export interface HeatRow {
  bucket: string
  bins: readonly Bin[]
}

export interface Cell {
  /** Bucket and row, from 0. */
  index: number
  row: number
  count: number
}

export interface HeatModel {
  frame: Frame
  rows: LogRows
  cells: readonly Cell[]
  /** The greatest count of a cell. */
  most: number
  limits: readonly Limit[]
}

const middleOf = ({ low, high }: Bin) => (low > 0 ? Math.sqrt(low * high) : high / 2)

/** Octaves that an axis reaches down from the greatest value; what is smaller, zero too, belongs to the lowest row. */
const mostOctaves = 14

export function heatModel(frame: Frame, answer: readonly HeatRow[], limits: readonly Limit[], anchor = 1): HeatModel {
  let [low, high] = [Number.POSITIVE_INFINITY, 0]
  for (const { bins } of answer) {
    for (const bin of bins) {
      if (bin.count <= 0) continue
      if (bin.low > 0) low = Math.min(low, bin.low)
      high = Math.max(high, middleOf(bin))
    }
  }
  if (high === 0) return { frame, rows: { edges: [1, 2] }, cells: [], most: 0, limits }
  const near = limits.map(({ value }) => value).filter((value) => value > 0 && value < high * 10 && value > low / 10)
  const top = Math.max(high, ...near)
  const rows = octaveRows(Math.max(Math.min(low, high, ...near), top / 2 ** mostOctaves), top, anchor)
  const counts = new Map<number, number>()
  const height = rows.edges.length - 1
  for (const { bucket, bins } of answer) {
    const at = Date.parse(bucket)
    if (at < frame.from || at >= frame.to) continue
    const index = nearestBucket(frame, at)
    for (const bin of bins) {
      const row = rowOf(rows, middleOf(bin))
      const place = index * height + row
      counts.set(place, (counts.get(place) ?? 0) + bin.count)
    }
  }
  const cells = [...counts].map(([place, count]) => ({ index: Math.floor(place / height), row: place % height, count }))
  return { frame, rows, cells, most: cells.reduce((most, { count }) => Math.max(most, count), 0), limits }
}

/** A cell's share of the colour scale: by square root, so that rare ones can still be seen. */
export const heatShare = (count: number, most: number) => (most <= 0 ? 0 : Math.sqrt(count / most))

interface CustomApi {
  coord: (point: [number, number]) => [number, number]
}

export function heatOption(model: HeatModel, drawing: Drawing): EChartsCoreOption {
  const { frame, rows, cells, most } = model
  const { colors, texts } = drawing
  const height = rows.edges.length - 1
  const base = axes(frame, { ...drawing, scale: { max: height, ticks: [0, height] } })
  const ticks = logTicks(rows)
  const atTick = new Map(ticks.map((tick) => [rowPlace(rows, tick), tick]))
  const nearestTick = (place: number) => [...atTick].find(([at]) => Math.abs(at - place) < 1e-6)?.[1] ?? Number.NaN
  return {
    ...base,
    yAxis: {
      ...(base.yAxis as object),
      interval: undefined,
      splitLine: { show: false },
      axisLabel: {
        color: colors.text3,
        fontSize: 11,
        margin: 8,
        customValues: [...atTick.keys()],
        formatter: (place: number) => texts.value(nearestTick(place)),
      },
    },
    series: [
      {
        type: 'custom',
        silent: true,
        clip: true,
        data: cells.map(({ index, row }) => [bucketStart(frame, index), row]),
        progressive: 0,
        renderItem: ({ dataIndex }: { dataIndex: number }, api: CustomApi) =>
          cellShape(cells[dataIndex], model, api, colors, most),
      },
      limitLines(model, drawing),
    ],
  }
}

function cellShape(cell: Cell | undefined, { frame }: HeatModel, api: CustomApi, colors: Tokens, most: number) {
  if (!cell) return null
  const [left, top] = api.coord([bucketStart(frame, cell.index), cell.row + 1])
  const [right, bottom] = api.coord([bucketStart(frame, cell.index + 1), cell.row])
  const gap = right - left > 4 ? 1 : 0
  const shape = {
    x: left,
    y: top,
    width: Math.max(0.5, right - left - gap),
    height: Math.max(0.5, bottom - top - 1),
  }
  return { type: 'rect', shape, style: { fill: heatColor(heatShare(cell.count, most), colors) } }
}

function limitLines({ frame, limits, rows }: HeatModel, { colors }: Drawing): object {
  return {
    type: 'line',
    data: [[frame.from, null]],
    silent: true,
    markLine: {
      silent: true,
      animation: false,
      symbol: 'none',
      label: { show: false },
      lineStyle: { color: colors.firing, width: 1.25, type: [6, 4] },
      data: limits.filter(({ value }) => value > 0).map(({ value }) => ({ yAxis: rowPlace(rows, value) })),
    },
  }
}

/** Counts of one bucket, from the highest row down, for the hover box. */
export function cellsAt({ cells, rows }: HeatModel, index: number): { low: number; high: number; count: number }[] {
  return cells
    .filter((cell) => cell.index === index)
    .sort((a, b) => b.row - a.row)
    .map(({ row, count }) => ({ low: rows.edges[row] ?? 0, high: rows.edges[row + 1] ?? 0, count }))
}

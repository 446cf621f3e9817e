/** What explore keeps in the URL: the question as a sentence, filters as a query line, and further charts. */
import { oneOf, present, text } from '../searching'

export const views = ['line', 'area', 'bar', 'heat'] as const
export type View = (typeof views)[number]
export const layers = ['stacked', 'grouped'] as const
export type Layers = (typeof layers)[number]

/** A chart's part of the question; what is left out follows from the monitor. */
export interface ChartSearch {
  field?: string
  aggregate?: string
  /** `time` without, else columns with commas. */
  x?: string
  /** Columns with commas; `none` for everything in one. */
  split?: string
  view?: View
  layers?: Layers
}

export interface ExploreSearch extends ChartSearch {
  /** A monitor's name, or `(base)` for any dimensions. */
  monitor?: string
  /** Length of a bucket, in seconds; as suits the range without. */
  step?: number
  /** Filters, as map and records write them. */
  q?: string
  /** Columns of the bars beside the heat map, with commas. */
  bars?: string
  /** Key of the series with the band and the heat map; `none` for no band. */
  focus?: string
  /** Charts below the first. */
  more?: ChartSearch[]
}

const mostCharts = 6

const chart = (search: Record<string, unknown>): ChartSearch =>
  present({
    field: text(search.field),
    aggregate: text(search.aggregate),
    x: text(search.x),
    split: text(search.split),
    view: oneOf(...views)(search.view),
    layers: oneOf(...layers)(search.layers),
  })

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

export function exploreSearch(search: Record<string, unknown>): ExploreSearch {
  const step = Number(search.step)
  const more = Array.isArray(search.more) ? search.more.filter(isObject).slice(0, mostCharts).map(chart) : []
  return {
    ...chart(search),
    ...present({
      monitor: text(search.monitor),
      step: Number.isInteger(step) && step > 0 ? step : undefined,
      q: text(search.q),
      bars: text(search.bars),
      focus: text(search.focus),
      more: more.length > 0 ? more : undefined,
    }),
  }
}

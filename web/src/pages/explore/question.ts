/**
 * The question that a chart asks, whole: what the URL leaves out is filled in from the monitor and its fields, and what
 * does not fit them is put right. Pure: the page and its tests ask the same.
 */
import type { Schemas } from '~/api/client'
import { type Filters, readFilters, within } from './filters'
import type { ChartSearch, ExploreSearch, Layers, View } from './search'

export type Monitor = Schemas['Monitors']['monitors'][number]
export type Field = Schemas['Fields']['fields'][number]
export type Catalogue = Schemas['Fields']

/** The name under which any dimensions are asked, as the graph has it. */
export const anyDimensions = '(base)'
/** Calls themselves, as if they were a field. */
export const records = 'records'

export const aggregates = ['avg', 'p50', 'p90', 'p95', 'p99', 'min', 'max', 'sum', 'count', 'rate'] as const
export type Aggregate = (typeof aggregates)[number]

/** What is asked of: a monitor, or the calls with any of their columns. */
export interface Subject {
  name: string
  /** Columns that can be split by and filtered. */
  columns: readonly string[]
  fields: readonly Field[]
  monitor: Monitor | null
}

export interface Question {
  subject: Subject
  field: Field
  aggregate: Aggregate
  /** Columns of the horizontal axis; null for time. */
  x: readonly string[] | null
  split: readonly string[]
  view: View
  layers: Layers
  filters: Filters
}

const recordsField: Field = {
  name: records,
  aggregates: ['count'],
  distinct_of: null,
  flag: false,
  scale: 0,
  unit: null,
}

export function subjectOf(
  name: string | undefined,
  monitors: readonly Monitor[],
  catalogue: Catalogue,
): Subject | null {
  const field = (wanted: string) => catalogue.fields.find((each) => each.name === wanted)
  if (name === anyDimensions || monitors.length === 0) {
    const columns = [...catalogue.columns].sort((a, b) => Number(b.base) - Number(a.base)).map((each) => each.name)
    return { name: anyDimensions, columns, fields: [...catalogue.fields, recordsField], monitor: null }
  }
  const monitor = monitors.find((each) => each.name === name) ?? monitors[0]
  if (!monitor) return null
  const fields = monitor.fields.flatMap((each) => field(each) ?? [])
  return { name: monitor.name, columns: monitor.by, fields: [...fields, recordsField], monitor }
}

/** Whether percentiles of a field are kept. */
export const keepsSketch = ({ aggregates: declared }: Field) => declared.some((each) => /^p\d/.test(each))

/** Which aggregations a field has. */
export function aggregatesOf(field: Field): Aggregate[] {
  if (field.name === records) return ['count', 'rate']
  if (field.flag) return ['count', 'avg', 'rate']
  const sketch = keepsSketch(field)
  return aggregates.filter((each) => sketch || !/^p\d/.test(each))
}

/** Whether values of several combinations may be stood on each other: counts and sums, never averages. */
export const addsUp = (aggregate: Aggregate) => aggregate === 'sum' || aggregate === 'count' || aggregate === 'rate'

const listed = (columns: string | undefined, known: readonly string[]): string[] =>
  [...new Set((columns ?? '').split(','))].filter((each) => known.includes(each))

function defaultSplit({ columns }: Subject): string[] {
  const found = ['target_module', 'service', 'target'].find((each) => columns.includes(each)) ?? columns[0]
  return found ? [found] : []
}

/** `measured`: the fields that have values; the first of them is asked of where the search leaves that open, else how many calls there were. */
export function questionOf(
  search: ChartSearch,
  subject: Subject,
  q: string | undefined,
  measured: ReadonlySet<string> | null = null,
): Question {
  const { columns, fields } = subject
  const first = measured ? fields.find(({ name, flag }) => !flag && measured.has(name)) : fields[0]
  const field = fields.find(({ name }) => name === search.field) ?? first ?? recordsField
  const possible = aggregatesOf(field)
  const declared = field.aggregates.find((each) => (possible as readonly string[]).includes(each)) as
    | Aggregate
    | undefined
  const aggregate = possible.find((each) => each === search.aggregate) ?? declared ?? possible[0] ?? 'count'
  const x = search.x === undefined || search.x === 'time' ? [] : listed(search.x, columns)
  const byColumn = x.length > 0
  const preset = byColumn ? [] : defaultSplit(subject)
  const split = search.split === undefined ? preset : listed(search.split, columns)
  return {
    subject,
    field,
    aggregate,
    x: byColumn ? x : null,
    split: split.filter((each) => !x.includes(each)),
    view: viewOf(search.view, byColumn, field),
    layers: addsUp(aggregate) ? (search.layers ?? 'stacked') : 'grouped',
    filters: within(readFilters(q).filters, columns),
  }
}

/** Bars, unless time is the axis; no heat map without a sketch or a time axis. */
function viewOf(wanted: View | undefined, byColumn: boolean, field: Field): View {
  if (byColumn) return wanted === 'line' || wanted === 'area' ? wanted : 'bar'
  if (wanted === 'heat' && !keepsSketch(field)) return 'line'
  return wanted ?? 'line'
}

/** The question's parameters of `/api/v1/rollups`, but for range and step. */
export function rollupsQuery({ subject, filters }: Pick<Question, 'subject' | 'filters'>, by: readonly string[]) {
  return {
    ...(subject.monitor ? { monitor: subject.monitor.name } : {}),
    // An empty `by` asks for everything in one; left out it would mean all columns.
    by: by.length > 0 ? [...by] : [''],
    is: filters as Record<string, string[]>,
  }
}

/** What the bars beside the heat map go by: what was chosen, else the split and the next column that tells more. */
export function barColumns(search: ExploreSearch, question: Question): string[] {
  const { columns } = question.subject
  const chosen = listed(search.bars, columns)
  if (chosen.length > 0) return chosen
  const first = question.split.length > 0 ? question.split : defaultSplit(question.subject)
  const next = ['service', 'source_module', 'target', 'source'].find(
    (each) => columns.includes(each) && !first.includes(each),
  )
  return next && first.length < 2 ? [...first, next] : [...first]
}

/** A threshold of the monitor that judges what the question shows. */
export interface Judged {
  title: string
  value: number
  side: 'above' | 'below'
}

export function thresholdsOf({ subject, field, aggregate }: Question): Judged[] {
  const limits = (subject.monitor?.thresholds ?? []).map(
    ({ field: of, aggregate: by, condition, title }): Judged | null => {
      if (of !== field.name || (by ?? 'count') !== aggregate) return null
      if ('above' in condition) return { title, value: condition.above, side: 'above' }
      return 'below' in condition ? { title, value: condition.below, side: 'below' } : null
    },
  )
  return limits.filter((limit) => limit !== null)
}

/**
 * Rollup rows as what charts and tables show: for each combination its values bucket by bucket, or for each group of a
 * horizontal axis that is no time. Gaps stay gaps; only counts and sums of a bucket that was read are zero where no call
 * came.
 */
import type { Schemas } from '~/api/client'
import { bucketAt, bucketStart, type Frame, frame } from '~/charts/frame'
import type { Values } from '~/charts/model'
import { type Filters, writeFilters } from './filters'
import { type Aggregate, addsUp, type Field, records } from './question'

type Rollups = Schemas['Rollups']
export type Row = Schemas['RollupRow']

export interface Measure {
  field: Field
  aggregate: Aggregate
}

/** The words of some columns that belong together. */
export interface Combination {
  /** The words as a query line: stable, and good for the URL. */
  key: string
  name: string
  words: Record<string, string>
}

export interface Line extends Combination {
  values: Values
  /** Calls in all buckets. */
  calls: number
  /** Value of the last bucket that is over and has one. */
  latest: number | null
}

/** Between the words of a combination. */
const joint = ' · '

export function combinationOf(row: Row, columns: readonly string[], noValue: string): Combination {
  const words = Object.fromEntries(columns.map((column) => [column, String(row[column as keyof Row] ?? '')]))
  return named(words, noValue)
}

export function named(words: Record<string, string>, noValue: string): Combination {
  const filters: Filters = Object.fromEntries(Object.entries(words).map(([column, word]) => [column, [word]]))
  const name = Object.values(words)
    .map((word) => word || noValue)
    .join(joint)
  return { key: writeFilters(filters) ?? '', name, words }
}

/** A row's value; `seconds` is the time that it stands for. The average of a flag is the share of calls that bear it. */
export function measured(row: Row, { field, aggregate }: Measure, seconds: number): number | null {
  if (field.name === records) return aggregate === 'rate' ? row.records / Math.max(1e-9, seconds) : row.records
  const found = row.fields[field.name]
  if (!found) return addsUp(aggregate) ? 0 : null
  if (field.flag && aggregate === 'avg') return row.records > 0 ? found.count / row.records : null
  return found[aggregate]
}

export function frameOf(answer: Pick<Rollups, 'from' | 'to' | 'step_seconds'>): Frame {
  const [from, to] = [Date.parse(answer.from), Date.parse(answer.to)]
  return frame(from, to, (answer.step_seconds ?? (to - from) / 1000) * 1000)
}

/** Start of the first bucket that has any call; null without. */
export function firstOf(rows: Rollups['rows']): number | null {
  const times = rows.flatMap(({ bucket }) => (bucket === null ? [] : [Date.parse(bucket)]))
  return times.length === 0 ? null : times.reduce((a, b) => Math.min(a, b))
}

/** Up to when all was read: buckets that end later are still open. */
export function readUpTo(answer: Pick<Rollups, 'completeness' | 'to'>): number {
  const last = answer.completeness.at(-1)
  const watermark = last ? Date.parse(last.watermark) : Number.NaN
  return Number.isNaN(watermark) ? Date.parse(answer.to) : watermark
}

/** Number of the last bucket that is over; 0 if none is. */
export const lastClosed = (of: Frame, upTo: number): number =>
  Math.min(of.count - 1, Math.max(0, Math.floor((upTo - of.from) / of.step) - 1))

/** One line for each combination, by name. */
export function linesOf(answer: Rollups, columns: readonly string[], measure: Measure, noValue: string): Line[] {
  const of = frameOf(answer)
  const upTo = readUpTo(answer)
  const closed = lastClosed(of, upTo)
  const reported = answer.completeness.map(({ reporting }) => reporting > 0)
  const lines = new Map<string, { combination: Combination; values: (number | null)[]; calls: number }>()
  for (const row of answer.rows) {
    const index = row.bucket === null ? null : bucketAt(of, Date.parse(row.bucket))
    if (index === null) continue
    const combination = combinationOf(row, columns, noValue)
    const line = lines.get(combination.key) ?? { combination, values: blank(of, upTo, measure, reported), calls: 0 }
    lines.set(combination.key, line)
    line.values[index] = measured(row, measure, of.step / 1000)
    line.calls += row.records
  }
  return [...lines.values()]
    .map(({ combination, values, calls }) => ({ ...combination, values, calls, latest: latestOf(values, closed) }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}

/** Where some source was read and no call came, a count is zero; where none was, nothing is known. */
function blank(of: Frame, upTo: number, { aggregate }: Measure, reported: readonly boolean[]): (number | null)[] {
  const zero = (at: number) => addsUp(aggregate) && reported[at] === true && bucketStart(of, at + 1) <= upTo
  return Array.from({ length: of.count }, (_, at) => (zero(at) ? 0 : null))
}

/** The last bucket up to `closed` in which any line has a value; `closed` where none has. */
export function latestIndex(lines: readonly Pick<Line, 'values'>[], closed: number): number {
  const at = Math.max(
    -1,
    ...lines.map(({ values }) => values.slice(0, closed + 1).findLastIndex((value) => value !== null)),
  )
  return at < 0 ? closed : at
}

function latestOf(values: Values, closed: number): number | null {
  const at = values.slice(0, closed + 1).findLastIndex((value) => value !== null)
  return values[at] ?? values.findLast((value) => value !== null) ?? null
}

/** Low and high of a combination's percentiles, bucket by bucket. */
export function bandOf(answer: Rollups, columns: readonly string[], key: string, field: Field, noValue: string) {
  const of = frameOf(answer)
  const low: (number | null)[] = Array.from({ length: of.count }, () => null)
  const high = [...low]
  for (const row of answer.rows) {
    const index = row.bucket === null ? null : bucketAt(of, Date.parse(row.bucket))
    if (index === null || combinationOf(row, columns, noValue).key !== key) continue
    low[index] = row.fields[field.name]?.p50 ?? null
    high[index] = row.fields[field.name]?.p95 ?? null
  }
  return { low, high }
}

export interface Groups {
  /** Along the axis. */
  groups: Combination[]
  /** One value for each group. */
  series: Line[]
  /** Groups that are not shown. */
  hidden: number
}

/** Rows over the whole range as groups along `x`, one series for each combination of `split`. The greatest come first. */
export function groupsOf(
  answer: Rollups,
  x: readonly string[],
  split: readonly string[],
  measure: Measure,
  noValue: string,
  most: number,
): Groups {
  const seconds = (Date.parse(answer.to) - Date.parse(answer.from)) / 1000
  const cells = answer.rows.map((row) => ({
    group: combinationOf(row, x, noValue),
    series: combinationOf(row, split, noValue),
    value: measured(row, measure, seconds),
    calls: row.records,
  }))
  const weights = new Map<string, { combination: Combination; weight: number }>()
  for (const { group, value } of cells) {
    const known = weights.get(group.key) ?? { combination: group, weight: 0 }
    known.weight = addsUp(measure.aggregate) ? known.weight + (value ?? 0) : Math.max(known.weight, value ?? 0)
    weights.set(group.key, known)
  }
  const ranked = [...weights.values()].sort(
    (a, b) => b.weight - a.weight || (a.combination.name < b.combination.name ? -1 : 1),
  )
  const groups = ranked.slice(0, most).map(({ combination }) => combination)
  const place = new Map(groups.map(({ key }, at) => [key, at]))
  const series = new Map<string, Line & { values: (number | null)[] }>()
  for (const cell of cells) {
    const at = place.get(cell.group.key)
    if (at === undefined) continue
    const line = series.get(cell.series.key) ?? {
      ...cell.series,
      values: groups.map((): number | null => null),
      calls: 0,
      latest: null,
    }
    series.set(cell.series.key, line)
    line.values[at] = cell.value
    line.calls += cell.calls
  }
  const lines = [...series.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  return { groups, series: lines, hidden: ranked.length - groups.length }
}

/** Greatest latest value first; those known before keep their order, so that a refresh moves nothing. */
export function steadyOrder(lines: readonly Line[], before: readonly string[]): string[] {
  const present = new Set(lines.map(({ key }) => key))
  const kept = before.filter((key) => present.has(key))
  const known = new Set(kept)
  const fresh = lines
    .filter(({ key }) => !known.has(key))
    .sort((a, b) => (b.latest ?? -1) - (a.latest ?? -1) || (a.name < b.name ? -1 : 1))
  return [...kept, ...fresh.map(({ key }) => key)]
}

/** A chart's series as the rows of its table, and both as CSV. */
import type { Schemas } from '~/api/client'
import { bucketStart, type Frame } from '~/charts/frame'
import { exceeds, type Limit, type Values } from '~/charts/model'
import { combinationOf, type Groups, type Line, type Row } from './series'

export interface SummaryRow {
  key: string
  name: string
  words: Record<string, string>
  latest: number | null
  p50: number | null
  p95: number | null
  p99: number | null
  calls: number
  /** Share of calls that failed; null where no such field is measured. */
  errors: number | null
  /** Share of lines behind the buckets in which it was seen. */
  complete: number | null
  trend: Values
  exceeded: boolean
}

/** The field that says whether a call failed; it always exists. */
const errorField = 'error'

interface SummaryOptions {
  columns: readonly string[]
  field: string
  limits: readonly Limit[]
  noValue: string
}

/** One row for each line: its latest value and course, and the percentiles of the whole range. */
export function summaryOf(
  lines: readonly Line[],
  totals: readonly Row[],
  completeness: Schemas['Completeness'][],
  { columns, field, limits, noValue }: SummaryOptions,
): SummaryRow[] {
  const byKey = new Map(totals.map((row) => [combinationOf(row, columns, noValue).key, row]))
  return lines.map(({ key, name, words, values, latest, calls }) => {
    const total = byKey.get(key)
    const measured = total?.fields[field]
    const failed = total?.fields[errorField]
    return {
      key,
      name,
      words,
      latest,
      p50: measured?.p50 ?? null,
      p95: measured?.p95 ?? null,
      p99: measured?.p99 ?? null,
      calls: total?.records ?? calls,
      errors: total && total.records > 0 && failed ? failed.count / total.records : null,
      complete: completeOf(values, completeness),
      trend: values,
      exceeded: exceeds(latest, limits),
    }
  })
}

/** Completeness of the buckets in which a line has values, weighed by their lines of log. */
function completeOf(values: Values, completeness: readonly Schemas['Completeness'][]): number | null {
  let [lines, seen] = [0, 0]
  for (const [at, { share, parsed, unparsed, dropped }] of completeness.entries()) {
    if (values[at] === null || values[at] === undefined) continue
    const weight = Math.max(1, parsed + unparsed + dropped)
    lines += weight
    seen += weight * share
  }
  return lines === 0 ? null : seen / lines
}

export type CsvRows = (string | number | null)[][]

/** Values over time: one row for each bucket, one column for each series; times in RFC 3339. */
export function csvOverTime(of: Frame, lines: readonly Pick<Line, 'name' | 'values'>[], bucket: string): CsvRows {
  const head = [bucket, ...lines.map(({ name }) => name)]
  const rows = Array.from({ length: of.count }, (_, at) => [
    new Date(bucketStart(of, at)).toISOString(),
    ...lines.map(({ values }) => values[at] ?? null),
  ])
  return [head, ...rows]
}

/** Values by groups: the group's words, then one column for each series. */
export function csvByGroup({ groups, series }: Groups, x: readonly string[], only: string): CsvRows {
  const head = [...x, ...series.map(({ name }) => name || only)]
  const rows = groups.map(({ words }, at) => [
    ...x.map((column) => words[column] ?? ''),
    ...series.map(({ values }) => values[at] ?? null),
  ])
  return [head, ...rows]
}

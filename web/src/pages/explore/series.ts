/** Rollup rows as lines of a chart: one for each value of a column, with gaps where a bucket has no value. */
import type { Schemas } from '~/api/client'
import type { Point } from '~/parts/chartModel'

type Rollups = Schemas['Rollups']

export interface Line {
  name: string
  points: Point[]
  records: number
}

/** Lines by name, ascending. Between two buckets of the answer that lie further apart than a step, there is a gap. */
export function byName({ rows, step_seconds }: Rollups, column: string, field: string): Line[] {
  const lines = new Map<string, Line>()
  for (const row of rows) {
    if (row.bucket === null) continue
    const name = String((row as Record<string, unknown>)[column] ?? '–')
    const line = lines.get(name) ?? { name, points: [], records: 0 }
    lines.set(name, line)
    line.points.push([Date.parse(row.bucket), row.fields[field]?.avg ?? null])
    line.records += row.records
  }
  const step = (step_seconds ?? 0) * 1000
  return [...lines.values()]
    .map((line) => ({ ...line, points: withGaps(line.points, step) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

function withGaps(points: readonly Point[], step: number): Point[] {
  const sorted = [...points].sort(([a], [b]) => a - b)
  return sorted.flatMap(([at, value], index): Point[] => {
    const before = sorted[index - 1]?.[0]
    return before !== undefined && step > 0 && at - before > step * 1.5
      ? [
          [before + step, null],
          [at, value],
        ]
      : [[at, value]]
  })
}

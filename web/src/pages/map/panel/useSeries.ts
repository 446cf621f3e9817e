/** How the fields of one combination, or of all calls to a module, moved over the range. */
import { useMemo } from 'react'
import { type QueryOf, useApi } from '~/api/useApi'
import { useClock } from '~/time/clock'
import { stepFor } from '~/time/range'
import { useRange } from '~/time/useRange'
import { unknown } from '../model/names'

export interface Series {
  /** By "aggregate field"; `records` for the number of calls. */
  values: ReadonlyMap<string, (number | null)[]>
  step: number
}

type Query = QueryOf<'/api/v1/rollups'>

/** Values as the API filters by them: "" for what is missing. */
export const filterOf = (dimensions: Readonly<Record<string, string>>): Record<string, string[]> =>
  Object.fromEntries(Object.entries(dimensions).map(([column, value]) => [column, [value === unknown ? '' : value]]))

const most = 48

export function useSeries(
  question: Query,
  dimensions: Readonly<Record<string, string>>,
  by?: readonly string[],
): Series | null {
  const { query, from, to } = useRange()
  const { bucketSeconds } = useClock()
  const step = stepFor({ from, to }, bucketSeconds, most)
  const { data } = useApi('/api/v1/rollups', {
    query: { ...question, ...(by ? { by: [...by] } : {}), ...filterOf(dimensions), ...query, step: `${step}s` },
  })
  return useMemo(() => {
    if (!data) return null
    const buckets = new Map(data.completeness.map(({ bucket }, at) => [Date.parse(bucket), at]))
    const count = data.completeness.length
    const values = new Map<string, (number | null)[]>()
    const put = (name: string, at: number, value: number | null | undefined) => {
      const list = values.get(name) ?? new Array<number | null>(count).fill(null)
      if (value !== undefined) list[at] = value
      values.set(name, list)
    }
    for (const { bucket, records, fields } of data.rows) {
      const at = buckets.get(Date.parse(bucket ?? ''))
      if (at === undefined) continue
      put('records', at, (values.get('records')?.[at] ?? 0) + records)
      for (const [field, told] of Object.entries(fields)) {
        for (const [aggregate, value] of Object.entries(told)) put(`${aggregate} ${field}`, at, value)
      }
    }
    return { values, step }
  }, [data, step])
}

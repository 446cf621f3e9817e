/** A threshold in words, its limit by the field's unit: "p95 elapsed_ms: 400 ms", "records: < 1". */
import { useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import type { Monitor } from './draft'

type Threshold = Monitor['thresholds'][number]

export function useThresholdTitle(): (threshold: Threshold) => string {
  const format = useFormat()
  const { data } = useApi('/api/v1/fields', { still: true })
  return ({ title, field, aggregate, condition }) => {
    const limit = 'above' in condition ? condition.above : 'below' in condition ? condition.below : null
    // The server's title ends with the limit as it was written.
    const end = title.lastIndexOf(': ')
    if (limit === null || end < 0) return title
    const spec = data?.fields.find(({ name }) => name === field) ?? { name: field }
    const told = format.field(spec, aggregate ?? 'count', { trim: true })(limit)
    return `${title.slice(0, end)}: ${'below' in condition ? '< ' : ''}${told}`
  }
}

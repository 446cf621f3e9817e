/** What can be a column of a list of records: columns of words, measured fields, and what besides is worth one. */
import { useApi } from './useApi'

/** Members of a record that are no columns of words, yet worth a column. */
const besides = ['kind', 'side', 'job_id', 'attempt', 'trace_id', 'span_id', 'offset']

export function useRecordColumns(): string[] {
  const { data } = useApi('/api/v1/fields', { still: true })
  return [...(data?.columns ?? []).map(({ name }) => name), ...(data?.fields ?? []).map(({ name }) => name), ...besides]
}

/** Watches a file that was handed over until its records can be seen: asked every second, until the source has read all. */
import { useQuery } from '@tanstack/react-query'
import { read } from '~/api/useApi'

export interface Found {
  /** Everything was read, or nothing more came for a while. */
  done: boolean
  /** Bytes not read yet; null while unknown. */
  left: number | null
  /** Time of its newest record, epoch milliseconds. */
  newest: number | null
}

const nothing: Found = { done: false, left: null, newest: null }
const pace = 700
/** When nothing was found after so long, nothing will be: an empty file, for example. */
const patience = 60_000

export function useArrival(file: string | null): Found {
  const { data } = useQuery<Found & { since: number }>({
    queryKey: ['arrival', file],
    enabled: file !== null,
    staleTime: 0,
    gcTime: 0,
    refetchInterval: ({ state }) => (state.data?.done ? false : pace),
    queryFn: async ({ client, queryKey }) => {
      const before = client.getQueryData<Found & { since: number }>(queryKey)
      const since = before?.since ?? Date.now()
      const [sources, page] = await Promise.all([
        read('/api/v1/sources'),
        read('/api/v1/records', { query: { ...everything(), file: [file ?? ''], limit: 1 } }),
      ])
      const left = sources.sources.find(({ name }) => name === 'uploads')?.lag_bytes ?? null
      const [record] = page.records
      const newest = record ? Date.parse(record.time) : null
      // Twice the same at the end of the file: what was read last has also been stored.
      const settled = left === 0 && newest !== null && before?.newest === newest && before.left === 0
      return { done: settled || Date.now() - since > patience, left, newest, since }
    },
  })
  return data ?? nothing
}

/** Whatever time the lines are of, a little ahead of now included. */
const everything = () => ({ from: '1971-01-01T00:00:00Z', to: new Date(Date.now() + 366 * 86_400_000).toISOString() })

/** Where the past is, when a range has nothing: the time of the newest record before it, whatever source it came from. */
import { useRange } from '~/time/useRange'
import { useApi } from './useApi'

export function useNewest(): number | null {
  const { from } = useRange()
  const { data } = useApi('/api/v1/records', {
    query: { from: new Date(0).toISOString(), to: new Date(from).toISOString(), limit: 1 },
    still: true,
  })
  const time = data?.records[0]?.time
  return time === undefined ? null : Date.parse(time)
}

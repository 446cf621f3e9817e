/** What became of the hours of the last seven days, for all flows at once, as the hours and days of the zone in force. */
import { useMemo } from 'react'
import { useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { useClock } from '~/time/clock'
import { type HourTally, type Span, weekOf } from './strip'

export interface Week {
  /** The oldest first, today last. */
  days: readonly Span[]
  /** Of a flow, the hours that had anything. */
  hours: (flow: string) => readonly HourTally[]
}

const none: readonly HourTally[] = []

export function useWeek(): Week {
  const { now } = useClock()
  const format = useFormat()
  const date = format.date(now)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the week changes with the day, not with each refresh
  const days = useMemo(() => weekOf(now, format.zone), [date, format.zone])
  const { data } = useApi('/api/v1/schedules/hours', { query: { zone: format.zone } })
  return useMemo(() => {
    const known = new Map(data?.flows.map(({ flow, hours }) => [flow, hours]))
    return { days, hours: (flow) => known.get(flow) ?? none }
  }, [days, data])
}

/**
 * What became of the due times of each of the last seven days, for all flows at once: seven small answers instead of
 * every due time of a week. Days that are over are read once, today at each refresh.
 */
import { useQueries } from '@tanstack/react-query'
import { useMemo } from 'react'
import { read } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { useClock } from '~/time/clock'
import { type Counts, type Span, weekOf } from './strip'

export interface DayOfFlows extends Span {
  today: boolean
  /** By flow; a flow that is absent had no schedule. */
  counts: ReadonlyMap<string, Counts>
}

const path = '/api/v1/schedules' as const

export function useWeek(): DayOfFlows[] {
  const { now } = useClock()
  const format = useFormat()
  const date = format.date(now)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the week changes with the day, not with each refresh
  const days = useMemo(() => weekOf(now, format.zone), [date, format.zone])
  const readings = useQueries({
    queries: days.map(({ from, to }, at) => {
      const query = { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
      return {
        queryKey: [path, 'day', query, at === days.length - 1 ? now : 0],
        queryFn: ({ signal }: { signal: AbortSignal }) => read(path, { query, signal }),
        placeholderData: (before: Awaited<ReturnType<typeof read<typeof path>>> | undefined) => before,
      }
    }),
  })
  return days.map((day, at) => ({
    ...day,
    today: at === days.length - 1,
    counts: new Map(readings[at]?.data?.schedules.map(({ flow, counts }) => [flow, counts])),
  }))
}

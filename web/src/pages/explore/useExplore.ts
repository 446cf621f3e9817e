/** Changing what the URL says: parts of the sentence, filters, charts. Whatever is set to `undefined` follows the monitor. */
import { useNavigate } from '@tanstack/react-router'
import { useCallback, useMemo } from 'react'
import { type Filters, readFilters, writeFilters } from './filters'
import type { ChartSearch, ExploreSearch } from './search'

export interface Change {
  set: (part: Partial<ExploreSearch>) => void
  /** Filters are changed by what they were. */
  filter: (change: (before: Filters) => Filters) => void
  /** A further chart, by its place; null takes it away. */
  setMore: (at: number, part: Partial<ChartSearch> | null) => void
  addChart: (chart: ChartSearch) => void
}

const kept = (search: object) => Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined))

export function useChange(): Change {
  const navigate = useNavigate({ from: '/explore' })
  const update = useCallback(
    (change: (before: ExploreSearch) => ExploreSearch) =>
      void navigate({ search: (before) => kept(change(before)) as ExploreSearch, resetScroll: false }),
    [navigate],
  )
  return useMemo(
    () => ({
      set: (part) => update((before) => ({ ...before, ...part })),
      filter: (change) =>
        update((before) => {
          const { filters, ignored } = readFilters(before.q)
          return { ...before, q: writeFilters(change(filters), ignored) }
        }),
      setMore: (at, part) =>
        update((before) => {
          const more = (before.more ?? []).flatMap((chart, place) =>
            place !== at ? [chart] : part === null ? [] : [kept({ ...chart, ...part }) as ChartSearch],
          )
          return { ...before, more: more.length > 0 ? more : undefined }
        }),
      addChart: (chart) => update((before) => ({ ...before, more: [...(before.more ?? []), chart] })),
    }),
    [update],
  )
}

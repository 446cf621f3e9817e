/** The runs behind a number of the overview, as the search of the page that lists them. */
import type { RunStatus } from '~/api/runs'
import type { Span } from '~/time/range'
import type { OverviewSearch } from './search'

/** The runs that the overview counts, narrowed further by the link. */
export const runsOf = (search: OverviewSearch) => ({
  list: 'runs' as const,
  application: search.application ?? ['*'],
  flow: search.flow,
})

/** The range of the page if it reaches from a moment to now, else one that does: for what is counted whatever the range. */
export const reaching = (
  since: string | null | undefined,
  { from, to }: Span,
  now: number,
): { from?: string; to?: string } =>
  !since || (from <= Date.parse(since) && to > now - 60_000) ? {} : { from: since, to: 'now' }

export const badStatuses: RunStatus[] = ['failed', 'timed_out']
export const activeStatuses: RunStatus[] = ['queued', 'running', 'waiting', 'retrying']

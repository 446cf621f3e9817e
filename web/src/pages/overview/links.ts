/** The runs behind a number of the overview, as the search of the page that lists them. */
import type { RunStatus } from '~/api/runs'
import type { OverviewSearch } from './search'

/** Runs of every application, as a list of runs. */
export const allRuns = { list: 'runs', application: ['*'] } as { list: 'runs'; application: string[] }

/** The runs that the overview counts, narrowed further by the link. */
export const runsOf = (search: OverviewSearch) => ({
  list: 'runs' as const,
  application: search.application ?? ['*'],
  flow: search.flow,
})

export const badStatuses: RunStatus[] = ['failed', 'timed_out']
export const activeStatuses: RunStatus[] = ['queued', 'running', 'waiting', 'retrying']

/** From the URL to what the server is asked: pure, so that each combination can be tested. */
import { everyApplication, filterColumns, type RunsSearch } from './search'

export interface RunFilter {
  region?: string[]
  application?: string[]
  version?: string[]
  flow?: string[]
}

/**
 * The filters that lines and runs share. Without a chosen application it is `usual`: the one viewed last, else the one
 * with the newest record.
 */
export function sharedFilter(search: RunsSearch, usual: string | null): RunFilter {
  const application = search.application ?? (usual === null ? undefined : [usual])
  return {
    region: search.region,
    application: application?.includes(everyApplication) ? undefined : application,
    version: search.version,
    flow: search.flow,
  }
}

/** What the list of lines, its histogram and its values ask. */
export function lineFilter(search: RunsSearch, usual: string | null) {
  return {
    ...sharedFilter(search, usual),
    severity: search.severity,
    job_id: search.job,
    q: search.q,
    attempts: search.attempts,
  }
}

/** What the list of runs asks. */
export function runFilter(search: RunsSearch, usual: string | null) {
  return {
    ...sharedFilter(search, usual),
    status: search.status,
    trigger: search.trigger,
    open: search.open,
    retried: search.retried,
    job_id: search.job,
    q: search.q,
  }
}

/** The parts of the URL that narrow the list, those of the other list left out: what "clear" drops. */
export const unfiltered: Partial<RunsSearch> = {
  region: undefined,
  application: [everyApplication],
  version: undefined,
  flow: undefined,
  severity: undefined,
  job: undefined,
  q: undefined,
  status: undefined,
  trigger: undefined,
  open: undefined,
  retried: undefined,
}

/** How many filters are set: of the lines, or of the runs. */
export function filterCount(search: RunsSearch): number {
  const { list, severity, job, q, status, trigger, open, retried } = search
  const own = list === 'runs' ? [status, trigger, open, retried] : [severity]
  const columns = filterColumns.map((column) => {
    const chosen = search[column]
    return chosen?.includes(everyApplication) ? undefined : chosen
  })
  return [...columns, job, q, ...own].filter((value) => value !== undefined).length
}

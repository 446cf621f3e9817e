/** What the run logs keep in the URL: the filters, what is opened, and whether lines or runs are listed. */
import type { RunStatus, Trigger } from '~/api/runs'
import { oneOf, present, text, texts } from '../searching'

const levels = ['unset', 'trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const
export type Level = (typeof levels)[number]
const statuses: readonly RunStatus[] = [
  'queued',
  'running',
  'waiting',
  'retrying',
  'succeeded',
  'failed',
  'cancelled',
  'timed_out',
]
const triggers: readonly Trigger['kind'][] = ['schedule', 'manual', 'event', 'webhook', 'flow', 'retry', 'exec']

/** Those of the texts that are allowed; none is nothing. */
function among<T extends string>(allowed: readonly T[], value: unknown): T[] | undefined {
  const found = texts(value)?.flatMap((each) => allowed.filter((one) => one === each))
  return found && found.length > 0 ? found : undefined
}

const yesOrNo = (value: unknown) =>
  value === true || value === 'true' ? true : value === false || value === 'false' ? false : undefined

/** Stands for every application where an absent one means the usual choice. */
export const everyApplication = '*'

export const filterColumns = ['region', 'application', 'version', 'flow'] as const
export type FilterColumn = (typeof filterColumns)[number]

export interface RunsSearch {
  /** Lines without; `runs` for the runs themselves. */
  list?: 'runs'
  region?: string[]
  application?: string[]
  version?: string[]
  flow?: string[]
  severity?: Level[]
  /** A job id, or its last eight characters or more. */
  job?: string
  /** The content, as the query line takes it. */
  q?: string
  /** Failed attempts of runs that went on stand among the lines. */
  attempts?: 'shown'
  /** Of the runs: in these states, so started, waiting for a person. */
  status?: RunStatus[]
  trigger?: Trigger['kind'][]
  open?: true
  /** Only runs that succeeded after a retry, or only the others. */
  retried?: boolean
  /** The opened line. */
  record?: string
  /** The chosen columns of lines in their order; those of this browser without. */
  columns?: string[]
}

export const runsSearch = (search: Record<string, unknown>): RunsSearch =>
  present({
    list: oneOf('runs')(search.list),
    region: texts(search.region),
    application: texts(search.application),
    version: texts(search.version),
    flow: texts(search.flow),
    severity: among(levels, search.severity),
    job: text(search.job),
    q: text(search.q),
    attempts: oneOf('shown')(search.attempts),
    status: among(statuses, search.status),
    trigger: among(triggers, search.trigger),
    open: search.open === true || search.open === 'true' ? true : undefined,
    retried: yesOrNo(search.retried),
    record: text(search.record),
    columns: texts(search.columns),
  })

/** Small texts about runs: the short job id, what started a run, and the link from a flow's or run's name. */
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { Flow, Run, Trigger } from '~/api/runs'
import { useFormat } from '~/format/useFormat'
import { parseSpan } from '~/time/range'
import styles from './runs.module.css'

/** The last eight characters, which is how people say a job id; links and copies take the whole. */
export const shortJob = (job_id: string) => job_id.slice(-8)

export function JobLink({ job }: { job: string }) {
  return (
    <Link className={`raw ${styles.job}`} to="/runs/$job" params={{ job }} title={job}>
      {shortJob(job)}
    </Link>
  )
}

/** "order-sync" of "shop.order-sync", with the namespace behind it, quieter. A watched job has no namespace. */
export function splitFlow(flow: string): { name: string; namespace: string | null } {
  const dot = flow.indexOf('.')
  return dot < 0 ? { name: flow, namespace: null } : { name: flow.slice(dot + 1), namespace: flow.slice(0, dot) }
}

export function FlowName({ flow, application }: { flow: string; application?: string }) {
  const { name, namespace } = splitFlow(flow)
  return (
    <span className={`cut ${styles.flowName}`} title={flow}>
      <b>{name}</b> <span className="secondary">{application || namespace}</span>
    </span>
  )
}

/** A flow's calls, as the map's search: of modules with modules, whatever the monitors leave out. */
export const callsOf = (flow: string) => ({ by: 'source_module,target_module', find: flow })

/** Who acts without a name, as the server says it. */
const nobody = '(unknown)'

/** Who it was, if a name was given. */
export const namedBy = (by: string | null | undefined): string | null => (by && by !== nobody ? by : null)

export function useTriggerText(): (trigger: Trigger) => string {
  const { t } = useTranslation('runs')
  const format = useFormat()
  return (trigger) => {
    const kind = t(`trigger.${trigger.kind}`)
    if (trigger.kind === 'schedule' && trigger.due) return t('triggerDue', { kind, time: format.minutes(trigger.due) })
    const by = namedBy(trigger.by)
    return by ? t('triggerBy', { kind, by }) : kind
  }
}

/** A schedule in words: "every 30 s"; a cron line stays as it is written. */
export function useScheduleText(): (schedule: NonNullable<Flow['schedule']>) => string {
  const { t } = useTranslation('runs')
  const format = useFormat()
  return ({ kind, text }) => {
    if (kind === 'on') return t('scheduled.on', { event: text })
    const ms = kind === 'cron' ? null : parseSpan(text)
    if (kind === 'cron' || ms === null) return text
    return t(`scheduled.${kind}`, { time: format.duration(ms, { trim: true }) })
  }
}

/** What starts a flow: its schedule as written, else the kinds of what does. */
export function StartedBy({ flow: { schedule, triggers } }: { flow: Pick<Flow, 'schedule' | 'triggers'> }) {
  const { t } = useTranslation(['runs', 'common'])
  const text = useScheduleText()
  if (schedule)
    return (
      <span className={schedule.kind === 'cron' ? 'cut raw' : 'cut'} title={schedule.timezone}>
        {text(schedule)}
      </span>
    )
  return (
    <span className="cut">{triggers.map((kind) => t(`trigger.${kind}`)).join(t('listComma', { ns: 'common' }))}</span>
  )
}

/** How long a run lasted, or has lasted so far at `now`, in milliseconds; not the time it waited, failed, for a person. */
export function runLength(run: Run, now: number): number | null {
  if (run.duration_ms !== null && run.duration_ms !== undefined) return run.duration_ms
  if (!run.started) return null
  const end = run.ended ? Date.parse(run.ended) : now
  return Math.max(0, end - Date.parse(run.started) - run.idle_ms)
}

/** What a fault says, in one line. */
export const faultText = (run: Run): string => run.fault?.detail || run.fault?.title || run.fault?.type || ''

/** An offset from UTC, in seconds, as people write it: "UTC+05:30". */
export function offsetText(seconds: number): string {
  const minutes = Math.round(Math.abs(seconds) / 60)
  const two = (value: number) => String(value).padStart(2, '0')
  return `UTC${seconds < 0 ? '−' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

/** What runs at this moment, each against how long it usually takes: amber beyond that. */
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { Run, RunsOverview, WatchdogNote } from '~/api/runs'
import { useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { FlowName, runLength } from '~/runs/names'
import { useClock } from '~/time/clock'
import { useRange } from '~/time/useRange'
import { activeStatuses, reaching, runsOf } from './links'
import styles from './overview.module.css'
import type { OverviewSearch } from './search'

const shownRuns = 6

interface RunningNowProps {
  data: Pick<RunsOverview, 'running' | 'running_total' | 'running_since'>
  search: OverviewSearch
}

export function RunningNow({ data: { running: runs, running_total, running_since }, search }: RunningNowProps) {
  const { t } = useTranslation('overview')
  const format = useFormat()
  const range = useRange()
  const { now } = useClock()
  const { data: known } = useApi('/api/v1/flows')
  const flows = new Map(known?.flows.map((flow) => [flow.flow, flow]))
  return (
    <section className={styles.running} aria-label={t('running')}>
      <header>
        <h2>{t('running')}</h2>
        <Link to="/runs" search={{ ...runsOf(search), status: activeStatuses, ...reaching(running_since, range, now) }}>
          {t('allRunning', { n: format.count(running_total) })}
        </Link>
      </header>
      {runs.length === 0 ? (
        <p className="secondary">{t('nothingRuns')}</p>
      ) : (
        <ul>
          {runs.slice(0, shownRuns).map((run) => (
            <Running key={run.job_id} run={run} watchdog={flows.get(run.flow)?.watchdog} />
          ))}
        </ul>
      )}
      {running_total > shownRuns && (
        <p className="secondary">{t('moreRunning', { n: format.count(running_total - shownRuns) })}</p>
      )}
    </section>
  )
}

interface RunningProps {
  run: Run
  watchdog: WatchdogNote | null | undefined
}

function Running({ run, watchdog }: RunningProps) {
  const { t } = useTranslation(['overview', 'runs', 'common'])
  const format = useFormat()
  const { now } = useClock()
  const long = runLength(run, now)
  // What the flow may take at most, once the watchdog has found it exceeded, says more than what it usually takes.
  const most = watchdog?.reason === 'too_long' ? watchdog.limit_ms : null
  const usual = most ?? run.usual_ms ?? null
  const told =
    most === null
      ? t('beyond', { time: format.duration(usual) })
      : t('atMost', { time: format.duration(most, { trim: true }) })
  const slow = long !== null && usual !== null && long > usual
  const share = long === null || usual === null || usual === 0 ? 0 : Math.min(1, long / usual)
  const notes = [
    run.status === 'running' ? run.step?.name : t(`status.${run.status}`, { ns: 'runs' }),
    run.attempt > 1 && t('attempts', { n: run.attempt, ns: 'runs' }),
  ].filter(Boolean)
  return (
    <li>
      <Link to="/runs/$job" params={{ job: run.job_id }} className={styles.runningName}>
        <FlowName flow={run.flow} application={run.application} />
        <span className="secondary cut">{notes.join(t('listComma', { ns: 'common' })) || ' '}</span>
      </Link>
      <span
        className={styles.progress}
        data-slow={slow || undefined}
        title={usual === null ? t('noUsual') : most === null ? t('usual', { time: format.duration(usual) }) : told}
      >
        <span style={{ width: `${(share * 100).toFixed(1)}%` }} />
      </span>
      <span className={styles.runningTime} data-slow={slow || undefined}>
        {format.duration(long)}
        {slow && <span className="secondary">{told}</span>}
      </span>
    </li>
  )
}

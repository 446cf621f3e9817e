/** What runs at this moment, each against how long it usually takes: amber beyond that. */
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { Run } from '~/api/runs'
import { useFormat } from '~/format/useFormat'
import { FlowName, runLength } from '~/runs/names'
import { useClock } from '~/time/clock'
import { activeStatuses, runsOf } from './links'
import styles from './overview.module.css'
import type { OverviewSearch } from './search'

const shownRuns = 6

interface RunningNowProps {
  runs: readonly Run[]
  search: OverviewSearch
}

export function RunningNow({ runs, search }: RunningNowProps) {
  const { t } = useTranslation('overview')
  const format = useFormat()
  return (
    <section className={styles.running} aria-label={t('running')}>
      <header>
        <h2>{t('running')}</h2>
        <Link to="/runs" search={{ ...runsOf(search), status: activeStatuses }}>
          {t('allRunning', { n: format.count(runs.length) })}
        </Link>
      </header>
      {runs.length === 0 ? (
        <p className="secondary">{t('nothingRuns')}</p>
      ) : (
        <ul>
          {runs.slice(0, shownRuns).map((run) => (
            <Running key={run.job_id} run={run} />
          ))}
        </ul>
      )}
      {runs.length > shownRuns && (
        <p className="secondary">{t('moreRunning', { n: format.count(runs.length - shownRuns) })}</p>
      )}
    </section>
  )
}

function Running({ run }: { run: Run }) {
  const { t } = useTranslation(['overview', 'runs'])
  const format = useFormat()
  const { now } = useClock()
  const long = runLength(run, now)
  const usual = run.usual_ms ?? null
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
        <span className="secondary cut">{notes.join(', ') || ' '}</span>
      </Link>
      <span
        className={styles.progress}
        data-slow={slow || undefined}
        title={usual === null ? t('noUsual') : t('usual', { time: format.duration(usual) })}
      >
        <span style={{ width: `${(share * 100).toFixed(1)}%` }} />
      </span>
      <span className={styles.runningTime} data-slow={slow || undefined}>
        {format.duration(long)}
        {slow && <span className="secondary">{t('beyond', { time: format.duration(usual) })}</span>}
      </span>
    </li>
  )
}

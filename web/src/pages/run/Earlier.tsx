/** The runs of the flow before this one, oldest first: how long each took and how it ended, each the way to its page. */
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { Run, RunDetail } from '~/api/runs'
import { useFormat } from '~/format/useFormat'
import { runLength } from '~/runs/names'
import { hasFailed } from '~/runs/status'
import { useClock } from '~/time/clock'
import styles from './run.module.css'

export type Ending = 'firstTry' | 'retried' | 'failed' | 'other'

export const endingOf = (run: Run): Ending => {
  if (run.status === 'succeeded') return run.first_try ? 'firstTry' : 'retried'
  return hasFailed(run.status) ? 'failed' : 'other'
}

const endings: readonly Ending[] = ['firstTry', 'retried', 'failed', 'other']

export function Earlier({ run }: { run: RunDetail }) {
  const { t } = useTranslation('run')
  const format = useFormat()
  const { now } = useClock()
  const before = run.earlier
    .filter(({ job_id }) => job_id !== run.job_id)
    .toSorted((a, b) => Date.parse(a.queued) - Date.parse(b.queued))
  if (before.length === 0) return null
  const runs = [...before, run]
  const longest = Math.max(1, ...runs.map((each) => runLength(each, now) ?? 0))
  const counts = endings.map((ending) => ({ ending, count: runs.filter((each) => endingOf(each) === ending).length }))
  return (
    <section className={styles.earlier} aria-label={t('earlier')}>
      <header>
        <h3>{t('earlierOf', { n: format.count(runs.length) })}</h3>
        <span className="secondary">{t('oldestFirst')}</span>
        <span className={styles.legends}>
          {counts
            .filter(({ count }) => count > 0)
            .map(({ ending, count }) => (
              <span key={ending} className={styles.legend} data-ending={ending}>
                <i aria-hidden /> {format.count(count)} {t(`ending.${ending}`)}
              </span>
            ))}
        </span>
      </header>
      <ol>
        {runs.map((each) => {
          const took = runLength(each, now)
          const ending = endingOf(each)
          const label = `${format.dateMinutes(each.started ?? each.queued)}, ${t(`ending.${ending}`)}, ${format.duration(took)}`
          return (
            <li key={each.job_id}>
              <Link
                to="/runs/$job"
                params={{ job: each.job_id }}
                aria-label={label}
                title={label}
                aria-current={each.job_id === run.job_id ? 'page' : undefined}
                data-ending={ending}
              >
                <i style={{ height: `${Math.max(4, ((took ?? 0) / longest) * 100)}%` }} />
              </Link>
            </li>
          )
        })}
      </ol>
    </section>
  )
}

/** The numbers of the range, each the way to its runs: "succeeded" has two parts, at first try and after a retry. */
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { RunsOverview } from '~/api/runs'
import { useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { useRange } from '~/time/useRange'
import { activeStatuses, badStatuses, runsOf } from './links'
import styles from './overview.module.css'
import type { OverviewSearch } from './search'

interface TotalsProps {
  data: RunsOverview
  search: OverviewSearch
}

export function Totals({ data: { total }, search }: TotalsProps) {
  const { t } = useTranslation(['overview', 'runs'])
  const format = useFormat()
  const ended = total.succeeded + total.failed + total.cancelled
  const share = (part: number) => (ended === 0 ? null : part / ended)
  const runs = runsOf(search)
  return (
    <dl className={styles.totals}>
      <Total
        name={t('runs')}
        note={
          <>
            {total.active > 0 ? (
              <Link to="/runs" search={{ ...runs, status: activeStatuses }}>
                {t('active', { n: format.count(total.active) })}
              </Link>
            ) : (
              t('allEnded')
            )}
            {total.cancelled > 0 && (
              <>
                {t('comma', { ns: 'runs' })}
                <Link to="/runs" search={{ ...runs, status: ['cancelled'] }}>
                  {t('cancelled', { n: format.count(total.cancelled) })}
                </Link>
              </>
            )}
          </>
        }
      >
        <Link to="/runs" search={runs}>
          {format.count(total.runs)}
        </Link>
      </Total>
      <Total name={t('succeeded')} note={t('inTheEnd', { share: format.share(share(total.succeeded)) })}>
        <Link to="/runs" search={{ ...runs, status: ['succeeded'] }}>
          {format.count(total.succeeded)}
        </Link>
      </Total>
      <Total
        name={t('firstTry')}
        note={
          <>
            {format.share(share(total.first_try))}
            {t('comma', { ns: 'runs' })}
            <Link to="/runs" search={{ ...runs, retried: true }}>
              {t('moreAfterRetry', { n: format.count(total.retried) })}
            </Link>
          </>
        }
      >
        <Link to="/runs" search={{ ...runs, status: ['succeeded'], retried: false }}>
          {format.count(total.first_try)}
        </Link>
      </Total>
      <Total
        name={t('failed')}
        bad={total.failed > 0}
        note={
          total.open > 0 ? (
            <Link to="/runs" search={{ ...runs, open: true }}>
              {t('openOf', { count: total.open, n: format.count(total.open) })}
            </Link>
          ) : (
            t('openOf', { count: 0, n: format.count(0) })
          )
        }
      >
        <Link to="/runs" search={{ ...runs, status: badStatuses }}>
          {format.count(total.failed)}
        </Link>
      </Total>
      <Total name={t('average')} note={t('p95', { time: format.duration(total.p95_ms) })}>
        <Link to="/runs" search={{ ...runs, status: ['succeeded'] }}>
          {format.duration(total.avg_ms)}
        </Link>
      </Total>
      <LateOrMissed search={search} />
    </dl>
  )
}

interface TotalProps {
  name: string
  note: ReactNode
  bad?: boolean
  children: ReactNode
}

function Total({ name, note, bad = false, children }: TotalProps) {
  return (
    <div className={styles.total} data-bad={bad || undefined}>
      <dt>{name}</dt>
      <dd>{children}</dd>
      <dd className={styles.note}>{note}</dd>
    </div>
  )
}

/** What should have come and did not, or came late: told by the schedules. */
function LateOrMissed({ search }: { search: OverviewSearch }) {
  const { t } = useTranslation('overview')
  const format = useFormat()
  const { query } = useRange()
  const { data } = useApi('/api/v1/schedules', {
    query: { ...query, application: search.application, flow: search.flow },
  })
  const late = data?.schedules.reduce((sum, { counts }) => sum + counts.late, 0)
  const missed = data?.schedules.reduce((sum, { counts }) => sum + counts.missed, 0)
  const sum = late === undefined || missed === undefined ? null : late + missed
  return (
    <Total
      name={t('lateOrMissed')}
      bad={(missed ?? 0) > 0}
      note={t('lateAndMissed', { late: format.count(late), missed: format.count(missed) })}
    >
      <Link to="/schedules" search={{ application: search.application, flow: search.flow }}>
        {format.count(sum)}
      </Link>
    </Total>
  )
}

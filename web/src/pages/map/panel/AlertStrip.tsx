/** When the edge was in trouble in the seven days up to the end of the range: a lane of marks, and how often it fired. */
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { useClock } from '~/time/clock'
import styles from '../map.module.css'
import { filterOf } from './useSeries'

interface AlertStripProps {
  monitor: string
  dimensions: Readonly<Record<string, string>>
  /** End of the range that is looked at; null for now. */
  until: number | null
}

const day = 86_400_000
const coarse = 60_000

export function AlertStrip({ monitor, dimensions, until }: AlertStripProps) {
  const { t } = useTranslation('map')
  const format = useFormat()
  const { now } = useClock()
  const to = Math.ceil((until ?? now) / coarse) * coarse
  const from = to - 7 * day
  const filters = Object.fromEntries(Object.entries(filterOf(dimensions)).map(([column, [value]]) => [column, value]))
  const { data } = useApi('/api/v1/alerts', {
    query: {
      ...filters,
      monitor,
      state: ['any'],
      from: new Date(from).toISOString(),
      to: new Date(to).toISOString(),
      limit: 500,
    },
  })
  const alerts = data?.alerts ?? []
  const fired = alerts.filter((alert) => alert.fired).length
  const share = (at: number) => Math.max(0, Math.min(100, ((at - from) / (to - from)) * 100))
  return (
    <section className={styles.part}>
      <h2>
        {t('alerts')}
        <span className="secondary">{t('fired', { count: fired, n: format.count(fired) })}</span>
      </h2>
      <div className={styles.strip} role="img" aria-label={t('fired', { count: fired, n: format.count(fired) })}>
        {alerts.map((alert) => {
          const [start, end] = [share(Date.parse(alert.since)), share(alert.resolved ? Date.parse(alert.resolved) : to)]
          return (
            <span
              key={alert.id}
              data-fired={alert.fired !== null}
              style={{ left: `min(${start}%, 100% - 3px)`, width: `max(3px, ${end - start}%)` }}
            />
          )
        })}
      </div>
      <div className={styles.stripDays} aria-hidden>
        {[0, 1, 2, 3, 4, 5, 6].map((back) => (
          <span key={back}>{format.weekday(from + (back + 0.5) * day)}</span>
        ))}
      </div>
      {alerts.slice(0, 3).map((alert) => (
        <Link key={alert.id} className={styles.alertRow} to="/alerts" search={{ alert: alert.id } as never}>
          <span>{format.dateMinutes(alert.since)}</span>
          <span className="cut">{alert.field}</span>
          <span>
            {alert.resolved ? format.duration(Date.parse(alert.resolved) - Date.parse(alert.since)) : t('lasting')}
          </span>
        </Link>
      ))}
    </section>
  )
}

/** The parts one by one: errors with their cause, every queue against its bound, every operator. */
import { useTranslation } from 'react-i18next'
import { useFormat } from '~/format/useFormat'
import { useTold } from '~/i18n/told'
import { useClock } from '~/time/clock'
import styles from './health.module.css'
import { type Health, levelOf, shareOf } from './measures'
import { inBytes, usePartNames } from './names'

export function Errors({ errors }: { errors: Health['errors'] }) {
  const told = useTold()
  const { t } = useTranslation('health')
  const format = useFormat()
  const { now } = useClock()
  return (
    <section className={styles.section} aria-label={t('errors')}>
      <h2>{t('errors')}</h2>
      {errors.length === 0 ? (
        <p className={styles.none}>{t('noErrors')}</p>
      ) : (
        <ul className={styles.errors}>
          {errors.map((error) => (
            <li key={error.message}>
              <time className="raw" dateTime={error.time} title={format.fullTime(error.time)}>
                {format.seconds(error.time)}
              </time>
              <span className="secondary">
                {t('ago', { since: format.since(Math.max(0, now - Date.parse(error.time))) })}
                {error.count > 1 && ` · ${t('times', { count: error.count, n: format.count(error.count) })}`}
              </span>
              <p>{told.notice(error)}</p>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

export function Queues({ queues }: { queues: Health['queues'] }) {
  const { t } = useTranslation('health')
  const format = useFormat()
  const names = usePartNames()
  return (
    <section className={styles.section} aria-label={t('queues')}>
      <h2>{t('queues')}</h2>
      <p className={styles.none}>{t('queuesHint')}</p>
      <table className="data">
        <thead>
          <tr>
            <th>{t('queue')}</th>
            <th className="number">{t('length')}</th>
            <th className="number">{t('bound')}</th>
            <th className={styles.barCell}>{t('full')}</th>
            <th className="number">{t('dropped')}</th>
          </tr>
        </thead>
        <tbody>
          {queues.map((queue) => {
            const show = inBytes(queue.name) ? format.bytes : format.count
            const share = shareOf(queue.length, queue.bound) ?? 0
            return (
              <tr key={queue.name}>
                <td>{names.queue(queue.name)}</td>
                <td className="number">{show(queue.length)}</td>
                <td className="number">{show(queue.bound)}</td>
                <td className={styles.barCell} data-level={levelOf(share, 0.9, 1)}>
                  <span className={styles.bar} aria-hidden>
                    <span style={{ width: `${share * 100}%` }} />
                  </span>
                  <span>{format.share(share)}</span>
                </td>
                <td className="number" data-bad={queue.dropped > 0}>
                  {format.count(queue.dropped)}
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </section>
  )
}

export function Operators({ operators }: { operators: Health['operators'] }) {
  const { t } = useTranslation('health')
  const format = useFormat()
  const names = usePartNames()
  if (operators.length === 0) return null
  return (
    <section className={styles.section} aria-label={t('operators')}>
      <h2>{t('operators')}</h2>
      <table className="data">
        <thead>
          <tr>
            <th>{t('operator')}</th>
            <th className="number">{t('records')}</th>
            <th className="number">{t('openBuckets')}</th>
            <th className="number">{t('folded')}</th>
          </tr>
        </thead>
        <tbody>
          {operators.map((operator) => (
            <tr key={operator.name}>
              <td>{names.operator(operator.name)}</td>
              <td className="number">{format.count(operator.records)}</td>
              <td className="number">{format.count(operator.open_buckets)}</td>
              <td className="number">{format.count(operator.folded)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

/** Magpie itself: a verdict first, then each of its parts against its limit. */
import { IconAlertHexagon, IconAlertTriangle, IconCircleCheck, IconClock, type TablerIcon } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { Schemas } from '~/api/client'
import { useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { FieldList } from '~/parts/Filters'
import { PageLayout } from '~/parts/PageLayout'
import { Panel } from '~/parts/Panel'
import { useClock } from '~/time/clock'
import styles from './health.module.css'

type Health = Schemas['Health']

const icons: Record<Health['verdict'], TablerIcon> = {
  ok: IconCircleCheck,
  degraded: IconAlertTriangle,
  starting: IconClock,
  failing: IconAlertHexagon,
}

export function HealthPage() {
  const reading = useApi('/api/v1/health')
  return (
    <PageLayout>
      <Panel reading={reading}>
        {(health) => (
          <>
            <Verdict health={health} />
            <Facts health={health} />
            <Queues queues={health.queues} />
            <Errors errors={health.errors} />
          </>
        )}
      </Panel>
    </PageLayout>
  )
}

function Verdict({ health }: { health: Health }) {
  const { t } = useTranslation('health')
  const Icon = icons[health.verdict]
  return (
    <div className={styles.verdict} data-verdict={health.verdict}>
      <Icon size={28} stroke={1.6} aria-hidden />
      <div>
        <strong>{t(`verdict.${health.verdict}`)}</strong>
        {health.reasons.map((reason) => (
          <p key={reason}>{reason}</p>
        ))}
      </div>
    </div>
  )
}

function Facts({ health }: { health: Health }) {
  const { t } = useTranslation('health')
  const format = useFormat()
  const { now } = useClock()
  const { disk, store } = health
  const started = `${format.dateMinutes(health.started)} · ${t('uptime', { since: format.since(now - Date.parse(health.started)) })}`
  const facts = [
    { column: t('version'), value: health.version },
    { column: t('started'), value: health.started, shown: started },
    { column: t('rows'), value: String(store.rows), shown: format.count(store.rows) },
    { column: t('size'), value: String(store.bytes), shown: format.bytes(store.bytes) },
    { column: t('segments'), value: String(store.segments), shown: format.count(store.segments) },
    { column: t('lag'), value: String(health.judge_lag_ms ?? ''), shown: format.duration(health.judge_lag_ms) },
  ]
  if (disk) {
    const shown = t('diskFree', { free: format.bytes(disk.free_bytes), total: format.bytes(disk.total_bytes) })
    facts.push({ column: t('disk'), value: String(disk.free_bytes), shown })
  }
  return (
    <section aria-label={t('facts')}>
      <FieldList rows={facts.map((fact) => ({ ...fact, filterable: false }))} />
    </section>
  )
}

function Queues({ queues }: { queues: Health['queues'] }) {
  const { t } = useTranslation('health')
  const format = useFormat()
  return (
    <>
      <h2 className={styles.heading}>{t('queues')}</h2>
      <table className="data">
        <thead>
          <tr>
            <th>{t('queue')}</th>
            <th className="number">{t('length')}</th>
            <th className="number">{t('bound')}</th>
            <th className="number">{t('dropped')}</th>
          </tr>
        </thead>
        <tbody>
          {queues.map((queue) => (
            <tr key={queue.name}>
              <td>{queue.name}</td>
              <td className="number">{format.count(queue.length)}</td>
              <td className="number">{format.count(queue.bound)}</td>
              <td className="number">{format.count(queue.dropped)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}

function Errors({ errors }: { errors: Health['errors'] }) {
  const { t } = useTranslation('health')
  const format = useFormat()
  return (
    <>
      <h2 className={styles.heading}>{t('errors')}</h2>
      {errors.length === 0 ? (
        <p className={styles.none}>{t('noErrors')}</p>
      ) : (
        <table className="data">
          <tbody>
            {errors.map((error) => (
              <tr key={error.message}>
                <td className="raw">{format.seconds(error.time)}</td>
                <td className="number">{format.count(error.count)}</td>
                <td>{error.message}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  )
}

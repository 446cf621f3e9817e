/** Magpie itself: can this screen be trusted? A verdict first, then each of its parts against its limit, then errors. */
import { IconAlertHexagon, IconAlertTriangle, IconCircleCheck, IconClock, type TablerIcon } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { useTold } from '~/i18n/told'
import { PageLayout } from '~/parts/PageLayout'
import { Panel } from '~/parts/Panel'
import { useClock } from '~/time/clock'
import styles from './health.module.css'
import { Measures } from './Measures'
import { type Health, judgesLate, verdictOf } from './measures'
import { Errors, Operators, Queues } from './Tables'

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
          <div className={styles.page}>
            <Verdict health={health} />
            <Measures health={health} />
            <Errors errors={health.errors} />
            <Queues queues={health.queues} />
            <Operators operators={health.operators} />
          </div>
        )}
      </Panel>
    </PageLayout>
  )
}

/** All in one sentence, then why; and since when it runs. */
function Verdict({ health }: { health: Health }) {
  const { t } = useTranslation('health')
  const format = useFormat()
  const { now } = useClock()
  const verdict = verdictOf(health)
  const Icon = icons[verdict]
  const told = useTold()
  const reasons = [...health.reasons.map(told.notice), ...(judgesLate(health) ? [t('judgesLate')] : [])]
  return (
    <section className={styles.verdict} data-verdict={verdict} aria-label={t('verdictLabel')}>
      <Icon size={32} stroke={1.6} aria-hidden />
      <div>
        <strong>{t(`verdict.${verdict}`)}</strong>
        {reasons.length > 0 ? (
          <ul>
            {reasons.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        ) : (
          <p>{t(`sentence.${verdict}`)}</p>
        )}
      </div>
      <p className={styles.since}>
        <span className="raw">{t('version', { version: health.version })}</span>
        <span>{t('started', { since: format.since(Math.max(0, now - Date.parse(health.started))) })}</span>
      </p>
    </section>
  )
}

/** How far a new or changed monitor is filled from the records of the past. */
import { Progress } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useFormat } from '~/format/useFormat'
import type { Monitor } from './draft'
import styles from './monitors.module.css'

export function Backfill({ backfill }: { backfill: NonNullable<Monitor['backfill']> }) {
  const { t } = useTranslation('monitors')
  const format = useFormat()
  if (backfill.state === 'done') return null
  if (backfill.state === 'failed') return <span className={styles.failed}>{t('backfillFailed')}</span>
  const share = backfill.total === 0 ? 0 : backfill.done / backfill.total
  return (
    <span className={styles.backfill}>
      <Progress value={share * 100} size={4} aria-label={t('backfilling')} />
      <span className="secondary">{t('backfilled', { share: format.share(share) })}</span>
    </span>
  )
}

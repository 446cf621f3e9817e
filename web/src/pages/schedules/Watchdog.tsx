/** What the watchdog says of a schedule, in the reader's language and by the clock that the page has. */
import { IconAlertTriangle } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { WatchdogNote } from '~/api/runs'
import { useFormat } from '~/format/useFormat'
import { useClock } from '~/time/clock'
import styles from './schedules.module.css'

export function Watchdog({ note: { reason, at, limit_ms } }: { note: WatchdogNote }) {
  const { t } = useTranslation('schedules')
  const format = useFormat()
  const { now } = useClock()
  return (
    <p className={styles.watchdog}>
      <IconAlertTriangle size={14} aria-hidden /> <b>{t('watchdog')}</b>{' '}
      {t(`watchdogSays.${reason}`, {
        time: format.near(at, now),
        since: format.since(now - Date.parse(at)),
        limit: format.duration(limit_ms, { trim: true }),
      })}
    </p>
  )
}

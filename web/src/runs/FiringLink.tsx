/** The alerts that fire on what a failed step called: one link, however many they are. */
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useFormat } from '~/format/useFormat'

export function FiringLink({ alerts }: { alerts: readonly string[] }) {
  const { t } = useTranslation('runs')
  const format = useFormat()
  return (
    <Link to="/alerts" search={{ alert: alerts[0] }}>
      {t('openAlert', { count: alerts.length, n: format.count(alerts.length) })}
    </Link>
  )
}

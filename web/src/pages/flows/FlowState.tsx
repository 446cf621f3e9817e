/** Whether a flow is live, and what stands in its way: switched off, paused, a draft waiting, a publish that failed. */
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleOff,
  IconClockPause,
  IconEye,
  IconPencil,
} from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { Flow } from '~/api/runs'
import { useTold } from '~/i18n/told'
import styles from './flows.module.css'

export function FlowState({ flow }: { flow: Flow }) {
  const { t } = useTranslation('flows')
  const told = useTold()
  return (
    <span className={styles.states}>
      {flow.published === null && flow.kind === 'flow' ? (
        <span className={styles.state} data-tone="calm">
          <IconPencil size={14} aria-hidden /> {t('onlyDraft')}
        </span>
      ) : !flow.enabled ? (
        <span className={styles.state} data-tone="calm">
          <IconCircleOff size={14} aria-hidden /> {t('disabled')}
        </span>
      ) : flow.paused ? (
        <span className={styles.state} data-tone="muted">
          <IconClockPause size={14} aria-hidden /> {t('paused')}
        </span>
      ) : flow.kind === 'job' ? (
        <span className={styles.state} data-tone="calm">
          <IconEye size={14} aria-hidden /> {t('watchedState')}
        </span>
      ) : (
        <span className={styles.state} data-tone="ok">
          <IconCircleCheck size={14} aria-hidden /> {t('live')}
        </span>
      )}
      {flow.published !== null && flow.draft !== null && (
        <span className={styles.state} data-tone="soon">
          <IconPencil size={14} aria-hidden /> {t('draftWaits')}
        </span>
      )}
      {flow.problem && (
        <span className={styles.state} data-tone="bad" title={told.mistake(flow.problem)}>
          <IconAlertTriangle size={14} aria-hidden /> {t('publishFailed')}
        </span>
      )}
    </span>
  )
}

/** The selected step: its tries to choose from, how the chosen one ended, and what went in and came out of it. */
import { SegmentedControl } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useFormat } from '~/format/useFormat'
import { StepMessage } from '~/runs/StepMessage'
import { StepStatusIcon } from '~/runs/status'
import type { Row } from './gantt'
import styles from './run.module.css'

interface StepPanelProps {
  job: string
  row: Row
  /** Which try, from 1; the last one without. */
  attempt: number | undefined
  onAttempt: (attempt: number) => void
}

export function StepPanel({ job, row, attempt, onAttempt }: StepPanelProps) {
  const { t } = useTranslation('run')
  const format = useFormat()
  const chosen = row.steps[(attempt ?? row.steps.length) - 1] ?? row.steps.at(-1)
  if (!chosen) return null
  const place = row.steps.indexOf(chosen) + 1
  return (
    <section className={styles.step} aria-label={t('stepData', { step: row.name })}>
      <header>
        <StepStatusIcon status={chosen.status} />
        <h3>{row.name}</h3>
        <span className="raw secondary">
          {[row.pointer, row.iteration && `[${row.iteration}]`].filter(Boolean).join(' ')}
        </span>
        {row.steps.length > 1 && (
          <SegmentedControl
            size="xs"
            aria-label={t('attempt')}
            value={String(place)}
            data={row.steps.map((_, at) => ({ value: String(at + 1), label: t('attemptN', { n: at + 1 }) }))}
            onChange={(value) => onAttempt(Number(value))}
          />
        )}
        <span className={styles.stepEnd} data-status={chosen.status}>
          {chosen.fault
            ? t('faultAfter', {
                fault: [chosen.fault.status, chosen.fault.title].filter(Boolean).join(' '),
                time: format.duration(chosen.duration_ms),
              })
            : format.duration(chosen.duration_ms)}
        </span>
      </header>
      {chosen.status === 'unreached' ? (
        <p className={styles.note}>{t('unreachedHint')}</p>
      ) : (
        <StepMessage job={job} step={chosen} wide />
      )}
    </section>
  )
}

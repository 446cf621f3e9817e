/** Seven days of a flow beside each other, the oldest first; a day sets the range of all pages and unfolds the flow. */
import { useTranslation } from 'react-i18next'
import { useFormat } from '~/format/useFormat'
import { between } from '~/time/range'
import { useRange } from '~/time/useRange'
import styles from './schedules.module.css'
import { type Counts, partsOf, type Span, toldOutcomes } from './strip'
import type { DayOfFlows } from './useWeek'

interface StripProps {
  flow: string
  week: readonly DayOfFlows[]
  onDay: () => void
}

export function Strip({ flow, week, onDay }: StripProps) {
  const { t } = useTranslation('schedules')
  const { setRange } = useRange()
  return (
    <ol className={styles.strip} aria-label={t('week', { flow })}>
      {week.map((day) => (
        <li key={day.from}>
          <OneDay
            day={day}
            counts={day.counts.get(flow)}
            today={day.today}
            onClick={() => {
              setRange(day.today ? { kind: 'named', name: 'today' } : between(day.from, day.to))
              onDay()
            }}
          />
        </li>
      ))}
    </ol>
  )
}

interface OneDayProps {
  day: Span
  counts: Counts | undefined
  today: boolean
  onClick: () => void
}

function OneDay({ day, counts, today, onClick }: OneDayProps) {
  const { t } = useTranslation(['schedules', 'runs'])
  const format = useFormat()
  const { from, to } = useRange()
  const told = counts
    ? toldOutcomes(counts).map((outcome) => `${format.count(counts[outcome])} ${t(`due.${outcome}`, { ns: 'runs' })}`)
    : []
  const name = today ? t('today') : format.weekday(day.from)
  const label = `${name} ${format.date(day.from)}: ${told.join(', ') || t('nothingDue')}`
  return (
    <button
      type="button"
      className={styles.day}
      aria-label={label}
      title={label}
      data-in={(day.from < to && day.to > from) || undefined}
      onClick={onClick}
    >
      <span className={styles.dayName}>{name}</span>
      <span className={styles.track}>
        {(counts ? partsOf(counts) : []).map(({ outcome, share }, at) => (
          <i
            // biome-ignore lint/suspicious/noArrayIndexKey: the part of the bar is what it is
            key={at}
            className={styles.part}
            data-outcome={outcome}
            style={{ width: `${(share * 100).toFixed(2)}%` }}
          />
        ))}
      </span>
    </button>
  )
}

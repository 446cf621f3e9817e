/**
 * The days of a flow beside each other, the oldest first, each with a mark for every hour in which something was due or
 * ran; a day sets the range of all pages and unfolds the flow. On the phone only the day of the range is shown.
 */
import { useTranslation } from 'react-i18next'
import { useFormat } from '~/format/useFormat'
import { between } from '~/time/range'
import { useRange } from '~/time/useRange'
import styles from './schedules.module.css'
import { type Counts, dayCounts, type Hour, hoursOf, lookOf, type Span, toldOutcomes } from './strip'
import type { Week } from './useWeek'

/** Sets the range to a day of the week; today stays "today", also tomorrow. */
export function useChooseDay(days: readonly Span[]) {
  const { setRange } = useRange()
  return (day: Span) => setRange(day === days.at(-1) ? { kind: 'named', name: 'today' } : between(day.from, day.to))
}

/** "3 failed, 12 ran", worst first; null when there was nothing. */
export function useTold() {
  const { t } = useTranslation('runs')
  const format = useFormat()
  return (counts: Counts): string | null => {
    const told = toldOutcomes(counts).map((outcome) => `${format.count(counts[outcome])} ${t(`due.${outcome}`)}`)
    return told.length > 0 ? told.join(t('comma')) : null
  }
}

interface StripProps {
  flow: string
  week: Week
  /** The only day that is shown; all seven without. */
  only?: Span
  onDay: () => void
}

export function Strip({ flow, week, only, onDay }: StripProps) {
  const { t } = useTranslation('schedules')
  const choose = useChooseDay(week.days)
  const told = week.hours(flow)
  return (
    <ol className={styles.strip} data-one={only !== undefined || undefined} aria-label={t('week', { flow })}>
      {(only ? [only] : week.days).map((day) => (
        <li key={day.from}>
          <OneDay
            day={day}
            hours={hoursOf(day, told)}
            today={day === week.days.at(-1)}
            onClick={() => {
              choose(day)
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
  hours: readonly Hour[]
  today: boolean
  onClick: () => void
}

function OneDay({ day, hours, today, onClick }: OneDayProps) {
  const { t } = useTranslation('schedules')
  const format = useFormat()
  const { from, to } = useRange()
  const told = useTold()
  const name = today ? t('today') : format.weekday(day.from)
  const label = `${name} ${format.date(day.from)}: ${told(dayCounts(hours)) ?? t('nothingDue')}`
  return (
    <button
      type="button"
      className={styles.day}
      aria-label={label}
      data-in={(day.from < to && day.to > from) || undefined}
      onClick={onClick}
    >
      <span className={styles.dayName}>{name}</span>
      <span className={styles.track} style={{ gridTemplateColumns: `repeat(${hours.length}, minmax(0, 1fr))` }}>
        {hours.map((hour) => (
          <i
            key={hour.from}
            className={styles.part}
            data-outcome={lookOf(hour.counts) ?? 'none'}
            title={`${format.minutes(hour.from)} – ${format.minutes(hour.to)}: ${told(hour.counts) ?? t('nothingDue')}`}
          />
        ))}
      </span>
    </button>
  )
}

/** Seven days of a flow beside each other, the oldest first; a day sets the range of all pages and unfolds the flow. */
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { useClock } from '~/time/clock'
import { between } from '~/time/range'
import { useRange } from '~/time/useRange'
import styles from './schedules.module.css'
import { type Day, stripOf, toldOutcomes, weekOf } from './strip'

interface StripProps {
  flow: string
  onDay: () => void
}

export function Strip({ flow, onDay }: StripProps) {
  const { t } = useTranslation('schedules')
  const format = useFormat()
  const { now } = useClock()
  const { from, to, setRange } = useRange()
  const today = format.date(now)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the week changes with the day, not with each refresh
  const days = useMemo(() => weekOf(now, format.zone), [today, format.zone])
  const [first, last] = [days[0]?.from ?? now, days.at(-1)?.to ?? now]
  const { data } = useApi('/api/v1/schedules/{flow}/due', {
    path: { flow },
    query: { from: new Date(first).toISOString(), to: new Date(last).toISOString() },
  })
  const strip = useMemo(() => stripOf(data?.due ?? [], days), [data, days])
  return (
    <ol className={styles.strip} aria-label={t('week', { flow })}>
      {strip.map((day) => (
        <li key={day.from}>
          <OneDay
            day={day}
            today={format.date(day.from) === today}
            inRange={day.from < to && day.to > from}
            onClick={() => {
              setRange(format.date(day.from) === today ? { kind: 'named', name: 'today' } : between(day.from, day.to))
              onDay()
            }}
          />
        </li>
      ))}
    </ol>
  )
}

interface OneDayProps {
  day: Day
  today: boolean
  inRange: boolean
  onClick: () => void
}

function OneDay({ day, today, inRange, onClick }: OneDayProps) {
  const { t } = useTranslation(['schedules', 'runs'])
  const format = useFormat()
  const { now } = useClock()
  const told = toldOutcomes(day).map(
    (outcome) => `${format.count(day.counts[outcome])} ${t(`due.${outcome}`, { ns: 'runs' })}`,
  )
  const name = today ? t('today') : format.weekday(day.from)
  const label = `${name} ${format.date(day.from)}: ${told.join(', ') || t('nothingDue')}`
  return (
    <button
      type="button"
      className={styles.day}
      aria-label={label}
      title={label}
      data-in={inRange || undefined}
      onClick={onClick}
    >
      <span className={styles.dayName}>{name}</span>
      <span className={styles.track}>
        {day.parts.map((part, at) => {
          if (part.worst === null) return null
          const left = (at / day.parts.length) * 100
          return (
            <i
              // biome-ignore lint/suspicious/noArrayIndexKey: the part of the day is what it is
              key={at}
              className={styles.part}
              data-outcome={part.worst}
              style={{ left: `${left}%`, width: `${100 / day.parts.length}%` }}
            />
          )
        })}
        {today && <i className={styles.now} style={{ left: `${((now - day.from) / (day.to - day.from)) * 100}%` }} />}
      </span>
    </button>
  )
}

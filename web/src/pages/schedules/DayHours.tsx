/** The hours of one day as a row of cells, each with the number of the worst that happened in it; a cell zooms in. */
import { useTranslation } from 'react-i18next'
import { useFormat } from '~/format/useFormat'
import { between } from '~/time/range'
import { useRange } from '~/time/useRange'
import { useTold } from './Strip'
import styles from './schedules.module.css'
import { type Hour, lookOf } from './strip'

interface DayHoursProps {
  flow: string
  hours: readonly Hour[]
}

export function DayHours({ flow, hours }: DayHoursProps) {
  const { t } = useTranslation('schedules')
  const format = useFormat()
  const { setRange } = useRange()
  const told = useTold()
  return (
    <ol className={styles.hours} aria-label={t('hoursOf', { flow })}>
      {hours.map(({ from, to, counts }) => {
        const words = told(counts)
        const look = lookOf(counts)
        const clock = format.minutes(from)
        return (
          <li key={from}>
            <span className={styles.clock} aria-hidden>
              {clock.slice(0, 2)}
            </span>
            {words === null || look === null ? (
              <span className={styles.hour} data-outcome="none" />
            ) : (
              <button
                type="button"
                className={styles.hour}
                data-outcome={look}
                aria-label={`${clock}: ${words}`}
                title={`${clock} – ${format.minutes(to)}: ${words}`}
                onClick={() => setRange(between(from, to))}
              >
                {format.count(counts[look])}
              </button>
            )}
          </li>
        )
      })}
    </ol>
  )
}

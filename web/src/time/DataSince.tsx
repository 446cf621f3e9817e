/**
 * Says that data begins late in the range, where a chart would be a sliver at its right edge, and offers the shortest
 * choice that shows all of it. Quiet where a range was chosen by its ends, or where most of it has data.
 */
import { IconArrowBarToRight } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { useFormat } from '~/format/useFormat'
import { useClock } from './clock'
import { shortestBack } from './range'
import styles from './time.module.css'
import { useRange } from './useRange'
import { useRangeName } from './words'

/** Less of the range than this has data. */
const sliver = 1 / 3

/** `first` is the start of the first bucket with data, in epoch milliseconds; null while there is none. */
export function DataSince({ first }: { first: number | null }) {
  const { t } = useTranslation('time')
  const format = useFormat()
  const name = useRangeName()
  const { now } = useClock()
  const { range, from, to, cut, setRange } = useRange()
  // Where the range is cut to what has data, the picker says so.
  if (first === null || cut || range.kind !== 'relative' || to - first > (to - from) * sliver) return null
  const ms = shortestBack(now - first)
  if (ms === null || ms >= range.ms) return null
  const shorter = { kind: 'relative' as const, ms }
  return (
    <button type="button" className={styles.since} onClick={() => setRange(shorter)}>
      <IconArrowBarToRight size={14} aria-hidden />
      {t('dataSince', { time: format.minutes(first), range: name(shorter) })}
    </button>
  )
}

/** What comes out: a row per event, a column per value, with the mark that the value bears in its line. */
import { useTranslation } from 'react-i18next'
import { useFormat } from '~/format/useFormat'
import { columnText } from '~/parts/LogList'
import { ColumnMark, useColumnMarks } from './LinesEditor'
import { litColumns, type ParsedEvent, resultColumns } from './lit'
import { useReasons } from './reasons'
import styles from './sources.module.css'

interface ResultTableProps {
  events: readonly ParsedEvent[]
  lit: string | null
  onLit: (column: string | null) => void
}

const most = 50

export function ResultTable({ events, lit, onLit }: ResultTableProps) {
  const { t } = useTranslation('sources')
  const format = useFormat()
  const columns = resultColumns(events)
  const mark = useColumnMarks(litColumns(events))
  const text = (event: ParsedEvent, column: string) => {
    if (column === 'time') return 'no_time' in event.record ? '–' : format.fullTime(event.record.time).slice(0, 23)
    return columnText(event.record, column)
  }
  const told = useReasons()
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className={styles.result} tabIndex={0} aria-label={t('resultColumns')}>
      <table className="data">
        <thead>
          <tr>
            <th className="number">{t('line')}</th>
            {columns.map((column) => (
              <th key={column} onPointerEnter={() => onLit(column)} onPointerLeave={() => onLit(null)}>
                <span className={styles.columnHead} data-lit={lit === column}>
                  <ColumnMark mark={mark(column)} />
                  {column}
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {events.slice(0, most).map((event) => (
            <tr key={event.line} data-error={event.parse_error !== null || undefined}>
              <td className="number">{event.line}</td>
              {event.parse_error !== null ? (
                <td colSpan={columns.length}>
                  <span className={styles.parseError}>{told.unparsed(event.parse_error)}</span>{' '}
                  <code>{event.record.message}</code>
                </td>
              ) : (
                columns.map((column) => (
                  <td key={column} className="raw" data-lit={lit === column}>
                    {text(event, column)}
                  </td>
                ))
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {events.length > most && (
        <p className={styles.note}>{t('moreEvents', { n: format.count(events.length - most) })}</p>
      )}
    </section>
  )
}

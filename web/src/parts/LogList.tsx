/**
 * Rows of records, virtualised: one line each (two on the phone), a level bar at the left, chosen columns, the summary
 * last. Arrow keys and `j` `k` move the selection, Enter opens it. New rows gather behind a button unless the list is
 * at its top, so that what is being read stays where it is. Used by records, the map's panel and the run logs.
 */
import { Button } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { Schemas } from '~/api/client'
import { useFormat } from '~/format/useFormat'
import { LevelBadge } from './Badges'
import { useColumnName } from './Filters'
import styles from './parts.module.css'

export type LogRecord = Schemas['Record']

interface LogListProps {
  records: readonly LogRecord[]
  label: string
  /** Columns between level and message. */
  columns?: readonly string[]
  selected?: string | null
  onSelect: (record: LogRecord) => void
  /** More rows are wanted at the end. */
  onEnd?: () => void
  /** Rows that came since and are not shown yet. */
  fresh?: number
  onShowFresh?: () => void
  /** How a column's value is shown, where it is not just text. */
  cell?: (record: LogRecord, column: string) => ReactNode
}

/** A column's value as text; "" where the line says nothing of it. */
export function columnText(record: LogRecord, column: string): string {
  const value = record[column as keyof LogRecord] as unknown
  return value === undefined || value === null || typeof value === 'object' ? '' : String(value)
}

/** Where a key moves the selection to, in a list of `count`; null for keys that move nothing. */
export function movedBy(key: string, at: number, count: number, page: number): number | null {
  const moves: Record<string, number> = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: page, PageUp: -page }
  if (key === 'Home') return 0
  if (key === 'End') return count - 1
  const by = moves[key]
  return by === undefined ? null : Math.min(count - 1, Math.max(0, at + by))
}

export function LogList(props: LogListProps) {
  const { records, label, columns = [], selected, onSelect, onEnd, fresh = 0, onShowFresh, cell } = props
  const { t } = useTranslation()
  const format = useFormat()
  const columnName = useColumnName()
  const scroller = useRef<HTMLDivElement>(null)
  const phone = useMediaQuery('(max-width: 719px)', false, { getInitialValueInEffect: false })
  const rowHeight = phone ? 52 : 32
  // The list is only ever laid out in the browser; the compiler's memoisation is not in use here.
  const virtual = useVirtualizer({
    count: records.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => records[index]?.id ?? index,
    overscan: 12,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: another row height makes all measures void
  useEffect(() => virtual.measure(), [virtual, rowHeight])

  const items = virtual.getVirtualItems()
  const lastSeen = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (onEnd && records.length > 0 && lastSeen >= records.length - 20) onEnd()
  }, [onEnd, lastSeen, records.length])

  const at = records.findIndex(({ id }) => id === selected)
  const move = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const to = movedBy(event.key, at, records.length, 20)
    const record = to === null ? (event.key === 'Enter' ? records[Math.max(0, at)] : undefined) : records[to]
    if (!record) return
    event.preventDefault()
    if (to !== null) virtual.scrollToIndex(to)
    onSelect(record)
  }

  const template = {
    gridTemplateColumns: `92px 84px ${columns.map(() => 'minmax(64px, 132px)').join(' ')} minmax(160px, 1fr)`,
  }
  return (
    <div
      ref={scroller}
      className={styles.log}
      role="listbox"
      aria-label={label}
      aria-activedescendant={at >= 0 ? rowId(records[at]) : undefined}
      tabIndex={0}
      onKeyDown={move}
    >
      <div className={styles.logHead} style={template} aria-hidden>
        <span>{columnName('time')}</span>
        <span>{columnName('severity')}</span>
        {columns.map((column) => (
          <span key={column} className="cut">
            {columnName(column)}
          </span>
        ))}
        <span>{columnName('message')}</span>
      </div>
      {fresh > 0 && (
        <div className={styles.newRows}>
          <Button variant="filled" size="xs" radius="xl" onClick={onShowFresh}>
            {t('newRows', { n: format.count(fresh) })}
          </Button>
        </div>
      )}
      <div role="presentation" style={{ position: 'relative', height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const record = records[item.index]
          if (!record) return null
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the listbox, which keeps the focus
            <div
              key={item.key}
              id={rowId(record)}
              className={styles.logRow}
              role="option"
              tabIndex={-1}
              aria-selected={record.id === selected}
              aria-setsize={records.length}
              aria-posinset={item.index + 1}
              data-level={record.severity}
              style={{ ...template, transform: `translateY(${item.start}px)` }}
              onClick={() => onSelect(record)}
            >
              <time className="raw" dateTime={record.time}>
                {format.timeOfDay(record.time)}
              </time>
              <LevelBadge level={record.severity} />
              {columns.map((column) => (
                <span key={column} className="cut" data-extra title={columnText(record, column)}>
                  {cell?.(record, column) ?? columnText(record, column)}
                </span>
              ))}
              <span className="cut raw" data-summary>
                {record.message ?? ''}
              </span>
            </div>
          )
        })}
      </div>
    </div>
  )
}

const rowId = (record: LogRecord | undefined) => (record ? `record-${record.id}` : undefined)

/**
 * Rows of records, virtualised: one line each (two on the phone), a level bar at the left, chosen columns, the summary
 * last. Arrow keys and `j` `k` move the selection, Enter opens it. New rows gather behind a button unless the list is
 * at its top, so that what is being read stays where it is. Used by records, the map's panel and the run logs.
 */
import { Button } from '@mantine/core'
import { useElementSize, useMediaQuery, useMergedRef } from '@mantine/hooks'
import { IconArrowUp } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, memo, type ReactNode, useCallback, useEffect, useMemo, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { Schemas } from '~/api/client'
import { useKeys } from '~/app/keys'
import { useFormat } from '~/format/useFormat'
import { LevelBadge } from './Badges'
import { fitted, useColumnWidths } from './columnWidths'
import { useColumnName } from './Filters'
import { LogHead } from './LogHead'
import styles from './parts.module.css'

export type LogRecord = Schemas['Record']

interface LogListProps {
  records: readonly LogRecord[]
  label: string
  /** Columns between level and message. */
  columns?: readonly string[]
  /** Columns that leave first when there is no room for all; then the last ones. What left is told. */
  leave?: readonly string[]
  selected?: string | null
  onSelect: (record: LogRecord) => void
  /** More rows are wanted at the end. */
  onEnd?: () => void
  /** Rows that came since and are not shown yet, as text: "37", or "1,000+". */
  fresh?: string | null
  onShowFresh?: () => void
  /** Whether the list is at its top, each time that this changes. */
  onTop?: (top: boolean) => void
  /** A column's value as text, where it is more than the record's own. */
  text?: (record: LogRecord, column: string) => string
  /** How a column's value is shown, where it is not just text. */
  cell?: (record: LogRecord, column: string) => ReactNode
  /** Times bear their date: the rows are of more than one day. */
  dated?: boolean
  /** Stands after the last row. */
  foot?: ReactNode
  /** A row that is marked besides the selected one: the line that others are around of. */
  marked?: string
}

/** A column's value as text; "" where the line says nothing of it. */
export function columnText(record: LogRecord, column: string): string {
  const value = column.startsWith('attr.')
    ? record.attributes?.[column.slice('attr.'.length)]
    : (record[column as keyof LogRecord] as unknown)
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

const none: readonly string[] = []

/** What lies between two columns. */
const gap = 12

/** What the summary has at least: it is what is read, and columns beside it have no use when it is cut after a word. */
const leastSummaryIn = (across: number) => Math.round(Math.min(360, Math.max(200, across * 0.32)))

export function LogList(props: LogListProps) {
  const {
    records,
    label,
    columns: all = none,
    leave = none,
    selected,
    onSelect,
    onEnd,
    fresh,
    onShowFresh,
    onTop,
    dated = false,
  } = props
  const text = props.text ?? columnText
  const { t } = useTranslation()
  const columnName = useColumnName()
  const scroller = useRef<HTMLDivElement>(null)
  const phone = useMediaQuery('(max-width: 719px)', false, { getInitialValueInEffect: false })
  const rowHeight = phone ? 52 : 32
  const wished = useColumnWidths(all, records, columnName, text)
  const { ref: sized, width: across } = useElementSize<HTMLDivElement>()
  const ref = useMergedRef(scroller, sized)
  // The list is only ever laid out in the browser; the compiler's memoisation is not in use here.
  const virtual = useVirtualizer({
    count: records.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => records[index]?.id ?? index,
    overscan: 16,
    scrollPaddingStart: phone ? 0 : 32,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: another row height makes all measures void
  useEffect(() => virtual.measure(), [virtual, rowHeight])

  const items = virtual.getVirtualItems()
  const lastSeen = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (onEnd && records.length > 0 && lastSeen >= records.length - 200) onEnd()
  }, [onEnd, lastSeen, records.length])

  const top = (virtual.scrollOffset ?? 0) < rowHeight / 2
  const tell = useRef(onTop)
  tell.current = onTop
  useEffect(() => tell.current?.(top), [top])
  // Prepended rows leave a list at its top there; elsewhere nothing is prepended.
  const first = records[0]?.id
  // biome-ignore lint/correctness/useExhaustiveDependencies: when other rows begin the list
  useEffect(() => {
    if (top && scroller.current) scroller.current.scrollTop = 0
  }, [first])

  // Rows are drawn again only for what they show, not because the page made its functions anew.
  const markedAt = props.marked === undefined ? -1 : records.findIndex(({ id }) => id === props.marked)
  useEffect(() => {
    if (markedAt >= 0) virtual.scrollToIndex(markedAt, { align: 'center' })
  }, [virtual, markedAt])

  const latest = useRef(onSelect)
  latest.current = onSelect
  const select = useCallback((record: LogRecord) => latest.current(record), [])

  const at = selected ? records.findIndex(({ id }) => id === selected) : -1
  const move = (key: string): boolean => {
    const to = movedBy(key, at, records.length, 20)
    const record = to === null ? (key === 'Enter' ? records[Math.max(0, at)] : undefined) : records[to]
    if (!record) return false
    if (to !== null) virtual.scrollToIndex(to)
    onSelect(record)
    return true
  }
  useKeys({ j: () => void move('j'), k: () => void move('k') })
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (move(event.key)) event.preventDefault()
  }

  const timeWidth = dated ? 138 : 96
  const leastSummary = leastSummaryIn(across)
  // Each column costs its gap as well.
  const room = across > 0 && !phone ? across - timeWidth - 78 - leastSummary - 32 - gap * (all.length + 2) : 1e6
  const fit = fitted(all, wished.widths, wished.kept, leave, room)
  const key = fit.shown.join()
  // biome-ignore lint/correctness/useExhaustiveDependencies: the same columns are the same array, so that no row is drawn anew
  const columns = useMemo(() => all.filter((_, at) => fit.shown[at]), [all, key])
  const widths = fit.widths.filter((_, at) => fit.shown[at])
  const taken = timeWidth + 78 + leastSummary + 32 + gap * (columns.length + 2)
  const gridTemplateColumns = `${timeWidth}px 78px ${widths.map((width) => `${width}px`).join(' ')} minmax(${leastSummary}px, 1fr)`
  // Wide enough for every column: then the list, not the page, scrolls sideways.
  const minWidth = phone ? undefined : taken + widths.reduce((sum, width) => sum + width, 0)
  return (
    <div
      ref={ref}
      className={styles.log}
      role="listbox"
      aria-label={label}
      aria-activedescendant={at >= 0 ? rowId(records[at]) : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
    >
      <LogHead
        columns={columns}
        widths={widths}
        gone={all.filter((_, at) => !fit.shown[at])}
        style={{ gridTemplateColumns, minWidth }}
        onResize={wished.resize}
      />
      {fresh && (
        <div className={styles.newRows}>
          <Button
            variant="filled"
            size="xs"
            radius="xl"
            leftSection={<IconArrowUp size={14} aria-hidden />}
            onClick={() => {
              onShowFresh?.()
              scroller.current?.scrollTo({ top: 0 })
            }}
          >
            {t('newRows', { n: fresh })}
          </Button>
        </div>
      )}
      <div role="presentation" style={{ position: 'relative', height: virtual.getTotalSize(), minWidth }}>
        {items.map((item) => {
          const record = records[item.index]
          if (!record) return null
          return (
            <LogRow
              key={item.key}
              record={record}
              columns={columns}
              place={item.index + 1}
              count={records.length}
              start={item.start}
              selected={record.id === selected}
              marked={record.id === props.marked}
              gridTemplateColumns={gridTemplateColumns}
              dated={dated}
              text={text}
              cell={props.cell}
              onSelect={select}
            />
          )
        })}
      </div>
      {props.foot && <div className={styles.logFoot}>{props.foot}</div>}
    </div>
  )
}

interface LogRowProps {
  record: LogRecord
  columns: readonly string[]
  place: number
  count: number
  start: number
  selected: boolean
  marked: boolean
  gridTemplateColumns: string
  dated: boolean
  text: (record: LogRecord, column: string) => string
  cell: LogListProps['cell']
  onSelect: (record: LogRecord) => void
}

/** Drawn again only when something of it changed: what keeps scrolling smooth. */
const LogRow = memo(function LogRow(props: LogRowProps) {
  const { record, columns, place, count, start, selected, marked, gridTemplateColumns, dated, cell, onSelect } = props
  const format = useFormat()
  const time = format.timeOfDay(record.time)
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the listbox, which keeps the focus
    <div
      id={rowId(record)}
      className={styles.logRow}
      role="option"
      tabIndex={-1}
      aria-selected={selected}
      aria-setsize={count}
      aria-posinset={place}
      data-level={record.severity}
      data-marked={marked || undefined}
      style={{ gridTemplateColumns, transform: `translateY(${start}px)` }}
      onClick={() => onSelect(record)}
    >
      <time className="raw" dateTime={record.time}>
        {dated ? `${format.date(record.time).slice(5)} ${time}` : time}
      </time>
      {record.severity ? <LevelBadge level={record.severity} /> : <span className="secondary">–</span>}
      {columns.map((column) => {
        const words = props.text(record, column)
        return (
          <span key={column} className="cut" data-extra title={words}>
            {cell?.(record, column) ?? words}
          </span>
        )
      })}
      <span className="cut raw" data-summary>
        {summaryOf(record)}
      </span>
    </div>
  )
})

/** The line's first words; of a call without words, what was called; of counted lines, how many there were of what. */
export function summaryOf(record: LogRecord): string {
  const message = (record.message ?? '').slice(0, 400)
  if (message !== '') return message
  const lines = countedLines(record)
  const what = lines === null ? [] : [`${lines} ×`]
  return [...what, record.operation, record.service, record.status].filter(Boolean).join(' ')
}

/** The numbers that counted lines add up to. */
export const partialAttribute = 'magpie.partial'

/** How many lines a record stands for that its agent has counted; null for a line of its own. */
export function countedLines(record: LogRecord): number | null {
  if (!record.from_agent) return null
  try {
    const { records } = JSON.parse(record.attributes?.[partialAttribute] ?? '') as { records?: unknown }
    return typeof records === 'number' ? records : null
  } catch {
    return null
  }
}

const rowId = (record: LogRecord | undefined) => (record ? `record-${record.id}` : undefined)

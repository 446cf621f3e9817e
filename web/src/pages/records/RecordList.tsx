/** The list in all its states, with what stands after its last row: more to come, the end, or that no more are kept. */
import { Button } from '@mantine/core'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { mostRows } from '~/api/recordPages'
import { useApi } from '~/api/useApi'
import { useNewest } from '~/api/useNewest'
import type { RecordPages } from '~/api/useRecordPages'
import { useFormat } from '~/format/useFormat'
import { columnText, LogList, type LogRecord } from '~/parts/LogList'
import { Empty, EmptyRange } from '~/parts/Messages'
import { Panel } from '~/parts/Panel'
import { useRange } from '~/time/useRange'
import { usualColumns } from './columns'
import { termsOf } from './query'
import styles from './records.module.css'

interface RecordListProps {
  pages: RecordPages
  line: string
  /** The line has a mistake, which is told above: the list keeps quiet. */
  broken: boolean
  columns: readonly string[]
  selected: string | undefined
  onSelect: (record: LogRecord) => void
  onSearch: (line: string) => void
}

export function RecordList({ pages, line, broken, columns, selected, onSelect, onSearch }: RecordListProps) {
  const { t } = useTranslation('records')
  const format = useFormat()
  const { from, to } = useRange()
  const cell = useCells()
  const { reading, more, showFresh, setTop } = pages
  const told = useToldColumns(columns, line, reading.data?.rows)
  if (broken && reading.data === undefined) return null
  return (
    <Panel
      className={styles.list}
      reading={reading}
      isEmpty={({ rows }) => rows.length === 0}
      empty={<NoMatch line={line} onSearch={onSearch} />}
    >
      {({ rows, next, fresh, gap }) => (
        <LogList
          records={rows}
          label={t('list')}
          columns={told}
          selected={selected}
          onSelect={onSelect}
          onEnd={more}
          onTop={setTop}
          fresh={fresh.length > 0 ? `${format.count(fresh.length)}${gap ? '+' : ''}` : null}
          onShowFresh={showFresh}
          dated={to - from > 86_400_000 || format.date(from) !== format.date(to)}
          cell={cell}
          foot={
            next === null
              ? t('end', { n: format.count(rows.length) })
              : rows.length >= mostRows
                ? t('tooMany', { n: format.count(mostRows) })
                : t('loadingMore')
          }
        />
      )}
    </Panel>
  )
}

/** How many rows are looked at for columns that none of them has. */
const looked = 300

/**
 * Of the usual columns, those that the rows have at all; columns that somebody chose all stay. Settled once for a
 * question, so that a refresh moves no column.
 */
function useToldColumns(columns: readonly string[], line: string, rows: readonly LogRecord[] | undefined) {
  const empty = rows === undefined || rows.length === 0
  // biome-ignore lint/correctness/useExhaustiveDependencies: not when rows come and go
  return useMemo(() => {
    if (columns.join() !== usualColumns.join() || empty) return columns
    const first = rows.slice(0, looked)
    return columns.filter((column) => first.some((row) => columnText(row, column) !== ''))
  }, [columns.join(), line, empty])
}

/** Measured fields are written with their unit, long ids by their end. */
function useCells(): (record: LogRecord, column: string) => string | null {
  const format = useFormat()
  const { data } = useApi('/api/v1/fields', { still: true })
  return useMemo(() => {
    const measured = new Map(data?.fields.map((field) => [field.name, format.field(field)]))
    return (record, column) => {
      const text = columnText(record, column)
      if (text === '') return ''
      if (column.endsWith('_id')) return text.length > 12 ? `…${text.slice(-8)}` : text
      return measured.get(column)?.(Number(text)) ?? null
    }
  }, [data, format])
}

/** Nothing matches: names the filters, each to be dropped by a click. */
function NoMatch({ line, onSearch }: { line: string; onSearch: (line: string) => void }) {
  const { t } = useTranslation('records')
  const newest = useNewest()
  const terms = termsOf(line)
  if (terms.length === 0) return <EmptyRange title={t('nothing')} newest={newest} />
  return (
    <Empty
      title={t('noMatch')}
      hint={t('noMatchHint')}
      action={terms.map(({ text }, at) => (
        <Button
          // biome-ignore lint/suspicious/noArrayIndexKey: a term may stand in the line twice
          key={`${at} ${text}`}
          onClick={() =>
            onSearch(
              terms
                .filter((_, place) => place !== at)
                .map((term) => term.text)
                .join(' '),
            )
          }
        >
          {t('drop')} <code className={styles.term}>{text}</code>
        </Button>
      ))}
    />
  )
}

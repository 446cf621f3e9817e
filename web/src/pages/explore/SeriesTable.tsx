/** The chart's series as a table: latest value against its limit, percentiles, calls, errors, completeness, course. */
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Mark } from '~/charts/Mark'
import type { Limit } from '~/charts/model'
import { useFormat } from '~/format/useFormat'
import { Sparkline } from '~/parts/Sparkline'
import { stateOf } from './DimensionBars'
import styles from './explore.module.css'
import { capital, useWords } from './names'
import { keepsSketch, type Question } from './question'
import type { SummaryRow } from './summary'
import { useValueFormat } from './useChart'

interface SeriesTableProps {
  question: Question
  /** In the order of the chart. */
  rows: readonly SummaryRow[]
  limits: readonly Limit[]
  mark: (name: string) => { color: string; dash: readonly number[] }
  /** Key of the series with band and heat map. */
  focus: string | null
  onFocus: (key: string) => void
  onFilter: (words: Record<string, string>) => void
  phone: boolean
}

type Column = 'name' | 'latest' | 'p50' | 'p95' | 'p99' | 'calls' | 'errors' | 'complete'

interface Sorting {
  column: Column
  down: boolean
}

/** The order of the chart until a column is chosen; what is absent comes last. */
function useSorted(rows: readonly SummaryRow[]) {
  const [sorting, setSorting] = useState<Sorting | null>(null)
  const sorted = useMemo(() => {
    if (!sorting) return rows
    const { column, down } = sorting
    const sign = down ? -1 : 1
    return [...rows].sort((a, b) => {
      const [left, right] = [a[column], b[column]]
      if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1
      return left === right ? 0 : sign * (left < right ? -1 : 1)
    })
  }, [rows, sorting])
  const sortBy = (column: Column) =>
    setSorting(
      sorting?.column !== column
        ? { column, down: column !== 'name' }
        : sorting.down === (column !== 'name')
          ? { column, down: !sorting.down }
          : null,
    )
  return { sorted, sorting, sortBy }
}

export function SeriesTable(props: SeriesTableProps) {
  const { t } = useTranslation('explore')
  const words = useWords()
  const { question, rows } = props
  const { sorted, sorting, sortBy } = useSorted(rows)
  if (props.phone) return <Cards {...props} rows={sorted} />
  const columns = question.split.length > 0 ? words.columns(question.split) : t('everything')
  const sketch = keepsSketch(question.field)
  const heads: { column: Column; name: string }[] = [
    ...(sketch ? (['p50', 'p95', 'p99'] as const).map((column) => ({ column, name: column })) : []),
    { column: 'calls', name: t('calls') },
    { column: 'errors', name: t('errors') },
    { column: 'complete', name: t('complete') },
  ]
  const head = (column: Column, name: string) => (
    <SortHead key={column} column={column} name={name} sorting={sorting} onSort={sortBy} />
  )
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard
    <section className={styles.tableWrap} aria-label={t('table', { columns })} tabIndex={0}>
      <table className="data">
        <thead>
          <tr>
            {head('name', capital(columns))}
            {head('latest', t('latest'))}
            <th className="number">{t('threshold')}</th>
            {heads.map(({ column, name }) => head(column, name))}
            <th style={{ width: 168 }}>{t('trend')}</th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((row) => (
            <TableRow key={row.key} row={row} sketch={sketch} {...props} />
          ))}
        </tbody>
      </table>
    </section>
  )
}

interface SortHeadProps {
  column: Column
  name: string
  sorting: Sorting | null
  onSort: (column: Column) => void
}

function SortHead({ column, name, sorting, onSort }: SortHeadProps) {
  const { t } = useTranslation('explore')
  const on = sorting?.column === column
  const Arrow = on && !sorting.down ? IconChevronUp : IconChevronDown
  return (
    <th
      scope="col"
      className={column === 'name' ? undefined : 'number'}
      aria-sort={on ? (sorting.down ? 'descending' : 'ascending') : undefined}
    >
      <button type="button" aria-label={t('sortBy', { column: name })} onClick={() => onSort(column)}>
        {name}
        {on && <Arrow size={12} aria-hidden />}
      </button>
    </th>
  )
}

function useRowTexts({ question, limits }: Pick<SeriesTableProps, 'question' | 'limits'>, row: SummaryRow) {
  const { t } = useTranslation('explore')
  const format = useFormat()
  const { value, short, plain } = useValueFormat(question)
  const state = stateOf(row.latest, limits)
  return {
    latest: value(row.latest),
    tone: state === 'firing' ? styles.bad : state === 'pending' ? styles.near : undefined,
    limit: limitText(limits[0], short),
    percentile: plain,
    calls: format.count(row.calls),
    errors: row.errors === null ? '–' : format.share(row.errors),
    complete: row.complete === null ? '–' : format.share(row.complete),
    whole: row.complete === null || row.complete >= 1,
    name: row.name || t('everything'),
    trend: `${t('trend')}: ${row.name || t('everything')}, ${t('latest')} ${value(row.latest)}`,
  }
}

function limitText(limit: Limit | undefined, write: (value: number) => string): string {
  if (!limit) return '–'
  return limit.side === 'below' ? `< ${write(limit.value)}` : write(limit.value)
}

type RowProps = SeriesTableProps & { row: SummaryRow; sketch: boolean }

function TableRow({ row, sketch, mark, focus, onFocus, onFilter, question, limits }: RowProps) {
  const { t } = useTranslation('explore')
  const texts = useRowTexts({ question, limits }, row)
  const { color, dash } = mark(row.name)
  return (
    <tr data-selected={row.key === focus}>
      <td>
        <button
          type="button"
          className={styles.nameCell}
          aria-label={t('filterBy', { ns: 'charts', name: texts.name })}
          onClick={() => onFilter(row.words)}
        >
          <Mark color={color} dash={dash} form="square" />
          <span className="cut">{texts.name}</span>
        </button>
      </td>
      <td className={`number ${texts.tone ?? ''}`}>{texts.latest}</td>
      <td className={`number ${styles.dim}`}>{texts.limit}</td>
      {sketch &&
        [row.p50, row.p95, row.p99].map((at, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: three columns that stand where they stand
          <td key={place} className="number">
            {texts.percentile(at)}
          </td>
        ))}
      <td className="number">{texts.calls}</td>
      <td className="number">{texts.errors}</td>
      <td className={`number ${texts.whole ? styles.dim : styles.near}`}>{texts.complete}</td>
      <td>
        <button
          type="button"
          className={styles.nameCell}
          aria-label={t('focusOn', { name: texts.name })}
          aria-pressed={row.key === focus}
          onClick={() => onFocus(row.key)}
        >
          <Sparkline
            values={row.trend}
            threshold={null}
            label={texts.trend}
            width={150}
            height={20}
            exceeded={row.exceeded}
          />
        </button>
      </td>
    </tr>
  )
}

/** On the phone: a card for each series. */
function Cards({ rows, mark, focus, onFilter, question, limits }: SeriesTableProps) {
  return (
    <ul className={styles.cards}>
      {rows.map((row) => (
        <Card
          key={row.key}
          row={row}
          mark={mark}
          focus={focus}
          onFilter={onFilter}
          question={question}
          limits={limits}
        />
      ))}
    </ul>
  )
}

type CardProps = Pick<SeriesTableProps, 'mark' | 'focus' | 'onFilter' | 'question' | 'limits'> & { row: SummaryRow }

function Card({ row, mark, onFilter, question, limits }: CardProps) {
  const { t } = useTranslation('explore')
  const texts = useRowTexts({ question, limits }, row)
  const { color, dash } = mark(row.name)
  const sketch = keepsSketch(question.field)
  return (
    <li className={styles.card}>
      <button
        type="button"
        className={styles.nameCell}
        aria-label={t('filterBy', { ns: 'charts', name: texts.name })}
        onClick={() => onFilter(row.words)}
      >
        <Mark color={color} dash={dash} form="square" />
        <span className="cut">{texts.name}</span>
      </button>
      <span className={`number ${texts.tone ?? ''}`}>{texts.latest}</span>
      <span className={styles.cardFacts}>
        {sketch && <span>p95 {texts.percentile(row.p95)}</span>}
        <span>
          {t('calls')} {texts.calls}
        </span>
        <span>
          {t('errors')} {texts.errors}
        </span>
        {!texts.whole && (
          <span className={styles.near}>
            {t('complete')} {texts.complete}
          </span>
        )}
      </span>
    </li>
  )
}

/** The values behind a chart by dimensions: one row for each combination, the greatest first. */
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Schemas } from '~/api/client'
import type { Limit } from '~/charts/model'
import { useFormat } from '~/format/useFormat'
import { stateOf } from './DimensionBars'
import styles from './explore.module.css'
import { narrowed } from './filters'
import { capital, useWords } from './names'
import { keepsSketch, type Question } from './question'
import { combinationOf, measured } from './series'
import { useValueFormat } from './useChart'
import { useChange } from './useExplore'

interface GroupTableProps {
  question: Question
  answer: Schemas['Rollups']
  limits: readonly Limit[]
}

/** More rows than these are counted; the CSV has all. */
const mostRows = 200

export function GroupTable({ question, answer, limits }: GroupTableProps) {
  const { t } = useTranslation('explore')
  const { t: common } = useTranslation()
  const { t: charts } = useTranslation('charts')
  const format = useFormat()
  const words = useWords()
  const { filter } = useChange()
  const { value, plain } = useValueFormat(question)
  const noValue = common('noValue')
  const columns = useMemo(() => [...(question.x ?? []), ...question.split], [question])
  const rows = useMemo(() => {
    const seconds = (Date.parse(answer.to) - Date.parse(answer.from)) / 1000
    return answer.rows
      .map((row) => ({ row, at: measured(row, question, seconds), ...combinationOf(row, columns, noValue) }))
      .sort((a, b) => (b.at ?? -1) - (a.at ?? -1) || (a.name < b.name ? -1 : 1))
  }, [answer, columns, noValue, question])
  const sketch = keepsSketch(question.field)
  const tones = { ok: '', pending: styles.near, firing: styles.bad }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard
    <section className={styles.tableWrap} aria-label={t('table', { columns: words.columns(columns) })} tabIndex={0}>
      <table className="data">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {capital(words.column(column))}
              </th>
            ))}
            <th scope="col" className="number">
              {capital(words.aggregate(question.aggregate, question.field))}
            </th>
            {sketch &&
              ['p50', 'p95', 'p99'].map((name) => (
                <th key={name} scope="col" className="number">
                  {name}
                </th>
              ))}
            <th scope="col" className="number">
              {t('calls')}
            </th>
            <th scope="col" className="number">
              {t('errors')}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, mostRows).map(({ key, name, words: of, row, at }) => (
            <tr key={key}>
              {columns.map((column, place) => (
                <td key={column}>
                  {place === 0 ? (
                    <button
                      type="button"
                      className={styles.nameCell}
                      aria-label={charts('filterBy', { name })}
                      onClick={() => filter((before) => narrowed(before, of))}
                    >
                      <span className="cut">{of[column] || noValue}</span>
                    </button>
                  ) : (
                    <span className={column === 'service' ? 'raw' : undefined}>{of[column] || noValue}</span>
                  )}
                </td>
              ))}
              <td className={`number ${tones[stateOf(at, limits)]}`}>{value(at)}</td>
              {sketch &&
                (['p50', 'p95', 'p99'] as const).map((part) => (
                  <td key={part} className="number">
                    {plain(row.fields[question.field.name]?.[part])}
                  </td>
                ))}
              <td className="number">{format.count(row.records)}</td>
              <td className="number">
                {row.records > 0 ? format.share((row.fields.error?.count ?? 0) / row.records) : '–'}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > mostRows && (
        <p className={styles.barFoot}>{charts('more', { n: format.count(rows.length - mostRows) })}</p>
      )}
    </section>
  )
}

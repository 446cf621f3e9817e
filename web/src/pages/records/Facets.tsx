/**
 * What the records have in common, at the left: the values of each column with their counts. A click asks for a value, a
 * second one takes it away; the minus excludes it. Each facet counts as if nothing of it were chosen, so that several of
 * its values can be. A column is only read while it is open.
 */
import { ActionIcon, Tooltip } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import { IconChevronDown, IconChevronRight, IconFilterMinus } from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type QueryOf, useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { LevelBadge, levels } from '~/parts/Badges'
import { useColumnName } from '~/parts/Filters'
import shared from '~/parts/parts.module.css'
import { useRange } from '~/time/useRange'
import { chosenOf, withoutColumn } from './query'
import styles from './records.module.css'

/** The columns of words that can be counted, as the API names them. */
const columns = [
  'input',
  'source',
  'source_module',
  'target_module',
  'target',
  'service',
  'operation',
  'status',
  'host',
  'component',
  'category',
  'application',
  'version',
  'region',
  'flow',
  'step',
  'file',
  'parse_error',
] as const
type Column = (typeof columns)[number]

const openAtFirst: readonly string[] = ['severity', 'input', 'source_module', 'target_module', 'status', 'host']
const few = 6
const many = 50

export interface FacetsProps {
  line: string
  onToggle: (column: string, value: string, negated: boolean) => void
}

export function Facets({ line, onToggle }: FacetsProps) {
  const { t } = useTranslation('records')
  const [open, setOpen] = useLocalStorage<readonly string[]>({
    key: 'magpie.facets',
    defaultValue: openAtFirst,
    getInitialValueInEffect: false,
  })
  const flip = (column: string) =>
    setOpen(open.includes(column) ? open.filter((each) => each !== column) : [...open, column])
  return (
    <section className={styles.facets} aria-label={t('facets')}>
      <Facet column="severity" open={open.includes('severity')} onFlip={() => flip('severity')}>
        <Severities line={line} onToggle={onToggle} />
      </Facet>
      {columns.map((column) => (
        <Facet
          key={column}
          column={column}
          open={open.includes(column)}
          chosen={chosenCount(line, column)}
          onFlip={() => flip(column)}
        >
          <Values column={column} line={line} onToggle={onToggle} />
        </Facet>
      ))}
    </section>
  )
}

const chosenCount = (line: string, column: string) => {
  const { only, not } = chosenOf(line, column)
  return only.length + not.length
}

interface FacetProps {
  column: string
  open: boolean
  chosen?: number
  onFlip: () => void
  children: ReactNode
}

function Facet({ column, open, chosen = 0, onFlip, children }: FacetProps) {
  const name = useColumnName()
  const Icon = open ? IconChevronDown : IconChevronRight
  return (
    <div className={styles.facet}>
      <h2>
        <button type="button" aria-expanded={open} onClick={onFlip}>
          <Icon size={14} aria-hidden />
          {name(column)}
          {chosen > 0 && <span className={styles.facetChosen}>{chosen}</span>}
        </button>
      </h2>
      {open && children}
    </div>
  )
}

/** Levels are counted by the histogram, worst first, in their fixed order. */
function Severities({ line, onToggle }: FacetsProps) {
  const { t } = useTranslation()
  const { query } = useRange()
  const q = withoutColumn(withoutColumn(line, 'severity'), 'level') || undefined
  const { data } = useApi('/api/v1/records/histogram', { query: { ...query, q } })
  const counts = new Map<string, number>()
  for (const { value, records } of data?.bars ?? []) {
    const level = value || 'unset'
    counts.set(level, (counts.get(level) ?? 0) + records)
  }
  const most = Math.max(1, ...counts.values())
  const { only, not } = chosenOf(line, 'severity')
  return (
    <ul>
      {levels.toReversed().map((level) => {
        const count = counts.get(level) ?? 0
        if (count === 0 && !only.includes(level) && !not.includes(level)) return null
        return (
          <Value
            key={level}
            column="severity"
            value={level}
            name={t(`level.${level}`)}
            shown={<LevelBadge level={level} />}
            count={count}
            share={count / most}
            state={only.includes(level) ? 'only' : not.includes(level) ? 'not' : null}
            onToggle={onToggle}
          />
        )
      })}
    </ul>
  )
}

interface ValuesProps extends FacetsProps {
  column: Column
}

function Values({ column, line, onToggle }: ValuesProps) {
  const { t } = useTranslation('records')
  const { query } = useRange()
  const [all, setAll] = useState(false)
  const asked = { ...query, q: withoutColumn(line, column) || undefined, limit: all ? many : few + 1 }
  const reading = useApi('/api/v1/records/top/{column}', {
    path: { column },
    query: asked as QueryOf<'/api/v1/records/top/{column}'>,
  })
  const { only, not } = chosenOf(line, column)
  const values = reading.data?.column === column ? reading.data.values : []
  const listed = values.slice(0, all ? many : few)
  const missing = [...only, ...not].filter((value) => !listed.some((each) => each.value === value))
  const rows = [...missing.map((value) => ({ value, records: null })), ...listed]
  const most = Math.max(1, ...listed.map(({ records }) => records))
  if (reading.first) return <p className={styles.facetNote}>…</p>
  if (rows.every(({ value }) => value === '')) return <p className={styles.facetNote}>{t('noValues')}</p>
  return (
    <>
      <ul>
        {rows.map(({ value, records }) => (
          <Value
            key={value}
            column={column}
            value={value}
            name={value}
            count={records}
            share={(records ?? 0) / most}
            state={only.includes(value) ? 'only' : not.includes(value) ? 'not' : null}
            onToggle={onToggle}
          />
        ))}
      </ul>
      {(all || values.length > few) && (
        <button type="button" className={styles.facetMore} onClick={() => setAll(!all)}>
          {all ? t('fewerValues') : t('moreValues')}
        </button>
      )}
    </>
  )
}

interface ValueProps {
  column: string
  value: string
  name: string
  shown?: ReactNode
  count: number | null
  share: number
  state: 'only' | 'not' | null
  onToggle: FacetsProps['onToggle']
}

function Value({ column, value, name, shown, count, share, state, onToggle }: ValueProps) {
  const { t } = useTranslation(['common', 'records'])
  const columnName = useColumnName()
  const format = useFormat()
  const text = name || t('noValue')
  const label = `${columnName(column)}: ${text}`
  return (
    <li className={styles.value} data-state={state} style={{ '--share': `${(share * 100).toFixed(1)}%` } as object}>
      <button
        type="button"
        className={styles.valueName}
        aria-pressed={state === 'only'}
        title={text}
        onClick={() => onToggle(column, value, state === 'not')}
      >
        <span
          className={shared.hidden}
        >{`${columnName(column)}: ${state === 'not' ? t('excluded', { ns: 'records' }) : ''} `}</span>
        {shown ?? <span className="cut">{text}</span>}{' '}
        <span className={styles.valueCount}>{count === null ? '' : format.count(count)}</span>
      </button>
      {state !== 'not' && (
        <Tooltip label={t('filterOut')}>
          <ActionIcon
            variant="subtle"
            size={24}
            className={styles.valueOut}
            aria-label={`${t('filterOut')}: ${label}`}
            onClick={() => onToggle(column, value, true)}
          >
            <IconFilterMinus size={14} aria-hidden />
          </ActionIcon>
        </Tooltip>
      )}
    </li>
  )
}

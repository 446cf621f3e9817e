/** Filters as chips that can be dropped, and a record's or edge's columns with "filter for", "filter out" and copy. */
import { ActionIcon, CloseButton, CopyButton, Tooltip } from '@mantine/core'
import { IconCheck, IconCopy, IconFilterMinus, IconFilterPlus } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import english from '~/i18n/en/common.json'
import styles from './parts.module.css'

export interface Filter {
  column: string
  value: string
  negated?: boolean
}

type Column = keyof typeof english.column

/** A column's name for people; of a column we do not know, its own. */
export function useColumnName(): (column: string) => string {
  const { t } = useTranslation()
  return (column) => (column in english.column ? t(`column.${column as Column}`) : column)
}

interface FilterChipsProps {
  filters: readonly Filter[]
  onRemove: (filter: Filter) => void
}

export function FilterChips({ filters, onRemove }: FilterChipsProps) {
  const { t } = useTranslation()
  const name = useColumnName()
  if (filters.length === 0) return null
  return (
    <div className={styles.chips}>
      {filters.map((filter) => (
        <span key={JSON.stringify(filter)} className={styles.chip} data-negated={filter.negated ?? false}>
          {name(filter.column)} {filter.negated ? t('isNot') : t('is')} <b>{filter.value || t('noValue')}</b>
          <CloseButton
            size="sm"
            aria-label={`${t('clear')}: ${name(filter.column)} ${filter.value}`}
            onClick={() => onRemove(filter)}
          />
        </span>
      ))}
    </div>
  )
}

export interface FieldRow {
  column: string
  /** As it is, for filters and copies. */
  value: string
  /** As it is shown; by default the value itself. */
  shown?: ReactNode
  /** Whether one can filter by it. */
  filterable?: boolean
}

interface FieldListProps {
  rows: readonly FieldRow[]
  onFilter?: (filter: Filter) => void
}

export function FieldList({ rows, onFilter }: FieldListProps) {
  const { t } = useTranslation()
  const name = useColumnName()
  return (
    <dl className={styles.fields}>
      {rows.map(({ column, value, shown, filterable = true }) => (
        <FieldEntry key={column} label={name(column)} shown={shown ?? value}>
          {onFilter && filterable && (
            <>
              <Tool label={`${t('filterFor')}: ${name(column)}`} onClick={() => onFilter({ column, value })}>
                <IconFilterPlus size={14} />
              </Tool>
              <Tool
                label={`${t('filterOut')}: ${name(column)}`}
                onClick={() => onFilter({ column, value, negated: true })}
              >
                <IconFilterMinus size={14} />
              </Tool>
            </>
          )}
          <CopyButton value={value}>
            {({ copied, copy }) => (
              <Tool label={`${copied ? t('copied') : t('copy')}: ${name(column)}`} onClick={copy}>
                {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
              </Tool>
            )}
          </CopyButton>
        </FieldEntry>
      ))}
    </dl>
  )
}

function FieldEntry({ label, shown, children }: { label: string; shown: ReactNode; children: ReactNode }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>
        <span>{shown}</span>
        <span className={styles.tools}>{children}</span>
      </dd>
    </>
  )
}

function Tool({ label, onClick, children }: { label: string; onClick: () => void; children: ReactNode }) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" size={24} aria-label={label} onClick={onClick}>
        {children}
      </ActionIcon>
    </Tooltip>
  )
}

/**
 * The filters of the bar: region, application, version, flow, then level for lines or status for runs, the job id, and
 * the content. Values are asked for when a list is opened, each counted as if nothing of it were chosen.
 */
import { Button, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { type FormEvent, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { RunStatus } from '~/api/runs'
import { useApi } from '~/api/useApi'
import { LevelBadge, levels } from '~/parts/Badges'
import { type Choice, ChoiceMenu } from '~/parts/ChoiceMenu'
import { FilterSheet } from '~/parts/FilterSheet'
import { useColumnName } from '~/parts/Filters'
import { RunStatusBadge, runSigns } from '~/runs/status'
import { useRange } from '~/time/useRange'
import { filterCount, lineFilter, unfiltered } from './filters'
import styles from './runs.module.css'
import { everyApplication, type FilterColumn, filterColumns, type Level, type RunsSearch } from './search'

interface LineFiltersProps {
  search: RunsSearch
  usual: string | null
  onChange: (changed: Partial<RunsSearch>) => void
}

export function LineFilters({ search, usual, onChange }: LineFiltersProps) {
  const { t } = useTranslation(['runlogs', 'common'])
  const count = filterCount(search)
  return (
    <>
      <FilterSheet count={count}>
        {filterColumns.map((column) => (
          <ColumnFilter key={column} column={column} search={search} usual={usual} onChange={onChange} />
        ))}
        {search.list === 'runs' ? (
          <StatusFilter search={search} onChange={onChange} />
        ) : (
          <LevelFilter
            chosen={search.severity ?? []}
            onChange={(severity) => onChange({ severity: severity as Level[] | undefined })}
          />
        )}
        <Typed
          className={styles.job}
          label={t('column.job_id', { ns: 'common' })}
          value={search.job ?? ''}
          onEnter={(job) => onChange({ job: job || undefined })}
        />
      </FilterSheet>
      <Typed
        className={styles.content}
        label={t('content')}
        placeholder={search.list === 'runs' ? t('runContentHint') : t('contentHint')}
        icon
        value={search.q ?? ''}
        onEnter={(q) => onChange({ q: q || undefined })}
      />
      {count > 0 && (
        <Button variant="subtle" className={styles.clear} onClick={() => onChange(unfiltered)}>
          {t('clear', { ns: 'common' })}
        </Button>
      )}
    </>
  )
}

interface ColumnFilterProps extends LineFiltersProps {
  column: FilterColumn
}

function ColumnFilter({ column, search, usual, onChange }: ColumnFilterProps) {
  const name = useColumnName()
  const { query } = useRange()
  const [opened, setOpened] = useState(false)
  const filter = { ...lineFilter(search, usual), [column]: undefined }
  const { data } = useApi('/api/v1/runs/logs/top/{column}', {
    path: { column },
    query: { ...query, ...filter, limit: 100 },
    enabled: opened,
  })
  const choices = (data?.values ?? []).map(({ value, records }): Choice => ({ value, count: records }))
  const chosen = search[column] ?? (column === 'application' && usual !== null ? [usual] : [])
  return (
    <ChoiceMenu
      label={name(column)}
      choices={choices.filter(({ value }) => value !== '')}
      chosen={chosen.filter((value) => value !== everyApplication)}
      onOpen={setOpened}
      onChange={(next) =>
        onChange({ [column]: next.length > 0 ? next : column === 'application' ? [everyApplication] : undefined })
      }
    />
  )
}

interface LevelFilterProps {
  chosen: readonly string[]
  onChange: (chosen: string[] | undefined) => void
}

function LevelFilter({ chosen, onChange }: LevelFilterProps) {
  const { t } = useTranslation()
  const choices = levels
    .filter((level) => level !== 'unset')
    .toReversed()
    .map((level): Choice => ({ value: level, label: t(`level.${level}`), shown: <LevelBadge level={level} /> }))
  return (
    <ChoiceMenu
      label={t('column.severity')}
      choices={choices}
      chosen={chosen}
      onChange={(next) => onChange(next.length > 0 ? next : undefined)}
    />
  )
}

function StatusFilter({ search, onChange }: Omit<LineFiltersProps, 'usual'>) {
  const { t } = useTranslation(['runlogs', 'runs'])
  const choices = (Object.keys(runSigns) as RunStatus[]).map(
    (status): Choice => ({
      value: status,
      label: t(`status.${status}`, { ns: 'runs' }),
      shown: <RunStatusBadge status={status} />,
    }),
  )
  return (
    <>
      <ChoiceMenu
        label={t('run')}
        choices={choices}
        chosen={search.status ?? []}
        onChange={(next) => onChange({ status: next.length > 0 ? (next as RunStatus[]) : undefined })}
      />
      <Button
        aria-pressed={search.open ?? false}
        variant={search.open ? 'light' : 'default'}
        className={styles.openOnly}
        onClick={() => onChange({ open: search.open ? undefined : true })}
      >
        {t('openOnly')}
      </Button>
      <Button
        aria-pressed={search.retried !== undefined}
        variant={search.retried === undefined ? 'default' : 'light'}
        className={styles.openOnly}
        onClick={() => onChange({ retried: search.retried === undefined ? true : undefined })}
      >
        {search.retried === false ? t('firstTryOnly') : t('retriedOnly')}
      </Button>
    </>
  )
}

interface TypedProps {
  className?: string
  label: string
  placeholder?: string
  icon?: boolean
  value: string
  onEnter: (value: string) => void
}

/** A field that asks when Enter is pressed or it is left, not at each letter. */
function Typed({ className, label, placeholder, icon = false, value, onEnter }: TypedProps) {
  const [typed, setTyped] = useState(value)
  useEffect(() => setTyped(value), [value])
  const enter = (event?: FormEvent) => {
    event?.preventDefault()
    if (typed.trim() !== value) onEnter(typed.trim())
  }
  return (
    <form className={className} onSubmit={enter}>
      <TextInput
        aria-label={label}
        placeholder={placeholder ?? label}
        leftSection={icon && <IconSearch size={14} aria-hidden />}
        value={typed}
        onChange={({ currentTarget }) => setTyped(currentTarget.value)}
        onBlur={() => enter()}
      />
    </form>
  )
}

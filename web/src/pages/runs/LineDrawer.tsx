/**
 * One line of a run's log with all it says: its words, the way to the whole run, to another try and to the map, its
 * columns with filters and copy, and the message of the step that wrote it: what went in, what came out.
 */
import { Button } from '@mantine/core'
import { IconFileText, IconRefresh, IconSitemap } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { TFunction } from 'i18next'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Run } from '~/api/runs'
import { type AnswerOf, useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { LevelBadge } from '~/parts/Badges'
import { FieldList, type FieldRow, type Filter } from '~/parts/Filters'
import { columnText, type LogRecord } from '~/parts/LogList'
import shared from '~/parts/record.module.css'
import { callsOf } from '~/runs/names'
import { RetryDialog } from '~/runs/RetryDialog'
import { StepMessage, stepOf } from '~/runs/StepMessage'
import { hasFailed, isOver, RunStatusBadge } from '~/runs/status'
import styles from './runs.module.css'
import { type FilterColumn, filterColumns, type Level, type RunsSearch } from './search'

export function LineHead({ line }: { line: LogRecord }) {
  const format = useFormat()
  return (
    <>
      <LevelBadge level={line.severity} />
      <span className="raw">{format.fullTime(line.time)}</span>
    </>
  )
}

/** The opened line; one that the list has is shown at once, any other is asked for, wherever its time is. */
export function useLine(id: string | undefined, rows: readonly LogRecord[] | undefined) {
  const listed = useMemo(() => (id === undefined ? undefined : rows?.find((row) => row.id === id)), [id, rows])
  const reading = useApi('/api/v1/records/{id}', {
    path: { id: id ?? '' },
    enabled: id !== undefined && listed === undefined,
    still: true,
  })
  return listed ? { ...reading, data: listed, error: null, first: false, busy: false, stale: false } : reading
}

interface LineDrawerProps {
  line: LogRecord
  search: RunsSearch
  onChange: (changed: Partial<RunsSearch>) => void
}

export function LineDrawer({ line, search, onChange }: LineDrawerProps) {
  const { t } = useTranslation('runlogs')
  const fields = useApi('/api/v1/fields', { still: true }).data
  const format = useFormat()
  const message = line.message ?? ''
  return (
    <div className={styles.detail}>
      <p className={shared.summary}>{message.split('\n')[0]?.slice(0, 300) || t('noWords')}</p>
      {line.job_id && <RunOfLine job={line.job_id} line={line} />}
      <h2 className={styles.heading}>{t('details')}</h2>
      <FieldList rows={rowsOf(line, fields, format)} onFilter={(filter) => onChange(filtered(search, filter))} />
      {message.includes('\n') && (
        <>
          <h2 className={styles.heading}>{t('wholeText')}</h2>
          <pre className={shared.text}>{message}</pre>
        </>
      )}
    </div>
  )
}

/** Why a run cannot be tried again; undefined when it can, also one that is to be retried by itself later. */
function whyNoRetry({ kind, status }: Run, t: TFunction<['runlogs', 'runs', 'run']>): string | undefined {
  if (kind === 'job') return t('foreign', { ns: 'run' })
  if (hasFailed(status) || status === 'cancelled' || status === 'retrying') return undefined
  return isOver(status) ? t('notFailed') : t('notOver')
}

function RunOfLine({ job, line }: { job: string; line: LogRecord }) {
  const { t } = useTranslation(['runlogs', 'runs', 'run'])
  const run = useApi('/api/v1/runs/{job_id}', { path: { job_id: job } }).data
  const steps = useApi('/api/v1/runs/{job_id}/steps', { path: { job_id: job } }).data?.steps ?? []
  const [retrying, setRetrying] = useState(false)
  const step = stepOf(steps, line)
  const why = run && whyNoRetry(run, t)
  return (
    <>
      <div className={shared.actions}>
        <Button
          renderRoot={(props) => <Link to="/runs/$job" params={{ job }} {...props} />}
          variant="filled"
          leftSection={<IconFileText size={14} aria-hidden />}
        >
          {t('wholeRun')}
        </Button>
        <Button
          leftSection={<IconRefresh size={14} aria-hidden />}
          disabled={!run || why !== undefined}
          title={why}
          onClick={() => setRetrying(true)}
        >
          {t('retryRun')}
        </Button>
        {run && (
          <Button
            renderRoot={(props) => <Link to="/map" search={callsOf(run.flow)} {...props} />}
            leftSection={<IconSitemap size={14} aria-hidden />}
          >
            {t('map')}
          </Button>
        )}
      </div>
      {run && (
        <p className={styles.run}>
          <RunStatusBadge status={run.status} pill />
          {run.attempt > 1 && <span className="secondary">{t('attempts', { n: run.attempt, ns: 'runs' })}</span>}
          {why && <span className="secondary">{why}</span>}
        </p>
      )}
      {step && (
        <>
          <h2 className={styles.heading}>
            {t('message')} <span className="secondary">{step.name}</span>
          </h2>
          <StepMessage job={job} step={step} />
        </>
      )}
      {retrying && run && (
        <RetryDialog
          run={run}
          steps={steps}
          first={{ from: run.step ? 'failed' : 'start', version: 'same' }}
          onClose={() => setRetrying(false)}
        />
      )}
    </>
  )
}

/** The list narrowed to a value, or without it: by its own filter where there is one, else by the query line. */
export function filtered(search: RunsSearch, { column, value, negated }: Filter): Partial<RunsSearch> {
  if (!negated) {
    if (column === 'job_id') return { job: value }
    if (column === 'severity') return { severity: [value as Level] }
    if ((filterColumns as readonly string[]).includes(column)) return { [column as FilterColumn]: [value] }
  }
  const term = `${negated ? '-' : ''}${column}:${/^[\p{L}\p{N}_./@+-]+$/u.test(value) ? value : JSON.stringify(value)}`
  return { q: search.q ? `${search.q} ${term}` : term }
}

const notListed = new Set(['id', 'message', 'time', 'severity', 'attributes', 'offset', 'kind', 'input'])
const notAsked = new Set(['attempt'])

function rowsOf(
  line: LogRecord,
  fields: AnswerOf<'/api/v1/fields'> | undefined,
  format: ReturnType<typeof useFormat>,
): FieldRow[] {
  const measured = new Map(fields?.fields.map((field) => [field.name, field]))
  const own = Object.keys(line).filter((column) => !notListed.has(column))
  return [
    ...own.map((column): FieldRow => {
      const value = columnText(line, column)
      const field = measured.get(column)
      const shown = field && !field.flag ? format.field(field)(Number(value)) : value
      return { column, value, shown, filterable: !notAsked.has(column) }
    }),
    ...Object.entries(line.attributes ?? {}).map(([name, value]): FieldRow => ({ column: `attr.${name}`, value })),
  ]
}

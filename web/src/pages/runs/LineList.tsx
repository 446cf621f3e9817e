/** The list of lines in all its states, with the columns of a run log and each run's status, which changes in place. */
import { Button } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { mostRows } from '~/api/recordPages'
import { useFormat } from '~/format/useFormat'
import { columnText, LogList, type LogRecord } from '~/parts/LogList'
import { Empty, EmptyRange } from '~/parts/Messages'
import { Panel } from '~/parts/Panel'
import { shortJob } from '~/runs/names'
import { RunStatusBadge } from '~/runs/status'
import { useRange } from '~/time/useRange'
import { filterCount, unfiltered } from './filters'
import styles from './runs.module.css'
import { everyApplication, filterColumns, type RunsSearch } from './search'
import type { Lines } from './useLines'

/** What the drawer or a chosen filter tells as well gives way first. */
const leave = ['category', 'application', 'component']
/** What two-line rows have room for. */
const phoneColumns = ['flow']

interface LineListProps {
  lines: Lines
  columns: readonly string[]
  selected: string | undefined
  search: RunsSearch
  onSelect: (line: LogRecord) => void
  onChange: (changed: Partial<RunsSearch>) => void
}

export function LineList({ lines, columns, selected, search, onSelect, onChange }: LineListProps) {
  const { t } = useTranslation(['runlogs', 'records', 'runs'])
  const format = useFormat()
  const { from, to } = useRange()
  const phone = useMediaQuery('(max-width: 719px)', false, { getInitialValueInEffect: false })
  const { reading, more, showFresh, setTop } = lines.pages
  const { text, cell } = useCells(lines)
  return (
    <Panel
      className={styles.list}
      reading={reading}
      isEmpty={({ rows }) => rows.length === 0}
      empty={<NoLine search={search} onChange={onChange} />}
    >
      {({ rows, next, fresh, gap }) => (
        <LogList
          records={rows}
          label={t('list')}
          columns={phone ? phoneColumns : columns}
          leave={leave}
          selected={selected}
          onSelect={onSelect}
          onEnd={more}
          onTop={setTop}
          fresh={fresh.length > 0 ? `${format.count(fresh.length)}${gap ? '+' : ''}` : null}
          onShowFresh={showFresh}
          dated={!phone && (to - from > 86_400_000 || format.date(from) !== format.date(to))}
          text={text}
          cell={cell}
          foot={
            next === null
              ? t('end', { ns: 'records', n: format.count(rows.length) })
              : rows.length >= mostRows
                ? t('tooMany', { ns: 'records', n: format.count(mostRows) })
                : t('loadingMore', { ns: 'records' })
          }
        />
      )}
    </Panel>
  )
}

interface Cells {
  text: (line: LogRecord, column: string) => string
  cell: (line: LogRecord, column: string) => ReactNode
}

function useCells({ stateOf }: Lines): Cells {
  const { t } = useTranslation('runs')
  const navigate = useNavigate()
  return {
    text: (line, column) => {
      if (column === 'job_id') return line.job_id ? shortJob(line.job_id) : ''
      if (column !== 'run_status') return columnText(line, column)
      const state = line.job_id ? stateOf(line.job_id) : undefined
      // Two letters more than the word: room for the sign before it.
      return state ? `${t(`status.${state.status}`)}  ` : ''
    },
    cell: (line, column) => {
      const job = line.job_id
      if (!job) return null
      if (column === 'run_status') {
        const state = stateOf(job)
        return state ? <RunStatusBadge status={state.status} /> : null
      }
      if (column !== 'job_id') return null
      // The list is one stop for the keyboard, and its drawer has the same link: here it is for the pointer alone.
      return (
        // biome-ignore lint/a11y/noStaticElementInteractions: see above
        // biome-ignore lint/a11y/useKeyWithClickEvents: see above
        <span
          className={`raw ${styles.jobId}`}
          title={job}
          onClick={(event) => {
            event.stopPropagation()
            void navigate({ to: '/runs/$job', params: { job } })
          }}
        >
          {shortJob(job)}
        </span>
      )
    },
  }
}

/** Nothing matches: names the filters, each to be dropped by a click. */
function NoLine({ search, onChange }: Pick<LineListProps, 'search' | 'onChange'>) {
  const { t } = useTranslation(['runlogs', 'common'])
  if (filterCount(search) === 0) return <EmptyRange title={t('nothing')} hint={t('nothingHint')} />
  const drop = [...filterColumns, 'severity', 'job', 'q'] as const
  const set = drop.filter(
    (name) => search[name] !== undefined && !(name === 'application' && search.application?.includes(everyApplication)),
  )
  return (
    <Empty
      title={t('noMatch')}
      hint={t('noMatchHint')}
      action={
        <>
          {set.map((name) => (
            <Button
              key={name}
              onClick={() => onChange({ [name]: name === 'application' ? [everyApplication] : undefined })}
            >
              {t('drop')} {dropName(name, t)} <code className={styles.value}>{String(search[name])}</code>
            </Button>
          ))}
          <Button onClick={() => onChange(unfiltered)}>{t('dropAll')}</Button>
        </>
      }
    />
  )
}

function dropName(
  name: (typeof filterColumns)[number] | 'severity' | 'job' | 'q',
  t: ReturnType<typeof useTranslation<['runlogs', 'common']>>['t'],
): string {
  if (name === 'job') return t('column.job_id', { ns: 'common' })
  if (name === 'q') return t('content')
  return t(`column.${name}`, { ns: 'common' })
}

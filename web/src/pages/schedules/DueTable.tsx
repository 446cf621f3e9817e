/** Every due time of the range with what became of it: its run's begin, end and status, or why there was none. */
import { Button } from '@mantine/core'
import { IconFileText, IconRefresh } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '~/access/session'
import type { DueOutcome, DueRow, Run } from '~/api/runs'
import { useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { EmptyRange } from '~/parts/Messages'
import { Panel } from '~/parts/Panel'
import { faultText, runLength, useTriggerText } from '~/runs/names'
import { RetryManyDialog } from '~/runs/RetryManyDialog'
import { DueBadge, hasFailed, RunStatusBadge } from '~/runs/status'
import { useClock } from '~/time/clock'
import { useRange } from '~/time/useRange'
import styles from './schedules.module.css'

/** Rows that are shown at first, and with each further click. */
const shownRows = 50
const moreRows = 200

interface DueTableProps {
  flow: string
  /** When it is due next. */
  next: string | null
}

export function DueTable({ flow, next }: DueTableProps) {
  const { t } = useTranslation('schedules')
  const format = useFormat()
  const { now } = useClock()
  const { query, from, to } = useRange()
  const [most, setMost] = useState(shownRows)
  const [retrying, setRetrying] = useState<Run | null>(null)
  const decided = { from: query.from, to: new Date(Math.min(now, to)).toISOString(), limit: most }
  const reading = useApi('/api/v1/schedules/{flow}/due', { path: { flow }, query: decided })
  return (
    <>
      <Panel
        className={styles.due}
        reading={reading}
        isEmpty={({ due, others }) => withNext(due, flow, next, from, to, now).length + others.length === 0}
        empty={<EmptyRange title={t('nothingDueHere')} hint={t('nothingDueHint')} />}
      >
        {({ due, others, truncated }) => {
          const rows = withUnplanned(withNext(due, flow, next, from, to, now), others)
          const dues = rows.map((row) => row.due)
          return (
            <>
              <table className={`data ${styles.rows}`}>
                <thead>
                  <tr>
                    <th>{t('dueAt')}</th>
                    <th>{t('outcome')}</th>
                    <th>{t('started')}</th>
                    <th>{t('ended')}</th>
                    <th className="number">{t('took')}</th>
                    <th>{t('status')}</th>
                    <th>{t('why')}</th>
                    <th>
                      <span className="unseen">{t('operations')}</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map((row) => (
                    <Row key={row.run?.job_id ?? row.due} row={row} beside={dues} onRetry={setRetrying} />
                  ))}
                </tbody>
              </table>
              {truncated && (
                <p className={styles.note}>
                  {t('newestShown', { n: format.count(most) })}{' '}
                  <Button size="xs" onClick={() => setMost(most + moreRows)}>
                    {t('moreRows')}
                  </Button>
                </p>
              )}
            </>
          )
        }}
      </Panel>
      {retrying && <RetryManyDialog runs={[retrying]} onClose={() => setRetrying(null)} />}
    </>
  )
}

/**
 * The decided due times, newest first, below the next one if the range reaches to now. The two were asked for apart: what was next
 * a moment ago may have been decided since, and is told once.
 */
export function withNext(
  due: readonly DueRow[],
  flow: string,
  next: string | null,
  from: number,
  to: number,
  now: number,
): DueRow[] {
  if (next === null || to < now - minute || Date.parse(next) < from) return [...due]
  if (due.some((row) => Date.parse(row.due) >= Date.parse(next))) return [...due]
  return [{ flow, due: next, outcome: 'due', reason: null, run: null, shift: null }, ...due]
}

const minute = 60_000

/** A due time with what became of it, or, without an outcome, a run that nobody had planned. */
export type ListedRow = Omit<DueRow, 'outcome'> & { outcome: DueOutcome | null }

/** The runs that nobody had planned among the due times, newest first, by when they were triggered; one that took a due time stands there. */
export function withUnplanned(rows: readonly DueRow[], runs: readonly Run[]): ListedRow[] {
  const known = new Set(rows.map(({ run }) => run?.job_id))
  const others = runs
    .filter(({ job_id }) => !known.has(job_id))
    .map((run): ListedRow => ({ flow: run.flow, due: run.queued, outcome: null, reason: null, run, shift: null }))
  return [...rows, ...others].sort((a, b) => Date.parse(b.due) - Date.parse(a.due))
}

const reasons = ['overlap', 'down', 'paused', 'dst', 'age', 'absent'] as const

/** A reason that we know in words, any other as the server says it. */
function reasonText(reason: string, t: ReturnType<typeof useTranslation<'schedules'>>['t']): string {
  const known = reasons.find((each) => each === reason)
  return known ? t(`reasonOf.${known}`) : reason
}

interface RowProps {
  row: ListedRow
  /** All due times of the table: once one of them needs its seconds, each shows them. */
  beside: readonly string[]
  onRetry: (run: Run) => void
}

function Row({ row, beside, onRetry }: RowProps) {
  const may = useMay()
  const { t } = useTranslation('schedules')
  const format = useFormat()
  const { now } = useClock()
  const trigger = useTriggerText()
  const { run } = row
  const why = [row.reason && reasonText(row.reason, t), row.shift, run && faultText(run)]
  return (
    <tr data-outcome={row.outcome}>
      <td data-cell="due" className="raw" title={format.fullTime(row.due)}>
        {format.date(row.due).slice(5)} {format.clock(row.due, beside)}
      </td>
      <td data-cell="outcome">
        {row.outcome ? (
          <DueBadge status={row.outcome} />
        ) : (
          <span className="secondary">{run && trigger(run.trigger)}</span>
        )}
      </td>
      <td data-cell="started" data-label={t('started')} className="raw">
        {run?.started ? format.seconds(run.started) : '–'}
      </td>
      <td data-cell="ended" data-label={t('ended')} className="raw">
        {run?.ended ? format.seconds(run.ended) : '–'}
      </td>
      <td data-cell="took" data-label={t('took')} className="number">
        {run ? format.duration(runLength(run, now)) : <span className="none">–</span>}
      </td>
      <td data-cell="status">
        {run ? <RunStatusBadge status={run.status} /> : <span className="secondary none">–</span>}
      </td>
      <td data-cell="why">
        <span className="cut">{why.filter(Boolean).join(' · ')}</span>
      </td>
      <td data-cell="operations">
        {run && (
          <span className={styles.operations}>
            <Button
              renderRoot={(props) => <Link to="/runs/$job" params={{ job: run.job_id }} {...props} />}
              size="xs"
              leftSection={<IconFileText size={13} aria-hidden />}
            >
              {t('log')}
            </Button>
            {hasFailed(run.status) && run.kind === 'flow' && (
              <Button
                size="xs"
                leftSection={<IconRefresh size={13} aria-hidden />}
                onClick={() => onRetry(run)}
                {...may('operator')}
              >
                {t('retry')}
              </Button>
            )}
          </span>
        )}
      </td>
    </tr>
  )
}

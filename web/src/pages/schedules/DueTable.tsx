/** Every due time of the range with what became of it: its run's begin, end and status, or why there was none. */
import { Button } from '@mantine/core'
import { IconFileText, IconRefresh } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { DueRow, Run } from '~/api/runs'
import { useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { EmptyRange } from '~/parts/Messages'
import { Panel } from '~/parts/Panel'
import { faultText, runLength } from '~/runs/names'
import { RetryManyDialog } from '~/runs/RetryManyDialog'
import { DueBadge, hasFailed, RunStatusBadge } from '~/runs/status'
import { useClock } from '~/time/clock'
import { useRange } from '~/time/useRange'
import styles from './schedules.module.css'

/** Rows that are shown at first; more come with a click. */
const shownRows = 50

export function DueTable({ flow }: { flow: string }) {
  const { t } = useTranslation('schedules')
  const format = useFormat()
  const { now } = useClock()
  const { query, to } = useRange()
  const [most, setMost] = useState(shownRows)
  const [retrying, setRetrying] = useState<Run | null>(null)
  // What is still due today belongs to today, though a range that ends at now would leave it out.
  const ahead = Math.abs(to - now) < 60_000 ? new Date(now + ahead24).toISOString() : query.to
  const reading = useApi('/api/v1/schedules/{flow}/due', { path: { flow }, query: { from: query.from, to: ahead } })
  return (
    <>
      <Panel
        className={styles.due}
        reading={reading}
        isEmpty={({ due }) => due.length === 0}
        empty={<EmptyRange title={t('nothingDueHere')} hint={t('nothingDueHint')} />}
      >
        {({ due }) => {
          const rows = newestFirst(due, now)
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
                      <span className={styles.unseen}>{t('operations')}</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {rows.slice(0, most).map((row) => (
                    <Row key={row.due} row={row} onRetry={setRetrying} />
                  ))}
                </tbody>
              </table>
              {rows.length > most && (
                <p className={styles.note}>
                  {t('shownOf', { n: format.count(most), total: format.count(rows.length) })}{' '}
                  <Button size="xs" onClick={() => setMost(most + 200)}>
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

const ahead24 = 86_400_000
/** Of what lies ahead, so many rows are enough. */
const mostAhead = 3

/** The newest first; of what lies ahead only the next few, above. */
export function newestFirst(due: readonly DueRow[], now: number): DueRow[] {
  const sorted = [...due].sort((a, b) => Date.parse(b.due) - Date.parse(a.due))
  const ahead = sorted.filter((row) => Date.parse(row.due) > now)
  return [...ahead.slice(-mostAhead), ...sorted.slice(ahead.length)]
}

const reasons = ['overlap', 'down', 'paused', 'dst', 'age'] as const

/** A reason that we know in words, any other as the server says it. */
function reasonText(reason: string, t: ReturnType<typeof useTranslation<'schedules'>>['t']): string {
  const known = reasons.find((each) => each === reason)
  return known ? t(`reasonOf.${known}`) : reason
}

function Row({ row, onRetry }: { row: DueRow; onRetry: (run: Run) => void }) {
  const { t } = useTranslation('schedules')
  const format = useFormat()
  const { now } = useClock()
  const { run } = row
  const why = [row.reason && reasonText(row.reason, t), row.shift, run && faultText(run)]
  return (
    <tr data-outcome={row.outcome}>
      <td data-cell="due" className="raw" title={format.fullTime(row.due)}>
        {format.dateMinutes(row.due).slice(5)}
      </td>
      <td data-cell="outcome">
        <DueBadge status={row.outcome} />
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
              <Button size="xs" leftSection={<IconRefresh size={13} aria-hidden />} onClick={() => onRetry(run)}>
                {t('retry')}
              </Button>
            )}
          </span>
        )}
      </td>
    </tr>
  )
}

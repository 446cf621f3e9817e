/**
 * One run: its verdict and facts, one main action, the steps on a clock with the data of the selected one, the log
 * beside them, and the runs before. Step and log select each other. On the phone the parts are tabs.
 */
import { SegmentedControl } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { RunDetail, Step } from '~/api/runs'
import { useStream } from '~/api/stream'
import { useApi, useInvalidate } from '~/api/useApi'
import { PageLayout } from '~/parts/PageLayout'
import { Panel } from '~/parts/Panel'
import { useClock } from '~/time/clock'
import { Earlier } from './Earlier'
import { Gantt } from './Gantt'
import { type Row, rowsOf, stepKey } from './gantt'
import { RunHead } from './RunHead'
import { RunLog } from './RunLog'
import styles from './run.module.css'
import { StepPanel } from './StepPanel'
import type { RunSearch } from './search'
import { WatchedJob } from './WatchedJob'

export function RunPage() {
  const { job } = useParams({ from: '/runs/$job' })
  const run = useApi('/api/v1/runs/{job_id}', { path: { job_id: job } })
  const steps = useApi('/api/v1/runs/{job_id}/steps', { path: { job_id: job } })
  useFollowed(job)
  return (
    <PageLayout>
      <Panel reading={run}>{(found) => <RunParts run={found} steps={steps.data?.steps ?? []} />}</Panel>
    </PageLayout>
  )
}

/** Reads the run anew whenever the stream tells of a change. */
function useFollowed(job: string) {
  const invalidate = useInvalidate()
  useStream('run', (run) => {
    if (run.job_id === job) void invalidate('/api/v1/runs/{job_id}', '/api/v1/runs/{job_id}/steps', '/api/v1/runs/logs')
  })
}

interface PartsProps {
  run: RunDetail
  steps: readonly Step[]
}

function RunParts({ run, steps }: PartsProps) {
  const search = useSearch({ from: '/runs/$job' })
  const navigate = useNavigate({ from: '/runs/$job' })
  const phone = useMediaQuery('(max-width: 719px)', false, { getInitialValueInEffect: false })
  const clock = useClock()
  // What has ended is not drawn anew with every tick of the clock.
  const now = run.ended ? Date.parse(run.ended) : clock.now
  const rows = useMemo(() => rowsOf(steps, now), [steps, now])
  const change = (changed: Partial<RunSearch>) =>
    void navigate({ search: (before) => ({ ...before, ...changed }), replace: true })
  const select = (row: Row, attempt?: number) =>
    change({ step: row.pointer, iteration: row.iteration || undefined, attempt })
  const selected = selectedRow(rows, search)
  const gantt = <Gantt run={run} rows={rows} now={now} selected={selected?.key ?? null} onSelect={select} />
  const data = selected && (
    <StepPanel
      key={selected.key}
      job={run.job_id}
      row={selected}
      attempt={search.attempt}
      onAttempt={(attempt) => select(selected, attempt)}
    />
  )
  const log = <RunLog run={run} steps={steps} selected={selected} onSelect={select} />
  if (run.kind === 'job') {
    return (
      <div className={styles.page}>
        <RunHead run={run} steps={steps} />
        <div className={phone ? undefined : styles.body}>
          <div className={styles.left}>
            <WatchedJob run={run} now={now} />
            <Earlier run={run} />
          </div>
          {log}
        </div>
      </div>
    )
  }
  if (phone) {
    const part = search.part ?? 'steps'
    return (
      <div className={styles.page}>
        <RunHead run={run} steps={steps} />
        <Tabs part={part} onPart={(next) => change({ part: next === 'steps' ? undefined : next })} />
        {part === 'steps' && gantt}
        {part === 'log' && log}
        {part === 'data' && (data ?? gantt)}
        <Earlier run={run} />
      </div>
    )
  }
  return (
    <div className={styles.page}>
      <RunHead run={run} steps={steps} />
      <div className={styles.body}>
        <div className={styles.left}>
          {gantt}
          {data}
          <Earlier run={run} />
        </div>
        {log}
      </div>
    </div>
  )
}

interface TabsProps {
  part: 'steps' | 'log' | 'data'
  onPart: (part: 'steps' | 'log' | 'data') => void
}

function Tabs({ part, onPart }: TabsProps) {
  const { t } = useTranslation('run')
  return (
    <SegmentedControl
      className={styles.tabs}
      fullWidth
      aria-label={t('parts')}
      value={part}
      data={(['steps', 'log', 'data'] as const).map((value) => ({ value, label: t(`part.${value}`) }))}
      onChange={(value) => onPart(value as TabsProps['part'])}
    />
  )
}

/** The selected step, else the one that failed, else none. */
export function selectedRow(rows: readonly Row[], search: RunSearch): Row | null {
  const asked = search.step && rows.find(({ key }) => key === stepKey(search.step ?? '', search.iteration ?? ''))
  if (asked) return asked
  // The innermost of those that failed: what is around it failed by it.
  return rows.filter(({ status, inside }) => status === 'failed' && inside === 0).at(-1) ?? null
}

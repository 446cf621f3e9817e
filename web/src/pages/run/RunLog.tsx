/**
 * The whole run's log, whatever range and filters other pages have: all lines, those of the selected step, or those that
 * warn. A line selects its step; the selected step's lines are marked.
 */
import { SegmentedControl } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { memo, useCallback, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { RunDetail, Step } from '~/api/runs'
import { useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { LevelBadge } from '~/parts/Badges'
import { type LogRecord, summaryOf } from '~/parts/LogList'
import { Empty } from '~/parts/Messages'
import { Panel } from '~/parts/Panel'
import { stepFinder } from '~/runs/StepMessage'
import { isOver } from '~/runs/status'
import { useClock } from '~/time/clock'
import { loopsOf, type Row, stepKey } from './gantt'
import styles from './run.module.css'

/** Lines that are shown here; the rest of a longer log is in the run logs. */
const mostLines = 1000
const minute = 60_000

interface RunLogProps {
  run: RunDetail
  steps: readonly Step[]
  selected: Row | null
  onSelect: (row: Row) => void
}

type Shown = 'all' | 'step' | 'warnings'

export function RunLog({ run, steps, selected, onSelect }: RunLogProps) {
  const { t } = useTranslation('run')
  const format = useFormat()
  const { now } = useClock()
  const [shown, setShown] = useState<Shown>('all')
  const query = wholeRun(run, now)
  const reading = useApi('/api/v1/runs/logs', {
    query: { ...query, job_id: run.job_id, attempts: 'shown', limit: mostLines },
    still: isOver(run.status) && run.ended !== null && now - Date.parse(run.ended) > minute,
  })
  const records = reading.data?.records
  const all = useMemo(() => {
    const stepOf = stepFinder(steps)
    const keyOf = (step: Step | undefined) => (step ? stepKey(step.pointer, loopsOf(step.iteration)) : null)
    return (records ?? []).toReversed().map((line) => ({ line, key: keyOf(stepOf(line)) }))
  }, [steps, records])
  // Lines are drawn again only for what they show, not because the page made its functions anew.
  const latest = useRef(onSelect)
  latest.current = onSelect
  const select = useCallback((key: string) => latest.current(rowFor(key)), [])
  return (
    <Panel
      className={styles.log}
      reading={reading}
      title={t('log')}
      note={
        reading.data && t('lines', { count: reading.data.records.length, n: format.count(reading.data.records.length) })
      }
      actions={
        <SegmentedControl
          size="xs"
          aria-label={t('show')}
          value={shown}
          data={(['all', 'step', 'warnings'] as const).map((value) => ({
            value,
            label: t(`shown.${value}`),
            disabled: value === 'step' && selected === null,
          }))}
          onChange={(value) => setShown(value as Shown)}
        />
      }
      isEmpty={({ records }) => records.length === 0}
      empty={<Empty title={t('noLog')} hint={isOver(run.status) ? undefined : t('noLogYet')} />}
    >
      {({ records, next }) => {
        const lines = all.filter(({ line, key }) => isShown(shown, line, key !== null && key === selected?.key))
        return (
          <>
            {next !== null && (
              <p className={styles.note}>
                {t('lastLines', { n: format.count(records.length) })}{' '}
                <Link to="/runs" search={{ job: run.job_id, application: ['*'], attempts: 'shown', ...query } as never}>
                  {t('allLines')}
                </Link>
              </p>
            )}
            {lines.length === 0 && <p className={styles.note}>{t('noSuchLines')}</p>}
            <ol className={styles.lines}>
              {lines.map(({ line, key }) => (
                <Line
                  key={line.id}
                  line={line}
                  step={key}
                  start={Date.parse(run.started ?? run.queued)}
                  selected={key !== null && key === selected?.key}
                  onSelect={select}
                />
              ))}
            </ol>
          </>
        )
      }}
    </Panel>
  )
}

/** What selecting by a line needs to know of a row. */
const rowFor = (key: string) => {
  const [pointer = '', iteration = ''] = key.split('#')
  return { key, pointer, iteration } as Row
}

const loud: readonly (string | undefined)[] = ['warn', 'error', 'fatal']

function isShown(shown: Shown, line: LogRecord, ofStep: boolean): boolean {
  if (shown === 'step') return ofStep
  return shown === 'all' || loud.includes(line.severity)
}

/** From a minute before it was queued to a minute after it ended, or to now. */
function wholeRun(run: RunDetail, now: number): { from: string; to: string } {
  const end = run.ended ? Date.parse(run.ended) + minute : now + minute
  return {
    from: new Date(Date.parse(run.queued) - minute).toISOString(),
    to: new Date(end).toISOString(),
  }
}

interface LineProps {
  line: LogRecord
  /** Key of its step's row. */
  step: string | null
  /** When the run began. */
  start: number
  selected: boolean
  onSelect: (step: string) => void
}

const Line = memo(function Line({ line, step, start, selected, onSelect }: LineProps) {
  const format = useFormat()
  // That a job was begun is told before its first attempt starts.
  const after = Math.max(0, Date.parse(line.time) - start)
  return (
    <li>
      <button
        type="button"
        className={styles.line}
        data-level={line.severity}
        aria-pressed={selected}
        title={format.fullTime(line.time)}
        onClick={() => step && onSelect(step)}
      >
        <span className="raw">{format.duration(after)}</span>
        {line.severity ? <LevelBadge level={line.severity} /> : <span />}
        <span className={styles.words}>{summaryOf(line)}</span>
      </button>
    </li>
  )
})

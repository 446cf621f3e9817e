/**
 * The failures that wait for a person, above everything else: each with its way on, one or several at once. Nothing is
 * shown when nothing waits; more than fit are counted and linked.
 */
import { Button, Checkbox } from '@mantine/core'
import { IconCircleX } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Run } from '~/api/runs'
import { useFormat } from '~/format/useFormat'
import { FlowName, faultText, JobLink } from '~/runs/names'
import { RetryManyDialog } from '~/runs/RetryManyDialog'
import { WaiveDialog } from '~/runs/WaiveDialog'
import { useClock } from '~/time/clock'
import { useRange } from '~/time/useRange'
import { reaching, runsOf } from './links'
import styles from './overview.module.css'
import type { OverviewSearch } from './search'

/** Rows that are shown at once; the rest is one click away. */
const shownRows = 5

interface InboxProps {
  runs: readonly Run[]
  total: number
  /** When the oldest of them was triggered. */
  since: string | null
  search: OverviewSearch
}

export function Inbox({ runs, total, since, search }: InboxProps) {
  const { t } = useTranslation(['overview', 'run'])
  const format = useFormat()
  const range = useRange()
  const { now } = useClock()
  const [all, setAll] = useState(false)
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set())
  const [acting, setActing] = useState<{ kind: 'retry' | 'waive'; runs: readonly Run[] } | null>(null)
  if (total === 0) return null
  const listed = all ? runs : runs.slice(0, shownRows)
  const chosen = runs.filter(({ job_id }) => ticked.has(job_id))
  const retried = chosen.filter(({ kind }) => kind === 'flow')
  const flip = (job: string) =>
    setTicked((before) => {
      const next = new Set(before)
      if (!next.delete(job)) next.add(job)
      return next
    })
  const close = () => {
    setActing(null)
    setTicked(new Set())
  }
  return (
    <section className={styles.inbox} aria-label={t('waiting')}>
      <header>
        <IconCircleX size={16} aria-hidden />
        <h2>{t('waitingCount', { count: total, n: format.count(total) })}</h2>
        <Checkbox
          size="xs"
          label={t('tickAll')}
          checked={chosen.length === runs.length}
          indeterminate={chosen.length > 0 && chosen.length < runs.length}
          onChange={() =>
            setTicked(chosen.length === runs.length ? new Set() : new Set(runs.map(({ job_id }) => job_id)))
          }
        />
        {chosen.length > 0 && (
          <span className={styles.inboxActs}>
            <Button
              size="xs"
              variant="filled"
              disabled={retried.length === 0}
              title={retried.length < chosen.length ? t('foreign', { ns: 'run' }) : undefined}
              onClick={() => setActing({ kind: 'retry', runs: retried })}
            >
              {t('retryTicked', { n: format.count(retried.length) })}
            </Button>
            <Button size="xs" onClick={() => setActing({ kind: 'waive', runs: chosen })}>
              {t('waiveTicked', { n: format.count(chosen.length) })}
            </Button>
          </span>
        )}
      </header>
      <ul>
        {listed.map((run) => (
          <Waiting
            key={run.job_id}
            run={run}
            ticked={ticked.has(run.job_id)}
            onTick={() => flip(run.job_id)}
            onRetry={() => setActing({ kind: 'retry', runs: [run] })}
            onWaive={() => setActing({ kind: 'waive', runs: [run] })}
          />
        ))}
      </ul>
      {(runs.length > shownRows || total > runs.length) && (
        <footer>
          {runs.length > shownRows && (
            <Button size="xs" variant="subtle" onClick={() => setAll(!all)}>
              {all ? t('fewer') : t('moreWaiting', { n: format.count(runs.length - shownRows) })}
            </Button>
          )}
          {total > runs.length && (
            <Link to="/runs" search={{ ...runsOf(search), open: true, ...reaching(since, range, now) }}>
              {t('allWaiting', { n: format.count(total) })}
            </Link>
          )}
        </footer>
      )}
      {acting?.kind === 'retry' && <RetryManyDialog runs={acting.runs} onClose={close} />}
      {acting?.kind === 'waive' && <WaiveDialog runs={acting.runs} onClose={close} />}
    </section>
  )
}

interface WaitingProps {
  run: Run
  ticked: boolean
  onTick: () => void
  onRetry: () => void
  onWaive: () => void
}

function Waiting({ run, ticked, onTick, onRetry, onWaive }: WaitingProps) {
  const { t } = useTranslation(['overview', 'run'])
  const format = useFormat()
  const { now } = useClock()
  const foreign = run.kind === 'job'
  const since = run.ended ?? run.started ?? run.queued
  return (
    <li>
      <Checkbox size="xs" aria-label={t('tick', { flow: run.flow })} checked={ticked} onChange={onTick} />
      <span className={styles.inboxFlow}>
        <FlowName flow={run.flow} application={run.application} />
      </span>
      <span className={`cut ${styles.inboxWhy}`} title={faultText(run)}>
        {run.step && <b>{t('at', { step: run.step.name })}</b>} {faultText(run)}
      </span>
      <time className="secondary" dateTime={since} title={format.fullTime(since)}>
        {t('since', { since: format.since(now - Date.parse(since)) })}
      </time>
      <JobLink job={run.job_id} />
      <span className={styles.inboxActs}>
        <Button
          size="xs"
          disabled={foreign}
          title={foreign ? t('foreign', { ns: 'run' }) : undefined}
          onClick={onRetry}
        >
          {t('retry')}
        </Button>
        <Button size="xs" variant="subtle" onClick={onWaive}>
          {t('waive')}
        </Button>
      </span>
    </li>
  )
}

/**
 * The failures that wait for a person, above everything else: those that are alike as one row, which opens to its runs; a row
 * or single runs are retried or waived together. Nothing is shown when nothing waits; more than fit are counted and linked.
 */
import { Button, Checkbox } from '@mantine/core'
import { IconCircleX } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '~/access/session'
import type { FailureGroup, Run } from '~/api/runs'
import { useFormat } from '~/format/useFormat'
import { ErrorPanel } from '~/parts/Messages'
import { failureKey, runsOfGroups } from '~/runs/alike'
import { RetryManyDialog } from '~/runs/RetryManyDialog'
import { WaiveDialog } from '~/runs/WaiveDialog'
import { useClock } from '~/time/clock'
import { useRange } from '~/time/useRange'
import { type Act, Group, type Meant } from './InboxGroup'
import { reaching, runsOf } from './links'
import styles from './overview.module.css'
import type { OverviewSearch } from './search'

/** Groups that are shown at once; the rest is one click away. */
const shownGroups = 5

interface InboxProps {
  groups: readonly FailureGroup[]
  /** How many groups there are, shown here or not. */
  groupsTotal: number
  /** Runs in all of them. */
  total: number
  /** When the oldest of them was triggered. */
  since: string | null
  search: OverviewSearch
}

export function Inbox({ groups, groupsTotal, total, since, search }: InboxProps) {
  const may = useMay()
  const { t } = useTranslation(['overview', 'run'])
  const format = useFormat()
  const range = useRange()
  const { now } = useClock()
  const [all, setAll] = useState(false)
  const chosen = useChosen(groups)
  const acting = useActing()
  if (total === 0) return null
  const allChosen = groups.every(chosen.hasGroup)
  const close = () => {
    acting.end()
    chosen.clear()
  }
  return (
    <section className={styles.inbox} aria-label={t('waiting')}>
      <header>
        <IconCircleX size={16} aria-hidden />
        <h2>{t('waitingCount', { count: total, n: format.count(total) })}</h2>
        <Checkbox
          size="xs"
          label={t('tickAll')}
          checked={allChosen}
          indeterminate={!allChosen && chosen.count > 0}
          onChange={() => chosen.setGroups(allChosen ? [] : groups)}
        />
        {chosen.count > 0 && (
          <span className={styles.inboxActs}>
            <Button
              size="xs"
              variant="filled"
              disabled={chosen.retryable === 0}
              title={chosen.retryable < chosen.count ? t('foreign', { ns: 'run' }) : undefined}
              loading={acting.loading}
              onClick={() => acting.begin('retry', chosen)}
              {...may('operator')}
            >
              {t('retryTicked', { n: format.count(chosen.retryable) })}
            </Button>
            <Button
              size="xs"
              loading={acting.loading}
              onClick={() => acting.begin('waive', chosen)}
              {...may('operator')}
            >
              {t('waiveTicked', { n: format.count(chosen.count) })}
            </Button>
          </span>
        )}
      </header>
      {acting.error && <ErrorPanel error={acting.error} />}
      <ul>
        {(all ? groups : groups.slice(0, shownGroups)).map((group) => (
          <Group
            key={failureKey(group.newest)}
            group={group}
            ticked={chosen.hasGroup(group)}
            onTick={() => chosen.flipGroup(group)}
            hasRun={chosen.hasRun}
            onTickRun={chosen.flipRun}
            onAct={acting.begin}
          />
        ))}
      </ul>
      {(groups.length > shownGroups || groupsTotal > groups.length) && (
        <footer>
          {groups.length > shownGroups && (
            <Button size="xs" variant="subtle" onClick={() => setAll(!all)}>
              {all ? t('fewer') : t('moreWaiting', { n: format.count(groups.length - shownGroups) })}
            </Button>
          )}
          {groupsTotal > groups.length && (
            <Link to="/runs" search={{ ...runsOf(search), open: true, ...reaching(since, range, now) }}>
              {t('allWaiting', { n: format.count(total) })}
            </Link>
          )}
        </footer>
      )}
      {acting.runs && acting.act === 'retry' && <RetryManyDialog runs={acting.runs} onClose={close} />}
      {acting.runs && acting.act === 'waive' && <WaiveDialog runs={acting.runs} onClose={close} />}
    </section>
  )
}

/** What is ticked: whole groups, and single runs of others. A group that is gone meanwhile does not count. */
function useChosen(groups: readonly FailureGroup[]) {
  const [keys, setKeys] = useState<ReadonlySet<string>>(new Set())
  const [single, setSingle] = useState<ReadonlyMap<string, Run>>(new Map())
  const whole = groups.filter((group) => keys.has(failureKey(group.newest)))
  const runs = [...single.values()]
  const count = (of: readonly FailureGroup[], alone: readonly Run[]) =>
    of.reduce((sum, group) => sum + group.count, alone.length)
  const flipGroup = (group: FailureGroup) => {
    const next = new Set(keys)
    if (!next.delete(failureKey(group.newest))) next.add(failureKey(group.newest))
    setKeys(next)
    // What was ticked alone goes with its group from now on.
    setSingle(new Map([...single].filter(([, run]) => failureKey(run) !== failureKey(group.newest))))
  }
  const flipRun = (run: Run) => {
    const next = new Map(single)
    if (!next.delete(run.job_id)) next.set(run.job_id, run)
    setSingle(next)
  }
  return {
    groups: whole,
    runs,
    count: count(whole, runs),
    retryable: count(
      whole.filter(({ newest }) => newest.kind === 'flow'),
      runs.filter(({ kind }) => kind === 'flow'),
    ),
    hasGroup: (group: FailureGroup) => keys.has(failureKey(group.newest)),
    hasRun: (run: Run) => single.has(run.job_id),
    setGroups: (wanted: readonly FailureGroup[]) => {
      setKeys(new Set(wanted.map(({ newest }) => failureKey(newest))))
      setSingle(new Map())
    },
    flipGroup,
    flipRun,
    clear: () => {
      setKeys(new Set())
      setSingle(new Map())
    },
  }
}

/** What is about to be done, once all runs that are meant are known. */
function useActing() {
  const [act, setAct] = useState<Act | null>(null)
  const [runs, setRuns] = useState<readonly Run[] | null>(null)
  const [error, setError] = useState<Error | null>(null)
  const end = () => {
    setAct(null)
    setRuns(null)
  }
  const begin = (wanted: Act, meant: Meant) => {
    setAct(wanted)
    setError(null)
    runsOfGroups(meant.groups)
      .then((found) => [...found, ...meant.runs].filter(({ kind }) => wanted === 'waive' || kind === 'flow'))
      .then(setRuns)
      .catch((cause: Error) => {
        end()
        setError(cause)
      })
  }
  return { act, runs, error, loading: act !== null && runs === null, begin, end }
}

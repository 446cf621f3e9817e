/** One row of the inbox: failures that are alike, with what can be done with all of them; opened, its runs one by one. */
import { Button, Checkbox } from '@mantine/core'
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '~/access/session'
import { type FailureGroup, mostRuns, type Run } from '~/api/runs'
import { useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { ErrorPanel } from '~/parts/Messages'
import { alikeQuery } from '~/runs/alike'
import { FlowName, faultText, JobLink, shortJob } from '~/runs/names'
import { useClock } from '~/time/clock'
import styles from './overview.module.css'

/** Runs that an opened row shows at first, and that each further click adds. */
const pageRuns = 20

export type Act = 'retry' | 'waive'
/** What something is done with. */
export interface Meant {
  groups: readonly FailureGroup[]
  runs: readonly Run[]
}

interface GroupProps {
  group: FailureGroup
  ticked: boolean
  onTick: () => void
  hasRun: (run: Run) => boolean
  onTickRun: (run: Run) => void
  onAct: (act: Act, meant: Meant) => void
}

export function Group({ group, ticked, onTick, hasRun, onTickRun, onAct }: GroupProps) {
  const { t } = useTranslation('overview')
  const format = useFormat()
  const [opened, setOpened] = useState(false)
  const { newest, count } = group
  const meant = { groups: [group], runs: [] }
  const many = count > 1
  return (
    <li>
      <div className={styles.inboxRow}>
        <Checkbox size="xs" aria-label={t('tick', { flow: newest.flow })} checked={ticked} onChange={onTick} />
        <span className={styles.inboxFlow}>
          <FlowName flow={newest.flow} application={newest.application} />
        </span>
        <span className={`cut ${styles.inboxWhy}`} title={faultText(newest)}>
          {newest.step && <b>{t('at', { step: newest.step.name })}</b>} {faultText(newest)}
        </span>
        <FailedWhen group={group} />
        {many ? (
          <Button
            size="xs"
            variant="subtle"
            aria-expanded={opened}
            leftSection={
              opened ? <IconChevronDown size={14} aria-hidden /> : <IconChevronRight size={14} aria-hidden />
            }
            onClick={() => setOpened(!opened)}
          >
            {t('alike', { n: format.count(count) })}
          </Button>
        ) : (
          <JobLink job={newest.job_id} />
        )}
        <Acts
          foreign={newest.kind === 'job'}
          retry={many ? t('retryAll', { n: format.count(count) }) : t('retry')}
          waive={many ? t('waiveAll', { n: format.count(count) }) : t('waive')}
          onAct={(act) => onAct(act, meant)}
        />
      </div>
      {many && opened && (
        <RunsOfGroup group={group} ticked={ticked} hasRun={hasRun} onTickRun={onTickRun} onAct={onAct} />
      )}
    </li>
  )
}

/** When it failed; of several, when the first and the last did. */
function FailedWhen({ group: { count, first, last } }: { group: FailureGroup }) {
  const { t } = useTranslation('overview')
  const format = useFormat()
  const { now } = useClock()
  const ago = (time: string) => format.since(now - Date.parse(time))
  const text = count > 1 && ago(first) !== ago(last) ? 'firstLast' : 'since'
  return (
    <time
      className="secondary"
      dateTime={last}
      title={count > 1 ? `${format.fullTime(first)} – ${format.fullTime(last)}` : format.fullTime(last)}
    >
      {t(text, { since: ago(last), first: ago(first), last: ago(last) })}
    </time>
  )
}

interface ActsProps {
  foreign: boolean
  retry: string
  waive: string
  onAct: (act: Act) => void
}

function Acts({ foreign, retry, waive, onAct }: ActsProps) {
  const may = useMay()
  const { t } = useTranslation('run')
  return (
    <span className={styles.inboxActs}>
      <Button
        size="xs"
        disabled={foreign}
        title={foreign ? t('foreign') : undefined}
        onClick={() => onAct('retry')}
        {...may('operator')}
      >
        {retry}
      </Button>
      <Button size="xs" variant="subtle" onClick={() => onAct('waive')} {...may('operator')}>
        {waive}
      </Button>
    </span>
  )
}

type RunsOfGroupProps = Omit<GroupProps, 'onTick'>

function RunsOfGroup({ group, ticked, hasRun, onTickRun, onAct }: RunsOfGroupProps) {
  const { t } = useTranslation('overview')
  const format = useFormat()
  const { now } = useClock()
  const [limit, setLimit] = useState(pageRuns)
  const { data, error, retry } = useApi('/api/v1/runs', { query: { ...alikeQuery(group), limit } })
  if (error) return <ErrorPanel error={error} onRetry={retry} />
  const runs = data?.runs ?? []
  return (
    <ul className={styles.inboxRuns} aria-label={t('alike', { n: format.count(group.count) })}>
      {runs.map((run) => {
        const at = run.ended ?? run.queued
        return (
          <li key={run.job_id} className={styles.inboxRow}>
            <Checkbox
              size="xs"
              aria-label={t('tickRun', { job: shortJob(run.job_id) })}
              checked={ticked || hasRun(run)}
              disabled={ticked}
              title={ticked ? t('withGroup') : undefined}
              onChange={() => onTickRun(run)}
            />
            <span className={styles.inboxFlow}>
              <JobLink job={run.job_id} />
            </span>
            <span className={`cut ${styles.inboxWhy}`} title={faultText(run)}>
              {faultText(run)}
            </span>
            <time className="secondary" dateTime={at} title={format.fullTime(at)}>
              {t('since', { since: format.since(now - Date.parse(at)) })}
            </time>
            <Acts
              foreign={run.kind === 'job'}
              retry={t('retry')}
              waive={t('waive')}
              onAct={(act) => onAct(act, { groups: [], runs: [run] })}
            />
          </li>
        )
      })}
      {data && data.total > runs.length && limit < mostRuns && (
        <li className={styles.inboxMore}>
          <Button size="xs" variant="subtle" onClick={() => setLimit(Math.min(mostRuns, limit + 5 * pageRuns))}>
            {t('moreRuns', { n: format.count(data.total - runs.length) })}
          </Button>
        </li>
      )}
    </ul>
  )
}

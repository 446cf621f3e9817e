/** The run's verdict and facts in two lines, and what one may do: one main action, the rest in its menu. */
import { Button, CopyButton, Menu } from '@mantine/core'
import { IconAlertTriangle, IconCheck, IconChevronDown, IconCopy, IconRefresh, IconSitemap } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '~/access/session'
import type { RunDetail, Step } from '~/api/runs'
import { useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { ErrorPanel } from '~/parts/Messages'
import { FiringLink } from '~/runs/FiringLink'
import { callsOf, runLength, shortJob, splitFlow, useTriggerText } from '~/runs/names'
import { canGoOn, type RetryChoice, RetryDialog } from '~/runs/RetryDialog'
import { RunDialog } from '~/runs/RunDialog'
import { hasFailed, isOver, RunStatusBadge } from '~/runs/status'
import { useRunActions } from '~/runs/useRunActions'
import { WaiveDialog } from '~/runs/WaiveDialog'
import { useClock } from '~/time/clock'
import styles from './run.module.css'

interface RunHeadProps {
  run: RunDetail
  steps: readonly Step[]
}

export function RunHead({ run, steps }: RunHeadProps) {
  const { t } = useTranslation(['run', 'runs'])
  const { name, namespace } = splitFlow(run.flow)
  return (
    <header className={styles.head}>
      <div className={styles.verdict}>
        <h2>
          <Link to="/flows/$flow" params={{ flow: run.flow }} title={run.flow}>
            {name}
          </Link>{' '}
          {namespace && <span className="secondary">{namespace}</span>}
        </h2>
        <RunStatusBadge status={run.status} pill label={useVerdict(run)} />
        {run.open && <span className={styles.pill}>{t('needsPerson', { ns: 'runs' })}</span>}
        {run.waived && (
          <span className={styles.pill} title={run.waived.reason}>
            {t('waived', { by: run.waived.by, ns: 'runs' })} {run.waived.reason}
          </span>
        )}
        <Actions run={run} steps={steps} />
      </div>
      <Facts run={run} />
      <Warnings run={run} />
    </header>
  )
}

/** "Failed at charge", "Succeeded at attempt 2", "Retrying in 4 s". */
function useVerdict(run: RunDetail): string {
  const { t } = useTranslation('runs')
  const format = useFormat()
  const { now } = useClock()
  const word = t(`status.${run.status}`)
  if (hasFailed(run.status) && run.step) return t('verdict.failedAt', { word, step: run.step.name })
  if (run.status === 'succeeded' && !run.first_try) return t('verdict.after', { word, n: run.attempt })
  if (run.status === 'retrying' && run.next_try)
    return t('verdict.retryIn', { time: format.since(Date.parse(run.next_try) - now) })
  if ((run.status === 'running' || run.status === 'waiting') && run.step)
    return t('verdict.at', { word, step: run.step.name })
  return word
}

function Facts({ run }: { run: RunDetail }) {
  const { t } = useTranslation(['run', 'runs', 'common'])
  const format = useFormat()
  const { now } = useClock()
  const trigger = useTriggerText()
  const at = run.started ?? run.queued
  return (
    <ul className={styles.facts}>
      <li>
        <span className="raw" title={run.job_id}>
          …{shortJob(run.job_id)}
        </span>
        <CopyButton value={run.job_id}>
          {({ copied, copy }) => (
            <button
              type="button"
              className={styles.copy}
              aria-label={`${copied ? t('copied', { ns: 'common' }) : t('copy', { ns: 'common' })}: ${t('column.job_id', { ns: 'common' })}`}
              onClick={copy}
            >
              {copied ? <IconCheck size={13} aria-hidden /> : <IconCopy size={13} aria-hidden />}
            </button>
          )}
        </CopyButton>
      </li>
      <li title={format.fullTime(at)}>
        {t('startedAt', {
          time: `${format.date(at) === format.date(now) ? '' : `${format.date(at)} `}${format.seconds(at)}`,
        })}
      </li>
      <li>
        {isOver(run.status) ? t('took') : t('soFar')} <b>{format.duration(runLength(run, now))}</b>{' '}
        {run.usual_ms !== null && run.usual_ms !== undefined && (
          <span className="secondary">{t('usual', { time: format.duration(run.usual_ms) })}</span>
        )}
      </li>
      <li>{trigger(run.trigger)}</li>
      <li>{[run.application, run.version, run.region].filter(Boolean).join(' · ')}</li>
      {run.kind === 'flow' && <li>{t('revision', { n: run.revision })}</li>}
      {run.attempt > 1 && <li>{t('attempts', { n: run.attempt, ns: 'runs' })}</li>}
    </ul>
  )
}

/** Why another try may fail again, and what is not certain about this one. */
function Warnings({ run }: { run: RunDetail }) {
  const { t } = useTranslation(['run', 'runs'])
  const failed = run.kind === 'flow' && hasFailed(run.status)
  const { data } = useApi('/api/v1/runs/{job_id}/retry', {
    path: { job_id: run.job_id },
    query: { from: canGoOn(run) ? 'failed' : 'start' },
    enabled: failed,
  })
  const firing = failed ? (data?.firing ?? []) : []
  return (
    <>
      {run.fault && (
        <p className={styles.fault}>
          <b>{run.fault.title ?? run.fault.type}</b> {run.fault.detail !== run.fault.title && run.fault.detail}
        </p>
      )}
      {run.doubtful && (
        <p className={styles.warning}>
          <IconAlertTriangle size={14} aria-hidden />
          <span>{t('doubtful', { pointer: run.doubtful.pointer })}</span>
        </p>
      )}
      {firing.length > 0 && (
        <p className={styles.warning}>
          <IconAlertTriangle size={14} aria-hidden />
          <span>
            {t('retry.firing', { ns: 'runs' })} <FiringLink alerts={firing} />
          </span>
        </p>
      )}
    </>
  )
}

type Dialog = { kind: 'retry'; choice: RetryChoice } | { kind: 'waive' } | { kind: 'run' } | null

function Actions({ run, steps }: RunHeadProps) {
  const { t } = useTranslation('run')
  const may = useMay()
  const [dialog, setDialog] = useState<Dialog>(null)
  const { cancel } = useRunActions()
  const close = () => setDialog(null)
  const failed = hasFailed(run.status) || run.status === 'cancelled'
  return (
    <div className={styles.actions}>
      <Button
        renderRoot={(props) => <Link to="/map" search={callsOf(run.flow)} {...props} />}
        leftSection={<IconSitemap size={14} aria-hidden />}
      >
        {t('map')}
      </Button>
      {run.open && (
        <Button onClick={() => setDialog({ kind: 'waive' })} {...may('operator')}>
          {t('waive')}
        </Button>
      )}
      {!isOver(run.status) && (
        <Button
          color="red"
          variant="filled"
          loading={cancel.isPending}
          onClick={() => cancel.mutate({ job_id: run.job_id })}
          {...may('operator')}
        >
          {t('cancel')}
        </Button>
      )}
      {(failed || (run.status === 'retrying' && run.kind === 'flow')) && (
        <RetryButton run={run} onChoose={(choice) => setDialog({ kind: 'retry', choice })} />
      )}
      {run.status === 'succeeded' && run.kind === 'flow' && (
        <Button
          leftSection={<IconRefresh size={14} aria-hidden />}
          onClick={() => setDialog({ kind: 'run' })}
          {...may('operator')}
        >
          {t('runAgain')}
        </Button>
      )}
      {cancel.error && <ErrorPanel error={cancel.error} />}
      {dialog?.kind === 'retry' && <RetryDialog run={run} steps={steps} first={dialog.choice} onClose={close} />}
      {dialog?.kind === 'waive' && <WaiveDialog runs={[run]} onClose={close} />}
      {dialog?.kind === 'run' && <RunDialog flow={run.flow} like={run} onClose={close} />}
    </div>
  )
}

interface RetryButtonProps {
  run: RunDetail
  onChoose: (choice: RetryChoice) => void
}

/**
 * "Retry from charge" does the likeliest; the menu beside it holds the other ways. Of a run that is to be retried by itself it does
 * just that, without waiting, so there is nothing to ask.
 */
function RetryButton({ run, onChoose }: RetryButtonProps) {
  const may = useMay()
  const { t } = useTranslation('run')
  const { retry } = useRunActions()
  const foreign = run.kind === 'job'
  const waits = run.status === 'retrying'
  const from = canGoOn(run) ? 'failed' : 'start'
  const name = run.fault && run.step ? t('retryFrom', { step: run.step.name }) : t('retryStart')
  return (
    <Button.Group>
      {retry.error && <ErrorPanel error={retry.error} />}
      <Button
        variant="filled"
        leftSection={<IconRefresh size={14} aria-hidden />}
        disabled={foreign}
        loading={retry.isPending}
        title={foreign ? t('foreign') : waits ? name : undefined}
        onClick={() =>
          waits ? retry.mutate({ job_id: run.job_id, from, version: 'same' }) : onChoose({ from, version: 'same' })
        }
        {...may('operator')}
      >
        {waits ? t('retryNow') : name}
      </Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button
            variant="filled"
            className={styles.more}
            disabled={foreign}
            aria-label={t('otherWays')}
            {...may('operator')}
          >
            <IconChevronDown size={14} aria-hidden />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => onChoose({ from: 'start', version: 'same' })}>{t('fromStart')}</Menu.Item>
          <Menu.Item onClick={() => onChoose({ from, version: 'same' })}>{t('fromStep')}</Menu.Item>
          <Menu.Item onClick={() => onChoose({ from: 'start', version: 'same', edit: true })}>
            {t('editInput')}
          </Menu.Item>
          <Menu.Item onClick={() => onChoose({ from, version: 'newest' })}>{t('newestVersion')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Button.Group>
  )
}

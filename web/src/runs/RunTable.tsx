/** Runs as rows: status, flow, when, how long, what started it, what went wrong; on the phone as two lines each. */
import { useNavigate } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { Run } from '~/api/runs'
import { useFormat } from '~/format/useFormat'
import { useClock } from '~/time/clock'
import { FlowName, faultText, JobLink, runLength, useTriggerText } from './names'
import { RunStatusBadge } from './status'
import styles from './table.module.css'
import { useRunStates } from './useRunStates'

export function RunTable({ runs }: { runs: readonly Run[] }) {
  const { t } = useTranslation(['runs', 'common'])
  const stateOf = useRunStates()
  return (
    <table className={`data ${styles.runs}`}>
      <thead>
        <tr>
          <th>{t('started')}</th>
          <th>{t('run')}</th>
          <th>{t('column.job_id', { ns: 'common' })}</th>
          <th>{t('column.flow', { ns: 'common' })}</th>
          <th>{t('triggered')}</th>
          <th className="number">{t('duration')}</th>
          <th className="number">{t('retries')}</th>
          <th>{t('what')}</th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <RunRow key={run.job_id} run={{ ...run, ...stateOf(run.job_id) }} />
        ))}
      </tbody>
    </table>
  )
}

function RunRow({ run }: { run: Run }) {
  const { t } = useTranslation('runs')
  const format = useFormat()
  const { now } = useClock()
  const navigate = useNavigate()
  const trigger = useTriggerText()
  const at = run.started ?? run.queued
  return (
    <tr
      className={styles.run}
      data-status={run.status}
      onClick={() => void navigate({ to: '/runs/$job', params: { job: run.job_id } })}
    >
      <td className="raw" data-cell="time" title={format.fullTime(at)}>
        {format.dateMinutes(at).slice(5)}
        <span className="secondary">{format.seconds(at).slice(5)}</span>
      </td>
      <td data-cell="status">
        <RunStatusBadge status={run.status} />
      </td>
      <td data-cell="job">
        <JobLink job={run.job_id} />
      </td>
      <td data-cell="flow">
        <FlowName flow={run.flow} application={run.application} />
      </td>
      <td data-cell="trigger">{trigger(run.trigger)}</td>
      <td className="number" data-cell="duration">
        {format.duration(runLength(run, now))}
      </td>
      <td className="number" data-cell="retries">
        {run.retries > 0 ? format.count(run.retries) : <span className="secondary">0</span>}
      </td>
      <td data-cell="fault">
        <span className="cut" title={faultText(run)}>
          {run.open && <b className={styles.waiting}>{t('needsPerson')} </b>}
          {run.waived && <b>{t('waived', { by: run.waived.by })} </b>}
          {faultText(run)}
        </span>
      </td>
    </tr>
  )
}

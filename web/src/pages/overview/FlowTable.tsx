/** One row per flow: its last seven days, runs, successes, retries, failures, durations, and when it comes next. */
import { IconAlertTriangle } from '@tabler/icons-react'
import { Link, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { Flow, FlowTally, RunsOverview, Tally } from '~/api/runs'
import { useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { FlowName, StartedBy } from '~/runs/names'
import { useClock } from '~/time/clock'
import { startOfDay } from '~/time/zones'
import { badStatuses, runsOf } from './links'
import styles from './overview.module.css'

export function FlowTable({ data }: { data: RunsOverview }) {
  const { t } = useTranslation(['overview', 'common'])
  const { data: known } = useApi('/api/v1/flows')
  const flows = new Map(known?.flows.map((flow) => [flow.flow, flow]))
  return (
    <table className={`data ${styles.flows}`} aria-label={t('perFlow')}>
      <thead>
        <tr>
          <th>{t('column.flow', { ns: 'common' })}</th>
          <th>{t('trigger')}</th>
          <th>{t('sevenDays')}</th>
          <th className="number">{t('runs')}</th>
          <th className="number">{t('succeeded')}</th>
          <th className="number">{t('retried')}</th>
          <th className="number">{t('failed')}</th>
          <th>{t('success')}</th>
          <th className="number">{t('average')}</th>
          <th className="number">p95</th>
          <th className="number">{t('next')}</th>
        </tr>
      </thead>
      <tbody>
        {data.flows.map((tally) => (
          <FlowRow key={tally.flow} tally={tally} flow={flows.get(tally.flow)} />
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">{t('allFlows')}</th>
          <td />
          <td />
          <Numbers tally={data.total} />
          <td />
        </tr>
      </tfoot>
    </table>
  )
}

function FlowRow({ tally, flow }: { tally: FlowTally; flow: Flow | undefined }) {
  const { t } = useTranslation('overview')
  return (
    <tr data-trouble={tally.open > 0 || undefined}>
      <th scope="row" data-cell="flow">
        <Link to="/flows/$flow" params={{ flow: tally.flow }} className={styles.flowLink}>
          <FlowName flow={tally.flow} application={tally.application} />
        </Link>
        {tally.open > 0 && (
          <Link to="/runs" search={{ ...runsOf({ flow: [tally.flow] }), open: true }} className={styles.open}>
            {t('open', { n: tally.open })}
          </Link>
        )}
      </th>
      <td data-cell="trigger" className="secondary">
        {flow && <StartedBy flow={flow} />}
      </td>
      <td data-cell="days">
        <Week tally={tally} />
      </td>
      <Numbers tally={tally} flow={tally.flow} />
      <td className="number secondary" data-cell="next">
        <Next flow={flow} active={tally.active} />
      </td>
    </tr>
  )
}

/** The same columns for a flow and for all: each number that stands for runs is their link. */
function Numbers({ tally, flow }: { tally: Tally; flow?: string }) {
  const { t } = useTranslation('overview')
  const format = useFormat()
  const { application, flow: chosen } = useSearch({ from: '/overview' })
  const flows = flow ? [flow] : chosen
  const search = { list: 'runs' as const, application: application ?? ['*'], flow: flows }
  const ended = tally.succeeded + tally.failed + tally.cancelled
  const share = ended === 0 ? null : tally.succeeded / ended
  const bad = tally.failed > 0
  return (
    <>
      <td className="number" data-cell="runs" data-label={t('runs')}>
        <Link to="/runs" search={search}>
          {format.count(tally.runs)}
        </Link>
      </td>
      <td className="number" data-cell="succeeded" data-label={t('succeeded')}>
        <Link to="/runs" search={{ ...search, status: ['succeeded'] }}>
          {format.count(tally.succeeded)}
        </Link>
      </td>
      <td className="number" data-cell="retried" data-zero={tally.retried === 0 || undefined} data-label={t('retried')}>
        {tally.retried === 0 ? (
          '0'
        ) : (
          <Link to="/runs" search={{ ...search, retried: true }}>
            {format.count(tally.retried)}
          </Link>
        )}
      </td>
      <td className="number" data-cell="failed" data-zero={!bad || undefined} data-label={t('failed')}>
        {bad ? (
          <Link to="/runs" search={{ ...search, status: badStatuses }} className={styles.bad}>
            {format.count(tally.failed)}
          </Link>
        ) : (
          '0'
        )}
      </td>
      <td data-cell="success" data-label={t('success')}>
        <span className={styles.share} data-bad={bad || undefined}>
          {flow && (
            <span className={styles.shareBar}>
              <span style={{ width: `${((share ?? 0) * 100).toFixed(1)}%` }} />
            </span>
          )}
          {format.share(share)}
        </span>
      </td>
      <td className="number" data-cell="average" data-label={t('average')}>
        {format.duration(tally.avg_ms)}
      </td>
      <td className="number secondary" data-cell="p95" data-label="p95">
        {format.duration(tally.p95_ms)}
      </td>
    </>
  )
}

/** The midnight after one, in a zone: a day on which clocks change is longer or shorter. */
const nextDay = (day: string, zone: string) => new Date(startOfDay(Date.parse(day), zone, 1)).toISOString()

/** Seven squares, the oldest first: grey where all went well, a mark where something failed, hollow where nothing ran. */
export function Week({ tally }: { tally: FlowTally }) {
  const { t } = useTranslation('overview')
  const format = useFormat()
  return (
    <span className={styles.week}>
      {tally.days.map(({ day, succeeded, failed, other }) => {
        const sum = succeeded + failed + other
        const label = t('dayOf', {
          count: sum,
          day: format.date(day),
          runs: format.count(sum),
          failed: format.count(failed),
        })
        return (
          <Link
            key={day}
            to="/runs"
            search={{ ...runsOf({ flow: [tally.flow] }), from: day, to: nextDay(day, format.zone) } as never}
            className={styles.day}
            data-state={failed > 0 ? 'failed' : sum > 0 ? 'ran' : 'none'}
            aria-label={label}
            title={label}
          >
            {failed > 0 && <IconAlertTriangle size={10} stroke={2.4} aria-hidden />}
          </Link>
        )
      })}
    </span>
  )
}

function Next({ flow, active }: { flow: Flow | undefined; active: number }) {
  const { t } = useTranslation('overview')
  const format = useFormat()
  const { now } = useClock()
  if (active > 0) return <span className={styles.busy}>{t('runningNow')}</span>
  if (!flow) return null
  if (!flow.enabled) return t('disabled')
  if (flow.paused) return t('paused')
  const next = flow.schedule?.next
  if (!next) return flow.triggers.includes('event') ? t('onEvent') : null
  const wait = Date.parse(next) - now
  return (
    <span title={format.fullTime(next)}>
      {wait < 3_600_000 ? t('in', { time: format.since(wait) }) : `${format.weekday(next)} ${format.minutes(next)}`}
    </span>
  )
}

/** Alerts in groups, one row each: state, what is broken, value against its limit with the way there, since, who. */
import { IconMessage, IconUserCheck } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { SeverityBadge, StateBadge } from '~/parts/Badges'
import { Sparkline } from '~/parts/Sparkline'
import { useClock } from '~/time/clock'
import styles from './alerts.module.css'
import { type Alert, flowOf, type Group, placeOf, shownState } from './grouping'
import { lasted, limitOf, useAlertLimit, useAlertValue } from './words'

/** Rows that show the way of the value; each asks the API once a refresh. */
const drawnRows = 30

interface AlertTableProps {
  groups: readonly Group[]
  /** Whether groups have a heading. */
  grouped: boolean
  selected: string | undefined
  onSelect: (id: string) => void
}

export function AlertTable({ groups, grouped, selected, onSelect }: AlertTableProps) {
  const { t } = useTranslation('alerts')
  let row = 0
  return (
    <div className={styles.list}>
      <table className={`data ${styles.table}`}>
        <thead>
          <tr>
            <th>{t('state')}</th>
            <th>{t('what')}</th>
            <th>{t('field')}</th>
            <th className="number">{t('value')}</th>
            <th>{t('limit')}</th>
            <th className={styles.trend}>{t('trend')}</th>
            <th>{t('severity')}</th>
            <th className="number">{t('since')}</th>
            <th className="number">{t('duration')}</th>
            <th className="number">{t('complete')}</th>
            <th>
              <span className="unseen">{t('attention')}</span>
            </th>
          </tr>
        </thead>
        {groups.map(({ key, alerts }) => (
          <tbody key={key}>
            {grouped && (
              <tr className={styles.group}>
                <th colSpan={11} scope="rowgroup">
                  {key || t('noGroup')} <span className="secondary">{alerts.length}</span>
                </th>
              </tr>
            )}
            {alerts.map((alert) => {
              row += 1
              return (
                <AlertRow
                  key={alert.id}
                  alert={alert}
                  drawn={row <= drawnRows}
                  selected={alert.id === selected}
                  onSelect={() => onSelect(alert.id)}
                />
              )
            })}
          </tbody>
        ))}
      </table>
    </div>
  )
}

interface AlertRowProps {
  alert: Alert
  drawn: boolean
  selected: boolean
  onSelect: () => void
}

function AlertRow({ alert, drawn, selected, onSelect }: AlertRowProps) {
  const { t: common } = useTranslation()
  const format = useFormat()
  const { now } = useClock()
  const limit = useAlertLimit()
  const value = useAlertValue()
  const over = alert.state === 'resolved'
  return (
    <tr data-selected={selected} data-state={shownState(alert)} className={styles.row} onClick={onSelect}>
      <td data-cell="state">
        <StateBadge state={shownState(alert)} />
      </td>
      <td data-cell="what">
        <button type="button" className={styles.open} aria-pressed={selected} onClick={onSelect}>
          <Place alert={alert} />
        </button>
      </td>
      <td data-cell="field">
        {alert.field} <span className="secondary">{alert.aggregate && common(`aggregate.${alert.aggregate}`)}</span>
      </td>
      <td className="number" data-cell="value" data-over={over}>
        {value(alert, alert.value)}
      </td>
      <td data-cell="limit" className="secondary">
        <span className={styles.narrow}>{alert.field} </span>
        {limit(alert)}
      </td>
      <td className={styles.trend}>{drawn && <Trend alert={alert} />}</td>
      <td data-cell="severity">
        <SeverityBadge severity={alert.severity} />
      </td>
      <td className="number" data-cell="since" title={format.fullTime(alert.since)}>
        {format.near(alert.since, now, [])}
      </td>
      <td className="number" data-cell="duration">
        <span className={styles.narrow}>{format.near(alert.since, now, [])} · </span>
        {format.since(lasted(alert, now))}
      </td>
      <td className="number" data-cell="complete" data-incomplete={alert.complete < 1}>
        {format.share(alert.complete)}
      </td>
      <td data-cell="attention">
        <Attention alert={alert} />
      </td>
    </tr>
  )
}

/** "gateway › order", the service in raw type below. */
export function Place({ alert }: { alert: Alert }) {
  const { t } = useTranslation('alerts')
  const { from, to, service, rest } = placeOf(alert)
  const way = [from, to].filter(Boolean).join(' › ')
  const others = rest.join(' · ')
  return (
    <span className={styles.place}>
      <span>
        {way || (service ? '' : others || t('everything'))}
        {others && (way || service) && <span className="secondary"> {others}</span>}
      </span>
      {service && <span className="raw">{service}</span>}
    </span>
  )
}

/** The way of the value, asked for once per alert and refresh. */
function Trend({ alert }: { alert: Alert }) {
  const { t } = useTranslation('alerts')
  const { data } = useApi('/api/v1/alerts/{id}/series', {
    path: { id: alert.id },
    still: alert.state === 'resolved',
    enabled: flowOf(alert) === undefined,
  })
  if (!data) return null
  return (
    <Sparkline
      values={data.points.map((point) => point.value)}
      threshold={limitOf(alert)}
      label={t('trendOf', { field: alert.field })}
      exceeded={alert.state === 'firing'}
    />
  )
}

function Attention({ alert }: { alert: Alert }) {
  const { t } = useTranslation('alerts')
  return (
    <span className={styles.attention}>
      {alert.acknowledged && (
        <span title={t('acknowledgedBy', { who: alert.acknowledged.by })}>
          <IconUserCheck size={14} aria-hidden />
          <span className="cut">{alert.acknowledged.by}</span>
        </span>
      )}
      {alert.comments.length > 0 && (
        <span>
          <IconMessage size={14} aria-label={t('comments')} /> {alert.comments.length}
        </span>
      )}
    </span>
  )
}

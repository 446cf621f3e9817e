/**
 * One alert in full: the value against its limit over time, one click to the edge on the map, the chart and the records,
 * what people did about it, and how often the same rollup fired before.
 */
import { Button, Menu } from '@mantine/core'
import {
  IconBellOff,
  IconCalendar,
  IconChartLine,
  IconDots,
  IconList,
  IconSitemap,
  IconUserCheck,
} from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '~/access/session'
import { useApi } from '~/api/useApi'
import { SilenceForm } from '~/attention/SilenceForm'
import { WhoModal } from '~/attention/WhoModal'
import { useWho } from '~/attention/who'
import { useFormat } from '~/format/useFormat'
import { SeverityBadge, StateBadge } from '~/parts/Badges'
import { FieldList } from '~/parts/Filters'
import { useClock } from '~/time/clock'
import { AlertChart } from './AlertChart'
import { Place } from './AlertTable'
import styles from './alerts.module.css'
import { Comments } from './Comments'
import { type Alert, flowOf, matchersOf, shownState } from './grouping'
import { useAttention } from './useAttention'
import { chartOf, edgeOf, rangeOf, recordsOf, runsOfFlow } from './ways'
import { lasted, useAlertValue, useAlertWords, useLabelRow } from './words'

export function AlertDrawerHead({ alert }: { alert: Alert }) {
  const { t } = useTranslation('alerts')
  const format = useFormat()
  const { now } = useClock()
  return (
    <>
      <StateBadge state={shownState(alert)} />
      <span className="secondary">
        {t('sinceFor', { time: format.minutes(alert.since), duration: format.since(lasted(alert, now)) })}
      </span>
    </>
  )
}

interface AlertDrawerProps {
  alert: Alert
  onSelect: (id: string) => void
}

export function AlertDrawer({ alert, onSelect }: AlertDrawerProps) {
  const { t } = useTranslation('alerts')
  const value = useAlertValue()
  const words = useAlertWords()
  return (
    <div className={styles.drawer}>
      <header className={styles.title}>
        <h2>
          <Place alert={alert} />
        </h2>
        <p>
          <strong className={styles.key} data-state={shownState(alert)}>
            {value(alert, alert.value)}
          </strong>{' '}
          <span className="secondary">{words(alert)}</span>
        </p>
        {alert.no_data && <p className="secondary">{t('noData')}</p>}
        {alert.provisional && <p className="secondary">{t('provisional')}</p>}
      </header>
      <Actions alert={alert} />
      {flowOf(alert) === undefined && (
        <section>
          <h3>{t('overTime')}</h3>
          <AlertChart alert={alert} />
        </section>
      )}
      <Facts alert={alert} />
      <Comments alert={alert} />
      <Past alert={alert} onSelect={onSelect} />
    </div>
  )
}

function Actions({ alert }: { alert: Alert }) {
  const may = useMay()
  const { t } = useTranslation('alerts')
  const { name } = useWho()
  const { acknowledge, withdraw } = useAttention(alert)
  const [asking, setAsking] = useState(false)
  const [silencing, setSilencing] = useState(false)
  return (
    <div className={styles.actions}>
      <Ways alert={alert} />
      {alert.state !== 'resolved' && (
        <Menu>
          <Menu.Target>
            <Button aria-label={t('more')} px={8}>
              <IconDots size={14} aria-hidden />
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {alert.acknowledged ? (
              <Menu.Item
                leftSection={<IconUserCheck size={14} />}
                onClick={() => withdraw.mutate()}
                {...may('operator')}
              >
                {t('withdraw')}
              </Menu.Item>
            ) : (
              <Menu.Item
                leftSection={<IconUserCheck size={14} />}
                onClick={() => (name ? acknowledge.mutate({ by: name }) : setAsking(true))}
                {...may('operator')}
              >
                {t('acknowledge')}
              </Menu.Item>
            )}
            <Menu.Item leftSection={<IconBellOff size={14} />} onClick={() => setSilencing(true)} {...may('operator')}>
              {t('silence')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
      {asking && (
        <WhoModal
          title={t('acknowledge')}
          onClose={() => setAsking(false)}
          onName={(by) => acknowledge.mutate({ by }, { onSuccess: () => setAsking(false) })}
        />
      )}
      {silencing && <SilenceForm matchers={matchersOf(alert)} onClose={() => setSilencing(false)} />}
    </div>
  )
}

/** Where the proof is: of a flow its runs and due times, of a rollup its chart, its edge and its records. */
function Ways({ alert }: { alert: Alert }) {
  const { t } = useTranslation('alerts')
  const range = rangeOf(alert)
  const flow = flowOf(alert)
  if (flow !== undefined) {
    return (
      <>
        <Button
          variant="filled"
          leftSection={<IconList size={14} aria-hidden />}
          renderRoot={(props) => <Link to="/runs" search={{ ...range, ...runsOfFlow(flow) }} {...props} />}
        >
          {t('runs')}
        </Button>
        {alert.field !== 'running_s' && (
          <Button
            leftSection={<IconCalendar size={14} aria-hidden />}
            renderRoot={(props) => <Link to="/schedules" search={{ flow: [flow], open: flow }} {...props} />}
          >
            {t('schedule')}
          </Button>
        )}
      </>
    )
  }
  return (
    <>
      <Button
        variant="filled"
        leftSection={<IconChartLine size={14} aria-hidden />}
        renderRoot={(props) => <Link to="/explore" search={{ ...range, ...chartOf(alert) }} {...props} />}
      >
        {t('chart')}
      </Button>
      <Button
        leftSection={<IconSitemap size={14} aria-hidden />}
        renderRoot={(props) => <Link to="/map" search={{ ...range, ...edgeOf(alert) }} {...props} />}
      >
        {t('map')}
      </Button>
      <Button
        leftSection={<IconList size={14} aria-hidden />}
        renderRoot={(props) => <Link to="/records" search={{ ...range, ...recordsOf(alert) }} {...props} />}
      >
        {t('records')}
      </Button>
    </>
  )
}

function Facts({ alert }: { alert: Alert }) {
  const { t } = useTranslation('alerts')
  const format = useFormat()
  const label = useLabelRow(alert.monitor)
  const rows = [
    { column: t('monitor'), value: alert.monitor },
    ...(Object.entries(alert.dimensions) as [string, string][]).map(([column, text]) => ({ column, value: text })),
    { column: t('severity'), value: alert.severity, shown: <SeverityBadge severity={alert.severity} /> },
    { column: t('since'), value: alert.since, shown: format.fullTime(alert.since) },
    ...(alert.fired ? [{ column: t('fired'), value: alert.fired, shown: format.fullTime(alert.fired) }] : []),
    ...(alert.resolved
      ? [{ column: t('resolved'), value: alert.resolved, shown: format.fullTime(alert.resolved) }]
      : []),
    { column: t('complete'), value: String(alert.complete), shown: format.share(alert.complete) },
    ...(Object.entries(alert.labels) as [string, string][]).map(label),
    ...(alert.acknowledged
      ? [
          {
            column: t('acknowledged'),
            value: alert.acknowledged.by,
            shown: t('byAt', { who: alert.acknowledged.by, time: format.dateMinutes(alert.acknowledged.at) }),
          },
        ]
      : []),
  ]
  return (
    <section>
      <h3>{t('facts')}</h3>
      <FieldList rows={rows} />
    </section>
  )
}

const week = 7 * 86_400_000

/** Other episodes of the same rollup and field in the week before now. */
function Past({ alert, onSelect }: AlertDrawerProps) {
  const { t } = useTranslation('alerts')
  const format = useFormat()
  const { now } = useClock()
  const value = useAlertValue()
  const from = new Date(now - week).toISOString()
  const { data } = useApi('/api/v1/alerts', {
    query: { state: ['any'], monitor: alert.monitor, from, to: new Date(now).toISOString(), limit: 1000 },
  })
  const dimensions = JSON.stringify(Object.entries(alert.dimensions).sort())
  const same = (data?.alerts ?? []).filter(
    (other) =>
      other.field === alert.field &&
      other.aggregate === alert.aggregate &&
      JSON.stringify(Object.entries(other.dimensions).sort()) === dimensions,
  )
  return (
    <section>
      <h3>
        {t('past')}{' '}
        <span className="secondary">{t('firedTimes', { count: same.length, n: format.count(same.length) })}</span>
      </h3>
      <ul className={styles.past}>
        {same.slice(0, 12).map((each) => (
          <li key={each.id}>
            <button
              type="button"
              className={styles.open}
              aria-pressed={each.id === alert.id}
              onClick={() => onSelect(each.id)}
            >
              <StateBadge state={shownState(each)} />
              <span>{format.near(each.since, now)}</span>
              <span className="number">{format.since(lasted(each, now))}</span>
              <span className="number">{value(each, each.value)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}

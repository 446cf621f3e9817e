/** What is known of one edge: state, value against threshold, how it moved, alerts, services, the records behind it. */
import { Button } from '@mantine/core'
import { IconArrowRight, IconBell, IconBellOff, IconChartLine, IconChevronRight, IconList } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '~/access/session'
import { SilenceForm } from '~/attention/SilenceForm'
import { useFormat } from '~/format/useFormat'
import { StateBadge } from '~/parts/Badges'
import { CompletenessPill } from '~/parts/Completeness'
import { useClock } from '~/time/clock'
import { nodeName, OverText } from '../MapList'
import styles from '../map.module.css'
import { type MapEdge, type MapGraph, proofOf } from '../model/graph'
import { fieldName, limitText, type Wording, writer } from '../model/labels'
import type { MapData } from '../useMapData'
import { lineOf } from '../words'
import { AlertStrip } from './AlertStrip'
import { Fields } from './Fields'
import { LatestRecords } from './LatestRecords'
import { Services } from './Services'
import { useSeries } from './useSeries'

interface EdgePanelProps {
  edge: MapEdge
  graph: MapGraph
  data: MapData
  wording: Wording
  onEnter: (node: string) => void
}

/** The first line of the drawer. */
export function EdgeHead({ edge, data, wording }: Pick<EdgePanelProps, 'edge' | 'data' | 'wording'>) {
  const { t } = useTranslation('map')
  const format = useFormat()
  const { now } = useClock()
  const [alert] = edge.alerts
  const since = alert ? Date.parse(alert.since) : null
  const complete = data.reading.data?.completeness
  return (
    <>
      <StateBadge state={edge.tone ?? (edge.idle ? 'unknown' : 'ok')} />
      {since !== null && (
        <span className="secondary">
          {t('since', { time: format.minutes(since), length: format.since((data.at ?? now) - since) })}
        </span>
      )}
      {edge.over && !edge.tone && <OverText over={edge.over} wording={wording} />}
      <span className={styles.push} />
      <CompletenessPill completeness={complete} />
    </>
  )
}

export function EdgePanel({ edge, graph, data, wording, onEnter }: EdgePanelProps) {
  const { t } = useTranslation('map')
  const { monitor, question } = data
  const series = useSeries(question, edge.dimensions)
  const [from, to] = [nodeName(graph, edge.source), nodeName(graph, edge.target)]
  const line = lineOf(edge.dimensions)
  const alert = edge.alerts[0] ?? edge.over?.alert
  return (
    <div className={styles.panel}>
      <header className={styles.panelHead}>
        <p className={styles.names}>
          <EndButton {...from} onClick={() => onEnter(edge.source)} />
          <IconChevronRight size={14} aria-label={t('toWord')} />
          <EndButton {...to} onClick={() => onEnter(edge.target)} />
        </p>
        {edge.service !== null && <p className="raw">{edge.service}</p>}
        <KeyValue edge={edge} wording={wording} />
        {edge.compared && <Comparison edge={edge} wording={wording} />}
        <div className={styles.actions}>
          <Button
            variant="filled"
            size="xs"
            leftSection={<IconChartLine size={14} />}
            renderRoot={(props) => <Link to="/explore" search={chartSearch(edge, monitor?.name, line)} {...props} />}
          >
            {t('chart')}
          </Button>
          <Button
            size="xs"
            leftSection={<IconList size={14} />}
            renderRoot={(props) => <Link to="/records" search={{ q: line }} {...props} />}
          >
            {t('recordsCount', { count: edge.records, n: wording.format.count(edge.records) })}
          </Button>
          {alert && (
            <Button
              size="xs"
              leftSection={<IconBell size={14} />}
              renderRoot={(props) => <Link to="/alerts" search={{ alert: alert.id } as never} {...props} />}
            >
              {t('alert')}
            </Button>
          )}
          {monitor && <Silence monitor={monitor.name} dimensions={edge.dimensions} />}
        </div>
      </header>
      <Fields edge={edge} wording={wording} series={series} />
      {monitor && <AlertStrip monitor={monitor.name} dimensions={edge.dimensions} until={data.at} />}
      <Services
        dimensions={edge.dimensions}
        wording={wording}
        where={(monitor?.where ?? {}) as Record<string, string[]>}
      />
      <LatestRecords dimensions={edge.dimensions} records={edge.records} proof={proofOf(edge.limits, edge.over)} />
    </div>
  )
}

/** Stops the noise of this edge, whichever of its fields makes it; also before there is any. */
function Silence({ monitor, dimensions }: { monitor: string; dimensions: MapEdge['dimensions'] }) {
  const { t } = useTranslation('map')
  const may = useMay()
  const [asking, setAsking] = useState(false)
  const matchers = Object.entries({ monitor, ...dimensions }).map(([name, value]) => ({
    name,
    value,
    op: 'is' as const,
  }))
  return (
    <>
      <Button size="xs" leftSection={<IconBellOff size={14} />} onClick={() => setAsking(true)} {...may('operator')}>
        {t('silence')}
      </Button>
      {asking && <SilenceForm matchers={matchers} onClose={() => setAsking(false)} />}
    </>
  )
}

function EndButton({ module, host, onClick }: { module: string; host: string | null; onClick: () => void }) {
  const { t } = useTranslation('map')
  return (
    <button type="button" className={styles.end} title={t('enter', { name: module })} onClick={onClick}>
      {module}
      {host && <span className={styles.hostName}>{host}</span>}
    </button>
  )
}

const chartSearch = (edge: MapEdge, monitor: string | undefined, q: string) => {
  const limit = edge.limits.find(({ tone }) => tone) ?? edge.limits[0]
  return {
    ...(monitor ? { monitor } : { monitor: '(base)' }),
    ...(limit ? { field: limit.field, ...(limit.aggregate ? { aggregate: limit.aggregate } : {}) } : {}),
    q,
  }
}

/** The number first, its limit beside it: the field that fired, else the first with a threshold, else the rate. */
function KeyValue({ edge, wording }: { edge: MapEdge; wording: Wording }) {
  const { t } = useTranslation(['map', 'common'])
  const limit =
    edge.limits.find(({ tone }) => tone === 'firing') ?? edge.limits.find(({ tone }) => tone) ?? edge.limits[0]
  if (!limit) {
    return (
      <p className={styles.key}>
        <b>{wording.format.rate(edge.rate)}</b> {t('callsWord')}
      </p>
    )
  }
  const bound = limitText(limit.condition, limit.field, limit.aggregate, wording)
  const name = fieldName(wording.fields, limit.field, limit.aggregate)
  return (
    <p className={styles.key} data-tone={limit.tone}>
      <b>{bound === null ? wording.fresh : writer(limit.field, limit.aggregate, wording)(limit.value)}</b>{' '}
      {limit.aggregate && limit.aggregate !== 'count' && name === limit.field
        ? `${t(`aggregate.${limit.aggregate as 'avg'}`, { ns: 'common' })} `
        : ''}
      {name}
      {bound !== null && `${t('comma')}${t('threshold', { ns: 'common', limit: bound })}`}
    </p>
  )
}

function Comparison({ edge, wording }: { edge: MapEdge; wording: Wording }) {
  const { t } = useTranslation('map')
  const before = edge.compared
  if (!before) return null
  const rows = wording.fields.flatMap((field) => {
    const aggregate = field.aggregates[0] ?? ''
    const [now, then] = [edge.fields[field.name]?.[aggregate], before.fields[field.name]?.[aggregate]]
    if (now === undefined && then === undefined) return []
    const write = writer(field.name, aggregate, wording)
    return [{ name: fieldName(wording.fields, field.name, aggregate), now: write(now), before: write(then) }]
  })
  rows.unshift({
    name: t('callsWord'),
    now: wording.format.count(edge.records),
    before: wording.format.count(before.records),
  })
  return (
    <div className={styles.comparison}>
      <span className={styles.change} data-change={before.state}>
        {t(`change.${before.state}`)}
      </span>
      <table aria-label={t('compare')}>
        <tbody>
          {rows.map(({ name, now, before }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td className="number">{before}</td>
              <td>
                <IconArrowRight size={12} aria-label={t('toWord')} />
              </td>
              <td className="number">
                <b>{now}</b>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** The graph as a table: every edge with its values against their thresholds, worst first or by any column. */
import { Button } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconHistory } from '@tabler/icons-react'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { StateBadge } from '~/parts/Badges'
import { ThresholdText } from '~/parts/Names'
import styles from './map.module.css'
import type { Limit, MapEdge, MapGraph } from './model/graph'
import { fieldName, limitText, type Wording, writer } from './model/labels'
import type { Over } from './model/over'
import { readingOrder, type View } from './model/view'

interface MapListProps {
  view: View
  graph: MapGraph
  wording: Wording
  comparing: boolean
  selected: string | null
  onSelect: (edge: MapEdge) => void
}

type Sort = { by: string; down: boolean } | null
const page = 200

export function nodeName(graph: MapGraph, id: string): { module: string; host: string | null } {
  const node = graph.nodes.get(id)
  if (!node) return { module: id, host: null }
  return { module: node.module ?? node.host ?? id, host: node.module === null ? null : node.host }
}

export function MapList({ view, graph, wording, comparing, selected, onSelect }: MapListProps) {
  const { t } = useTranslation('map')
  const [sort, setSort] = useState<Sort>(null)
  const [pages, setPages] = useState(1)
  const edges = useMemo(
    () =>
      sorted(
        readingOrder(view.links).flatMap((link) => link.edges),
        graph,
        sort,
      ),
    [view, graph, sort],
  )
  const limits = edges[0]?.limits ?? []
  const services = edges.some(({ service }) => service !== null)
  const shown = edges.slice(0, pages * page)
  const head = (by: string, name: string, right = false) => (
    <th
      key={by}
      className={right ? 'number' : undefined}
      aria-sort={sort?.by === by ? (sort.down ? 'descending' : 'ascending') : 'none'}
    >
      <button
        type="button"
        className={styles.sort}
        onClick={() => setSort(sort?.by === by ? (sort.down ? { by, down: false } : null) : { by, down: true })}
      >
        {name}
        {sort?.by === by &&
          (sort.down ? <IconArrowDown size={12} aria-hidden /> : <IconArrowUp size={12} aria-hidden />)}
      </button>
    </th>
  )
  return (
    <div className={styles.list}>
      <table className="data" aria-label={t('edges')}>
        <thead>
          <tr>
            {head('state', t('stateWord'))}
            {head('source', t('from'))}
            {head('target', t('to'))}
            {services && head('service', t('service'))}
            {head('calls', t('calls'), true)}
            {head('errors', t('errorsWord'), true)}
            {limits.map((limit, at) =>
              head(`limit ${at}`, fieldName(wording.fields, limit.field, limit.aggregate), true),
            )}
          </tr>
        </thead>
        <tbody>
          {shown.map((edge) => (
            <Row
              key={edge.id}
              {...{ edge, graph, wording, comparing, services }}
              selected={edge.id === selected}
              onSelect={() => onSelect(edge)}
            />
          ))}
        </tbody>
      </table>
      {edges.length > shown.length && (
        <div className={styles.moreRows}>
          <Button onClick={() => setPages(pages + 1)}>
            {t('moreRows', { n: wording.format.count(edges.length - shown.length) })}
          </Button>
        </div>
      )}
    </div>
  )
}

interface RowProps {
  edge: MapEdge
  graph: MapGraph
  wording: Wording
  comparing: boolean
  services: boolean
  selected: boolean
  onSelect: () => void
}

function Row({ edge, graph, wording, comparing, services, selected, onSelect }: RowProps) {
  const { t } = useTranslation(['map', 'common'])
  const { format } = wording
  const [from, to] = [nodeName(graph, edge.source), nodeName(graph, edge.target)]
  const change = comparing ? edge.compared?.state : undefined
  return (
    <tr data-selected={selected} className={styles.row} data-tone={edge.tone} onClick={onSelect}>
      <td className={styles.rowState}>
        {change && change !== 'same' ? (
          <span className={styles.change} data-change={change}>
            {t(`change.${change}`)}
          </span>
        ) : edge.idle ? (
          <span className="secondary">{t('idleWord')}</span>
        ) : (
          <StateBadge state={edge.tone ?? 'ok'} />
        )}
        {edge.over && !edge.tone && <OverText over={edge.over} wording={wording} />}
      </td>
      <td>
        <button
          type="button"
          className={styles.open}
          aria-label={t('open', { source: from.module, target: to.module })}
          onClick={onSelect}
        >
          {from.module}
        </button>
        {from.host && <span className={styles.hostName}>{from.host}</span>}
      </td>
      <td className={styles.rowTarget}>
        {to.module}
        {to.host && <span className={styles.hostName}>{to.host}</span>}
      </td>
      {services && <td className="raw cut">{edge.service}</td>}
      <td className={`number ${styles.rowCalls}`}>{format.rate(edge.rate)}</td>
      <td className="number" data-name={t('errorsWord')}>
        {format.share(edge.errors)}
      </td>
      {edge.limits.map((limit) => (
        <td
          key={`${limit.field} ${limit.aggregate} ${JSON.stringify(limit.condition)}`}
          className="number"
          data-name={fieldName(wording.fields, limit.field, limit.aggregate)}
        >
          <LimitValue limit={limit} wording={wording} />
        </td>
      ))}
    </tr>
  )
}

/** What had fired within the range and is over: a sign, how often, and when. */
export function OverText({ over, wording }: { over: Over; wording: Wording }) {
  return (
    <span className={styles.over}>
      <IconHistory size={13} aria-hidden />
      <span>
        <b>{wording.times(over)}</b> {wording.between(over)}
      </span>
    </span>
  )
}

function LimitValue({ limit, wording }: { limit: Limit; wording: Wording }) {
  const bound = limitText(limit.condition, limit.field, limit.aggregate, wording)
  return (
    <span className={styles.limit} data-tone={limit.tone}>
      <b>{bound === null ? wording.fresh : writer(limit.field, limit.aggregate, wording)(limit.value)}</b>
      {bound !== null && <ThresholdText limit={bound} exceeded={limit.tone === 'firing'} />}
    </span>
  )
}

function sorted(edges: MapEdge[], graph: MapGraph, sort: Sort): MapEdge[] {
  if (!sort) return edges
  const key = (edge: MapEdge): number | string => {
    if (sort.by === 'calls') return edge.records
    if (sort.by === 'errors') return edge.errors ?? -1
    if (sort.by === 'source' || sort.by === 'target') return nodeName(graph, edge[sort.by]).module
    if (sort.by === 'service') return edge.service ?? ''
    if (sort.by === 'state') return edge.tone ? { firing: 4, pending: 3, silenced: 2 }[edge.tone] : edge.over ? 1 : 0
    return edge.limits[Number(sort.by.slice(6))]?.value ?? Number.NEGATIVE_INFINITY
  }
  const order = (a: number | string, b: number | string) =>
    typeof a === 'string' ? a.localeCompare(String(b)) : a - Number(b)
  return [...edges].sort((a, b) => order(key(a), key(b)) * (sort.down ? -1 : 1))
}

/** The graph as a table that keyboard and screen reader can reach; the picture beside it shows the same. */
import { useTranslation } from 'react-i18next'
import type { Schemas } from '~/api/client'
import { useFormat } from '~/format/useFormat'
import { StateBadge } from '~/parts/Badges'
import { useColumnName } from '~/parts/Filters'
import styles from './map.module.css'

type Graph = Schemas['Graph']
type Edge = Graph['edges'][number]

/** An id that a URL can hold: an edge is its two nodes, service and free column. */
export const edgeId = (edge: Edge) => JSON.stringify([edge.source, edge.target, edge.service, edge.extra])

const trouble = (edge: Edge) => ({ firing: 2, pending: 1, resolved: 0 })[edge.alert ?? 'resolved']

/** Troubled first, then by calls. */
export function byTrouble(edges: readonly Edge[]): Edge[] {
  return [...edges].sort((a, b) => trouble(b) - trouble(a) || b.records - a.records)
}

export function EdgeTable({ graph }: { graph: Graph }) {
  const { t } = useTranslation('map')
  const format = useFormat()
  const columnName = useColumnName()
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]))
  const name = (id: string) => {
    const node = nodes.get(id)
    return [node?.module, node?.host].filter(Boolean).join(' / ') || t('everything')
  }
  return (
    <table className="data">
      <caption className={styles.caption}>{t('edges')}</caption>
      <thead>
        <tr>
          <th>{t('from')}</th>
          <th>{t('to')}</th>
          {graph.by.includes('service') && <th>{columnName('service')}</th>}
          <th className="number">{t('calls')}</th>
          <th>{t('values')}</th>
          <th>{t('state')}</th>
        </tr>
      </thead>
      <tbody>
        {byTrouble(graph.edges).map((edge) => (
          <tr key={edgeId(edge)} data-alert={edge.alert}>
            <td>{name(edge.source)}</td>
            <td>{name(edge.target)}</td>
            {graph.by.includes('service') && <td className="raw">{edge.service}</td>}
            <td className="number">{format.count(edge.records)}</td>
            <td>
              {edge.thresholds.map((threshold) => (
                <span key={threshold.label} className={styles.value} data-state={threshold.state}>
                  <b>{threshold.value === null ? '–' : format.count(Math.round(threshold.value * 100) / 100)}</b>{' '}
                  {threshold.label}
                </span>
              ))}
            </td>
            <td>
              <StateBadge state={edge.alert === 'firing' || edge.alert === 'pending' ? edge.alert : 'ok'} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

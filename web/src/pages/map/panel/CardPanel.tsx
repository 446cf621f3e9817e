/** What is known of a module or caller: who calls it, what it calls, its hosts, its records; and the way in. */
import { Button, Switch } from '@mantine/core'
import { IconFocus2, IconList } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { StateBadge } from '~/parts/Badges'
import { nodeName } from '../MapList'
import styles from '../map.module.css'
import type { MapEdge, MapGraph } from '../model/graph'
import type { Wording } from '../model/labels'
import { everything } from '../model/names'
import { type Card, cardId, readingOrder, type View } from '../model/view'
import { lineOf } from '../words'

interface CardPanelProps {
  card: Card
  graph: MapGraph
  view: View
  wording: Wording
  seconds: number
  opened: boolean
  entered: boolean
  onOpen: (opened: boolean) => void
  onEnter: () => void
  onSelect: (edge: MapEdge) => void
}

export function CardHead({ card }: { card: Card }) {
  const { t } = useTranslation('map')
  return (
    <>
      <StateBadge state={card.tone ?? 'ok'} />
      <span className="secondary">{t(`kind.${card.kind}`)}</span>
    </>
  )
}

export function CardPanel(props: CardPanelProps) {
  const { card, graph, view, wording, seconds, opened, entered, onOpen, onEnter, onSelect } = props
  const { t } = useTranslation('map')
  const edges = readingOrder(view.links).flatMap((link) => link.edges)
  const at = (id: string) => {
    const node = graph.nodes.get(id)
    return node ? cardId(node) : id
  }
  const callers = edges.filter((edge) => at(edge.target) === card.id)
  const callees = edges.filter((edge) => at(edge.source) === card.id)
  const isModule = card.id.startsWith('module/')
  const line = isModule
    ? lineOf({ target_module: card.name })
    : card.id === everything
      ? ''
      : lineOf({ source: card.name })
  return (
    <div className={styles.panel}>
      <header className={styles.panelHead}>
        <p className={styles.names}>{card.name}</p>
        <p className={styles.key} data-tone={card.tone === 'firing' ? 'firing' : null}>
          {card.errors !== null ? (
            <>
              <b>{wording.format.share(card.errors)}</b>{' '}
              {t('ofCalls', { rate: wording.format.rate(card.records / seconds) })}
            </>
          ) : (
            <>
              <b>{wording.format.rate(sum(card.records > 0 ? callers : callees) / seconds)}</b> {t('callsWord')}
            </>
          )}
        </p>
        <div className={styles.actions}>
          <Button
            variant="filled"
            size="xs"
            leftSection={<IconFocus2 size={14} />}
            onClick={onEnter}
            disabled={entered}
          >
            {t('neighbourhood')}
          </Button>
          <Button
            size="xs"
            leftSection={<IconList size={14} />}
            renderRoot={(link) => <Link to="/records" search={line ? { q: line } : {}} {...link} />}
          >
            {t('records')}
          </Button>
        </div>
        {card.hosts > 0 && isModule && (
          <Switch
            size="xs"
            mt={12}
            label={t('showHosts', { count: card.hosts, n: wording.format.count(card.hosts) })}
            checked={opened}
            onChange={(event) => onOpen(event.currentTarget.checked)}
          />
        )}
      </header>
      <Edges
        title={t('calledBy')}
        edges={callers}
        name={(edge) => nodeName(graph, edge.source)}
        own={(edge) => nodeName(graph, edge.target).host}
        {...{ wording, onSelect }}
      />
      <Edges
        title={t('callsTo')}
        edges={callees}
        name={(edge) => nodeName(graph, edge.target)}
        own={(edge) => nodeName(graph, edge.source).host}
        {...{ wording, onSelect }}
      />
    </div>
  )
}

const sum = (edges: readonly MapEdge[]) => edges.reduce((all, { records }) => all + records, 0)
const most = 40

interface EdgesProps {
  title: string
  edges: readonly MapEdge[]
  name: (edge: MapEdge) => { module: string; host: string | null }
  /** The card's own host, told where there is no service. */
  own?: (edge: MapEdge) => string | null
  wording: Wording
  onSelect: (edge: MapEdge) => void
}

/** Edges as rows that open them; also for services that were folded into one line. */
export function Edges({ title, edges, name, own, wording, onSelect }: EdgesProps) {
  const { t } = useTranslation('map')
  if (edges.length === 0) return null
  return (
    <section className={styles.part}>
      <h2>
        {title}
        <span className="secondary">{wording.format.count(edges.length)}</span>
      </h2>
      <ul className={styles.edges} data-plain={edges.every((edge) => !(edge.service ?? own?.(edge))) || undefined}>
        {edges.slice(0, most).map((edge) => {
          const { module, host } = name(edge)
          return (
            <li key={edge.id}>
              <button type="button" onClick={() => onSelect(edge)} data-tone={edge.tone}>
                <span className="cut">
                  {module}
                  {host && <span className={styles.hostName}>{host}</span>}
                </span>
                <span className="raw cut" data-raw>
                  {edge.service ?? own?.(edge)}
                </span>
                <span className="number">{wording.format.rate(edge.rate)}</span>
                {edge.tone ? (
                  <StateBadge state={edge.tone} />
                ) : (
                  <span className="secondary number">{wording.format.share(edge.errors)}</span>
                )}
              </button>
            </li>
          )
        })}
      </ul>
      {edges.length > most && (
        <p className="secondary">{t('moreEdges', { n: wording.format.count(edges.length - most) })}</p>
      )}
    </section>
  )
}

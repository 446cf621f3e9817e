/** What the drawer shows: an edge, several that were folded into one line, a card, or nothing. */
import { Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { DrawerContent } from '~/parts/PageLayout'
import type { Change } from './MapBar'
import { nodeName } from './MapList'
import styles from './map.module.css'
import type { MapEdge, MapGraph } from './model/graph'
import type { Wording } from './model/labels'
import type { Card, Link, View } from './model/view'
import { CardHead, CardPanel, Edges } from './panel/CardPanel'
import { EdgeHead, EdgePanel } from './panel/EdgePanel'
import type { MapSearch } from './search'
import type { MapData } from './useMapData'

interface DrawerWish {
  edge: MapEdge | null
  link: Link | null
  card: Card | null
  graph: MapGraph | null
  view: View | null
  data: MapData
  wording: Wording
  seconds: number
  search: MapSearch
  focus: string | null
  change: Change
  unfold: (way: string) => void
  opened: (module: string, hosts: number) => boolean
  enter: (card: string) => void
  enterNode: (node: string) => void
  selectEdge: (edge: MapEdge) => void
  close: () => void
}

export function useDrawer(wish: DrawerWish): DrawerContent | null {
  const { edge, link, card, graph, view, data, wording, close } = wish
  const { t } = useTranslation('map')
  if (!graph || !view) return null
  if (edge) {
    const [from, to] = [nodeName(graph, edge.source).module, nodeName(graph, edge.target).module]
    return {
      label: t('edgePanel', { source: from, target: to }),
      head: <EdgeHead edge={edge} data={data} wording={wording} />,
      children: <EdgePanel key={edge.id} {...{ edge, graph, data, wording }} onEnter={wish.enterNode} />,
      onClose: close,
    }
  }
  if (link && link.edges.length > 1)
    return folded(wish, graph, link, t('folded', { n: wording.format.count(link.edges.length) }), t('unfold'))
  if (!card) return null
  const turned = wish.search.turned ?? []
  return {
    label: card.name,
    head: <CardHead card={card} />,
    children: (
      <CardPanel
        key={card.id}
        {...{ card, graph, view, wording }}
        seconds={wish.seconds}
        opened={wish.opened(card.name, card.hosts)}
        entered={wish.focus === card.id}
        onOpen={() => {
          const next = turned.includes(card.name) ? turned.filter((name) => name !== card.name) : [...turned, card.name]
          wish.change({ turned: next.length > 0 ? next : undefined })
        }}
        onEnter={() => wish.enter(card.id)}
        onSelect={wish.selectEdge}
      />
    ),
    onClose: close,
  }
}

function folded(
  { wording, unfold, selectEdge, close, view }: DrawerWish,
  graph: MapGraph,
  link: Link,
  title: string,
  action: string,
): DrawerContent {
  const name = (id: string) => view?.cards.find((card) => card.id === id)?.name ?? id
  const names = `${name(link.source.card)} → ${name(link.target.card)}`
  return {
    label: names,
    head: <span className="secondary">{title}</span>,
    children: (
      <div className={styles.panel}>
        <header className={styles.panelHead}>
          <p className={styles.names}>{names}</p>
          <div className={styles.actions}>
            <Button size="xs" onClick={() => unfold(link.way)}>
              {action}
            </Button>
          </div>
        </header>
        <Edges
          title={title}
          edges={[...link.edges].sort((a, b) => b.records - a.records)}
          name={(edge) => nodeName(graph, edge.target)}
          {...{ wording }}
          onSelect={selectEdge}
        />
      </div>
    ),
    onClose: close,
  }
}

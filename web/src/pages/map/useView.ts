/** What of the graph is shown and selected, worked out from the URL. */
import { useCallback, useMemo, useState } from 'react'
import type { Expression } from './model/expression'
import type { MapEdge, MapGraph } from './model/graph'
import { buildView, type Card, cardId, type Link, readingOrder, type View } from './model/view'
import type { MapSearch } from './search'

interface ViewWish {
  search: MapSearch
  graph: MapGraph | null
  expression: Expression | null
  phone: boolean
  replaying: boolean
}

export interface Shown {
  view: View | null
  /** The card whose neighbourhood is shown alone. */
  focus: string | null
  edge: MapEdge | null
  link: Link | null
  card: Card | null
  /** The edge was not chosen: it is the only one that was looked for. */
  found: boolean
  opened: (module: string, hosts: number) => boolean
  unfold: (way: string) => void
}

/** Hosts are shown by themselves while they are few. */
const fewHosts = 6
const fewInAll = 40
/** More cards than fit on a phone. */
const fewCards = 7

export function useView({ search, graph, expression, phone, replaying }: ViewWish): Shown {
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set())
  const unfold = useCallback((way: string) => setUnfolded((before) => new Set([...before, way])), [])
  const only = useMemo(() => onlyMatch(graph, expression), [graph, expression])
  const found = !search.edge && !search.node && only !== null
  const selected = search.edge ?? (found ? (only?.id ?? null) : null)

  const { hosts, turned } = search
  const inAll = useMemo(
    () => [...(graph?.nodes.values() ?? [])].filter(({ module, host }) => module !== null && host !== null).length,
    [graph],
  )
  const opened = useCallback(
    (module: string, count: number) => {
      const fits = hosts === 'all' || (hosts !== 'none' && count <= fewHosts && inAll <= fewInAll && !phone)
      return count > 0 && fits !== (turned?.includes(module) ?? false)
    },
    [hosts, turned, inAll, phone],
  )
  // The list has room for all.
  const drawn = phone && search.view !== 'list'
  const focus = useMemo(
    () => (search.focus === '*' ? null : (search.focus ?? (drawn && graph ? worstCard(graph) : null))),
    [search.focus, drawn, graph],
  )
  const { hide, tier, idle } = search
  const view = useMemo(
    () =>
      graph &&
      buildView(graph, {
        idle: idle === true || replaying,
        keep: hide && expression ? expression.test : null,
        tier: tier ?? null,
        focus,
        opened,
        unfolded,
        selected,
      }),
    [graph, idle, replaying, hide, expression, tier, focus, opened, unfolded, selected],
  )
  return useMemo(() => {
    const edge = (selected !== null && graph?.edges.find(({ id }) => id === selected)) || null
    const link =
      view?.links.find((each) => each.id === selected || each.edges.some(({ id }) => id === selected)) ?? null
    const card = (search.node && view?.cards.find(({ id }) => id === search.node)) || null
    return { view, focus, edge, link, card, found, opened, unfold }
  }, [view, graph, selected, search.node, focus, found, opened, unfold])
}

/** The one edge that matches: a link from an alert or a record leads straight to its panel. */
function onlyMatch(graph: MapGraph | null, expression: Expression | null): MapEdge | null {
  if (!graph || !expression || expression.mistakes.length > 0) return null
  const matches = graph.edges.filter((edge) => !edge.idle && expression.test(edge))
  return matches.length === 1 ? (matches[0] ?? null) : null
}

/**
 * Where a phone's picture begins: the end of the worst edge that touches most of what is in trouble, which shows more of
 * it than the other would; in a calm graph its caller. Nowhere in a small graph.
 */
function worstCard(graph: MapGraph): string | null {
  const cards = new Set([...graph.nodes.values()].map(cardId))
  if (cards.size <= fewCards) return null
  const links = graph.edges.map(
    (edge): Link => ({
      id: edge.id,
      way: '',
      source: { card: '', row: null },
      target: { card: '', row: null },
      edges: [edge],
      tone: edge.tone,
      over: edge.over,
      records: edge.records,
      idle: edge.idle,
    }),
  )
  const [worst] = readingOrder(links)
  const edge = worst?.edges[0]
  if (!edge) return null
  const cardOf = (id: string) => {
    const node = graph.nodes.get(id)
    return node ? cardId(node) : null
  }
  const troubled = (card: string | null) =>
    graph.edges.filter(({ tone, source, target }) => tone && [source, target].some((end) => cardOf(end) === card))
      .length
  const [caller, callee] = [cardOf(edge.source), cardOf(edge.target)]
  return troubled(callee) > troubled(caller) ? callee : caller
}

/**
 * What of the graph is shown: cards for modules (with their hosts when opened) and callers, links for edges, one per
 * service. Whatever is left out - idle, not matching, in another tier, beyond the cap - is counted, never forgotten.
 */
import { worstTone } from './alerts'
import { isCaller, type MapEdge, type MapGraph, type MapNode, type Tier, type Tone } from './graph'
import { everything } from './names'
import { type Over, together } from './over'

export interface ViewOptions {
  idle: boolean
  /** Edges that remain; null for all. */
  keep: ((edge: MapEdge) => boolean) | null
  tier: Exclude<Tier, 'caller'> | null
  /** A card, to show its neighbourhood alone. */
  focus: string | null
  /** Whether a module's hosts are shown, given how many it has. */
  opened: (module: string, hosts: number) => boolean
  /** Ways whose quiet services are shown one by one. */
  unfolded: ReadonlySet<string>
  /** The edge that must not be folded into others. */
  selected: string | null
}

export interface HostRow {
  id: string
  name: string
  tone: Tone | null
}

export interface Card {
  id: string
  kind: 'caller' | 'module' | 'everything'
  name: string
  /** Hosts shown as rows; none when closed. */
  rows: HostRow[]
  /** All hosts of the module that are known. */
  hosts: number
  /** Nodes that it stands for. */
  nodes: string[]
  tier: Tier
  /** Calls to it, and the share of them with an error. */
  records: number
  errors: number | null
  tone: Tone | null
}

export interface End {
  card: string
  /** The host's row, where it is shown. */
  row: string | null
}

export interface Link {
  id: string
  way: string
  source: End
  target: End
  /** One, or several folded into one. */
  edges: MapEdge[]
  tone: Tone | null
  over: Over | null
  records: number
  idle: boolean
}

export interface View {
  cards: Card[]
  links: Link[]
  edges: number
  hidden: { idle: number; filtered: number; capped: number }
  /** Quiet parallels that were folded into others. */
  folded: number
  /** Few enough links that all labels can be shown. */
  labelled: boolean
}

/** Above so many links labels appear on hover or zoom, and quiet parallels are folded. */
export const mostLabelled = 500
export const mostLinks = 5000
export const mostCards = 1000
/** Beside each other between two cards, before quiet ones are folded. */
const mostParallel = 6

export function cardId(node: MapNode): string {
  if (node.module !== null) return `module/${node.module}`
  return node.host !== null ? `host/${node.host}` : everything
}

export function buildView(graph: MapGraph, options: ViewOptions): View {
  const hidden = { idle: 0, filtered: 0, capped: 0 }
  let edges: MapEdge[] = []
  for (const edge of graph.edges) {
    const held = edge.id === options.selected
    if (!inTier(edge, graph, options.tier) || !(held || !options.keep || options.keep(edge))) hidden.filtered += 1
    else if (edge.idle && !options.idle && !held && isCalm(edge)) hidden.idle += 1
    else edges.push(edge)
  }
  if (options.focus) edges = neighbourhood(edges, graph, options.focus)
  const capped = cap(edges, graph, options.selected)
  hidden.capped = edges.length - capped.length
  const cards = cardsOf(capped, graph, options)
  const { links: all, folded } = linksOf(capped, cards, options)
  const links = all.length > mostLinks ? readingOrder(all).slice(0, mostLinks) : all
  for (const link of all.length > mostLinks ? readingOrder(all).slice(mostLinks) : [])
    hidden.capped += link.edges.length
  return {
    cards: [...cards.values()],
    links,
    edges: edges.length - hidden.capped,
    hidden,
    folded,
    labelled: links.length <= mostLabelled,
  }
}

function inTier({ source, target }: MapEdge, { nodes }: MapGraph, tier: ViewOptions['tier']): boolean {
  if (tier === null) return true
  const [from, to] = [nodes.get(source)?.tier, nodes.get(target)?.tier]
  return tier === 'front' ? from === 'front' || to === 'front' : from === 'back' || to === 'back'
}

/** A card's callers and callees, and what these call among themselves. */
function neighbourhood(edges: readonly MapEdge[], { nodes }: MapGraph, focus: string): MapEdge[] {
  const card = (id: string) => {
    const node = nodes.get(id)
    return node ? cardId(node) : id
  }
  const near = new Set([focus])
  for (const { source, target } of edges) {
    if (card(source) === focus) near.add(card(target))
    if (card(target) === focus) near.add(card(source))
  }
  return edges.filter(({ source, target }) => near.has(card(source)) && near.has(card(target)))
}

/** The troubled and the busiest, as many as can be drawn. */
function cap(edges: readonly MapEdge[], { nodes }: MapGraph, selected: string | null): MapEdge[] {
  const weight = (edge: MapEdge) => (edge.id === selected ? 3 : edge.tone === 'firing' ? 2 : isCalm(edge) ? 0 : 1)
  const order = [...edges].sort((a, b) => weight(b) - weight(a) || b.records - a.records)
  const cards = new Set<string>()
  const kept = new Set<MapEdge>()
  for (const edge of order) {
    const ends = [edge.source, edge.target].flatMap((id) => nodes.get(id) ?? []).map(cardId)
    const more = ends.filter((end) => !cards.has(end)).length
    if (kept.size >= mostLinks * 4 || cards.size + more > mostCards) continue
    for (const end of ends) cards.add(end)
    kept.add(edge)
  }
  return edges.filter((edge) => kept.has(edge))
}

function cardsOf(edges: readonly MapEdge[], graph: MapGraph, { opened }: ViewOptions): Map<string, Card> {
  const cards = new Map<string, Card>()
  const errors = new Map<string, number>()
  const measured = new Map<string, number>()
  const rows = new Map<string, HostRow>()
  const meet = (id: string): Card | undefined => {
    const node = graph.nodes.get(id)
    if (!node) return undefined
    const at = cardId(node)
    let card = cards.get(at)
    if (!card) {
      const kind = at === everything ? 'everything' : isCaller(node) ? 'caller' : 'module'
      card = {
        id: at,
        kind,
        name: node.module ?? node.host ?? everything,
        rows: [],
        hosts: 0,
        nodes: [],
        tier: node.tier,
        records: 0,
        errors: null,
        tone: null,
      }
      cards.set(at, card)
    }
    if (!card.nodes.includes(id)) {
      card.nodes.push(id)
      if (card.kind === 'caller' && !isCaller(node)) card.kind = 'module'
      if (node.module !== null && node.host !== null) {
        card.hosts += 1
        const row = { id, name: node.host, tone: null }
        card.rows.push(row)
        rows.set(id, row)
      }
    }
    return card
  }
  for (const edge of edges) {
    meet(edge.source)
    const card = meet(edge.target)
    if (!card) continue
    card.records += edge.records
    card.tone = worstTone([card.tone, edge.tone])
    const row = rows.get(edge.target)
    if (row) row.tone = worstTone([row.tone, edge.tone])
    if (edge.errors !== null) {
      errors.set(card.id, (errors.get(card.id) ?? 0) + edge.errors * edge.records)
      measured.set(card.id, (measured.get(card.id) ?? 0) + edge.records)
    }
  }
  for (const card of cards.values()) {
    const of = measured.get(card.id) ?? 0
    card.errors = of === 0 ? null : (errors.get(card.id) ?? 0) / of
    card.rows.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
    if (!opened(card.name, card.hosts) || card.kind === 'everything') card.rows = []
  }
  return cards
}

function linksOf(edges: readonly MapEdge[], cards: ReadonlyMap<string, Card>, options: ViewOptions) {
  const ends = new Map<string, End & { exact: boolean }>()
  for (const card of cards.values()) {
    const rows = new Set(card.rows.map(({ id }) => id))
    for (const id of card.nodes) {
      ends.set(id, { card: card.id, row: rows.has(id) ? id : null, exact: rows.has(id) || card.nodes.length === 1 })
    }
  }
  const nowhere = { card: '', row: null, exact: false }
  const links = new Map<string, Link>()
  for (const edge of edges) {
    const [source, target] = [ends.get(edge.source) ?? nowhere, ends.get(edge.target) ?? nowhere]
    const way = `${source.row ?? source.card}~${target.row ?? target.card}`
    const id = source.exact && target.exact ? edge.id : `${way}~${edge.service ?? ''}~${edge.extra ?? ''}`
    addTo(links, id, way, source, target, edge)
  }
  const fold = links.size > mostLabelled ? 1 : mostParallel
  const byWay = new Map<string, Link[]>()
  for (const link of links.values()) byWay.set(link.way, [...(byWay.get(link.way) ?? []), link])
  const shown = new Map<string, Link>()
  let folded = 0
  for (const [way, all] of byWay) {
    const quiet = all.filter((link) => isCalm(link) && !link.edges.some(({ id }) => id === options.selected))
    const keep =
      all.length <= fold || options.unfolded.has(way)
        ? all.length
        : Math.max(0, fold === 1 ? 0 : fold - 1 - (all.length - quiet.length))
    const together = [...quiet].sort((a, b) => b.records - a.records).slice(keep)
    const folding = new Set(together.length > 1 ? together : [])
    for (const link of all) if (!folding.has(link)) shown.set(link.id, link)
    for (const link of folding)
      for (const edge of link.edges) addTo(shown, `${way}~*`, way, link.source, link.target, edge)
    folded += Math.max(0, folding.size - 1)
  }
  return { links: [...shown.values()], folded }
}

function addTo(links: Map<string, Link>, id: string, way: string, source: End, target: End, edge: MapEdge) {
  const link = links.get(id)
  if (!link) {
    const plain = ({ card, row }: End): End => ({ card, row })
    links.set(id, {
      id,
      way,
      source: plain(source),
      target: plain(target),
      edges: [edge],
      tone: edge.tone,
      over: edge.over,
      records: edge.records,
      idle: edge.idle,
    })
    return
  }
  link.edges.push(edge)
  link.records += edge.records
  link.tone = worstTone([link.tone, edge.tone])
  link.over = together(link.over, edge.over)
  link.idle &&= edge.idle
}

/** Nothing is wrong with it, and nothing was within the range. */
export const isCalm = ({ tone, over }: Pick<MapEdge, 'tone' | 'over'>): boolean => tone === null && over === null

/** Reading order: what is in trouble first, then what was, then by names. */
export function readingOrder(links: readonly Link[]): Link[] {
  const weight = { firing: 0, pending: 1, silenced: 2 }
  const rank = (link: Link) => (link.tone ? weight[link.tone] : link.over ? 3 : link.idle ? 5 : 4)
  return [...links].sort((a, b) => rank(a) - rank(b) || b.records - a.records || a.id.localeCompare(b.id))
}

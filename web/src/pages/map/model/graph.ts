/**
 * The map's graph: what the API draws, joined with the monitor's thresholds, the alerts of a moment, and the edges that
 * were seen before and are idle now. Everything later steps ask of an edge or node is worked out here, once.
 */
import type { Schemas } from '~/api/client'
import { secondsWithData } from '~/time/range'
import { type AlertsOf, alertsAt, toneAt, worstTone } from './alerts'
import { outside } from './names'
import { type Over, type OverOf, overIn } from './over'

export type ApiGraph = Schemas['Graph']
export type ApiEdge = Schemas['Edge']
export type ApiAlert = Schemas['Alert']
export type ApiMonitor = Schemas['Monitors']['monitors'][number]
export type Threshold = ApiMonitor['thresholds'][number]
export type FieldSpec = Schemas['Fields']['fields'][number]

export type Tone = 'firing' | 'pending' | 'silenced'
export type Compared = Schemas['EdgeComparison']
export type Change = Compared['state']

/** A threshold as it stands on one edge. */
export interface Limit {
  field: string
  /** Null for thresholds on the number of records, and for "never seen before". */
  aggregate: string | null
  condition: Threshold['condition']
  value: number | null
  tone: Tone | null
  severity: Threshold['severity']
}

export interface MapEdge {
  id: string
  source: string
  target: string
  service: string | null
  extra: string | null
  /** Columns and values of the combination; what is missing is left out. */
  dimensions: Record<string, string>
  records: number
  /** Calls per second of the range, as far as there are data. */
  rate: number
  /** Share of calls with an error; null where the monitor does not have the field. */
  errors: number | null
  fields: ApiEdge['fields']
  limits: Limit[]
  tone: Tone | null
  /** Open at the moment, the worst first. */
  alerts: ApiAlert[]
  /** What had fired within the range and is over at the moment. */
  over: Over | null
  /** Seen before, but not in the range. */
  idle: boolean
  compared: Compared | null
}

export type Tier = 'front' | 'back' | 'caller'

export interface MapNode {
  id: string
  module: string | null
  host: string | null
  called: boolean
  calls: boolean
  tier: Tier
}

export interface MapGraph {
  nodes: Map<string, MapNode>
  edges: MapEdge[]
  truncated: boolean
}

export const edgeId = (edge: Pick<ApiEdge, 'source' | 'target' | 'service' | 'extra'>) =>
  [edge.source, edge.target, edge.service ?? '', ...(edge.extra ? [edge.extra] : [])].join('|')

export interface GraphParts {
  graph: ApiGraph
  /** The same question, asked of a longer time: its edges that `graph` lacks are idle. */
  before?: ApiGraph | undefined
  /** The same question, asked of the last complete bucket: values of thresholds that are about one bucket. */
  bucket?: ApiGraph | undefined
  monitor: ApiMonitor | undefined
  alerts: readonly ApiAlert[]
  /** The moment whose alerts are shown, epoch milliseconds; null for now. */
  at: number | null
  /** Time of the oldest record, where it is known. */
  since?: number | null
}

export function buildGraph(parts: GraphParts): MapGraph {
  const { graph, before, bucket } = parts
  const nodes = new Map<string, MapNode>()
  const plainNode = ({ id, module, host, called, calls }: ApiGraph['nodes'][number]) => ({
    id,
    module: module ?? null,
    host: host ?? null,
    called,
    calls,
  })
  for (const node of graph.nodes) nodes.set(node.id, { ...plainNode(node), tier: 'back' })
  const span = { from: Date.parse(graph.from), to: Date.parse(graph.to) }
  const seconds = secondsWithData(span, parts.since ?? null)
  const present = new Map(bucket?.edges.map((edge) => [edgeId(edge), edge]))
  const told = { alertsOf: alertsAt(parts.alerts, parts.at), overOf: overIn(parts.alerts, span.from, parts.at) }
  const seen = new Set<string>()
  const edges = graph.edges.map((edge) => {
    seen.add(edgeId(edge))
    return mapEdge(edge, parts, nodes, seconds, present.get(edgeId(edge)) ?? null, told, false)
  })
  for (const edge of before?.edges ?? []) {
    if (seen.has(edgeId(edge))) continue
    for (const end of [edge.source, edge.target]) {
      const node = before?.nodes.find(({ id }) => id === end)
      if (node && !nodes.has(end)) nodes.set(end, { ...plainNode(node), tier: 'back' })
    }
    edges.push(mapEdge({ ...edge, records: 0, fields: {} }, parts, nodes, seconds, null, told, true))
  }
  const tiers = graph.nodes.map((node) => [node.id, node.tier] as const)
  setTiers(nodes, edges, new Map(tiers))
  return { nodes, edges, truncated: graph.truncated }
}

/** What alerts tell of a combination. */
interface ToldByAlerts {
  alertsOf: AlertsOf
  overOf: OverOf
}

function mapEdge(
  edge: ApiEdge,
  { graph, monitor, at }: GraphParts,
  nodes: ReadonlyMap<string, MapNode>,
  seconds: number,
  bucket: ApiEdge | null,
  { alertsOf, overOf }: ToldByAlerts,
  idle: boolean,
): MapEdge {
  const dimensions = dimensionsOf(edge, graph.by, nodes)
  const alerts = alertsOf(dimensions)
  const limits = (monitor?.thresholds ?? []).map((threshold, place) =>
    limit(threshold, edge.thresholds[place], bucket?.thresholds[place], alerts, at, bucket !== null || idle),
  )
  const errors = edge.fields.error?.count
  const { compare } = edge
  return {
    id: edgeId(edge),
    source: edge.source,
    target: edge.target,
    service: edge.service ?? null,
    extra: edge.extra ?? null,
    dimensions,
    records: edge.records,
    rate: edge.records / seconds,
    errors: errors === undefined || edge.records === 0 ? null : errors / edge.records,
    fields: edge.fields,
    limits,
    tone: worstTone(limits.map(({ tone }) => tone)),
    alerts,
    over: overOf(dimensions),
    idle: idle || (edge.records === 0 && compare?.state !== 'gone'),
    compared: compare ?? null,
  }
}

function limit(
  threshold: Threshold,
  drawn: ApiEdge['thresholds'][number] | undefined,
  inBucket: ApiEdge['thresholds'][number] | undefined,
  alerts: readonly ApiAlert[],
  at: number | null,
  bucketKnown: boolean,
): Limit {
  const alert = alerts.find(
    (each) =>
      each.field === threshold.field &&
      (each.aggregate ?? null) === (threshold.aggregate ?? null) &&
      JSON.stringify(each.condition) === JSON.stringify(threshold.condition),
  )
  const state = at === null && drawn?.state && drawn.state !== 'resolved' ? drawn.state : null
  const tone = alert ? toneAt(alert, at) : state
  // Judged is a bucket, so its value stands beside the threshold; that of the range could be above it without an alert.
  // Where the bucket has no such calls, nothing was counted, and averages are those of the range.
  const counted = threshold.aggregate === null || ['count', 'sum', 'distinct'].includes(threshold.aggregate)
  const present = inBucket?.value ?? (counted ? (bucketKnown ? null : 0) : (drawn?.value ?? null))
  return {
    field: threshold.field,
    aggregate: threshold.aggregate ?? null,
    condition: threshold.condition,
    value: alert && at === null ? (alert.value ?? null) : present,
    tone,
    severity: threshold.severity,
  }
}

/**
 * The condition of the records that an alert is made of: those that are beyond the limit themselves, or that were counted.
 * What fires, else what had. Null where nothing did, and where records are missed rather than wrong.
 */
export function proofOf(limits: readonly Limit[], over: Over | null = null): string | null {
  const fired =
    limits.find(({ tone }) => tone === 'firing') ?? limits.find(({ tone }) => tone === 'pending') ?? over?.alert
  if (!fired || !('above' in fired.condition) || fired.field === 'records') return null
  const counted = !fired.aggregate || ['count', 'sum', 'rate', 'distinct'].includes(fired.aggregate)
  return `${fired.field}>${counted ? 0 : fired.condition.above}`
}

function dimensionsOf(
  edge: ApiEdge,
  by: readonly string[],
  nodes: ReadonlyMap<string, MapNode>,
): Record<string, string> {
  const [source, target] = [nodes.get(edge.source), nodes.get(edge.target)]
  const known: Record<string, string | null | undefined> = {
    source: source?.host,
    source_module: source?.module,
    service: edge.service,
    target: target?.host,
    target_module: target?.module,
  }
  const values = by.map((column) => [column, column in known ? known[column] : edge.extra] as const)
  return Object.fromEntries(values.filter((pair): pair is [string, string] => typeof pair[1] === 'string'))
}

/** Whether a node only calls: clients, the outside, what no log tells more of. */
export const isCaller = ({ called, module }: Pick<MapNode, 'called' | 'module'>) => !called || module === outside

/** Front-end modules are those that only callers call, unless the configuration says which they are. */
function setTiers(
  nodes: Map<string, MapNode>,
  edges: readonly MapEdge[],
  told: ReadonlyMap<string, 'front' | 'back' | null | undefined>,
) {
  const inner = new Set<string>()
  const key = (node: MapNode) => node.module ?? node.id
  for (const { source, target } of edges) {
    const [from, to] = [nodes.get(source), nodes.get(target)]
    if (from && to && !isCaller(from) && key(from) !== key(to)) inner.add(key(to))
  }
  for (const node of nodes.values()) {
    const derived = isCaller(node) ? 'caller' : inner.has(key(node)) ? 'back' : 'front'
    node.tier = isCaller(node) ? 'caller' : (told.get(node.id) ?? derived)
  }
}

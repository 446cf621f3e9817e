/** From the API's answer to what is shown: hosts in modules, one edge per service, alerts of a moment, what is hidden. */
import { describe, expect, test } from 'vitest'
import { toneAt } from './alerts'
import { parseExpression } from './expression'
import {
  type ApiAlert,
  type ApiEdge,
  type ApiGraph,
  type ApiMonitor,
  buildGraph,
  type FieldSpec,
  type Limit,
  proofOf,
} from './graph'
import { buildView, readingOrder, type ViewOptions } from './view'

const fields: FieldSpec[] = [
  { name: 'elapsed_ms', unit: 'ms', flag: false, scale: 6, distinct_of: null, aggregates: ['avg', 'p95'] },
  { name: 'error', unit: null, flag: true, scale: 0, distinct_of: null, aggregates: ['count'] },
  { name: 'bytes', unit: 'By', flag: false, scale: 0, distinct_of: null, aggregates: ['sum'] },
]

const threshold = (field: string, aggregate: 'avg' | 'count', above: number): ApiMonitor['thresholds'][number] => ({
  id: `${field} ${above}`,
  title: `${field}: ${above}`,
  field,
  aggregate,
  condition: { above },
  for: '0s',
  severity: 'warning',
  labels: {},
})

const monitor: ApiMonitor = {
  name: 'services',
  by: ['source_module', 'service', 'target_module'],
  fields: ['elapsed_ms', 'error'],
  where: {},
  kinds: ['call'],
  thresholds: [threshold('elapsed_ms', 'avg', 200), threshold('error', 'count', 5)],
  origin: 'file',
  read_only: true,
} as ApiMonitor

interface Told {
  edges: [source: string, target: string, service: string | null, records: number, elapsed?: number, errors?: number][]
  by?: string[]
}

function graphOf({ edges, by = monitor.by }: Told): ApiGraph {
  const ids = [...new Set(edges.flatMap(([from, to]) => [from, to].slice()))].sort()
  return {
    monitor: 'services',
    by,
    from: '2026-11-22T10:00:00Z',
    to: '2026-11-22T10:10:00Z',
    truncated: false,
    completeness: null,
    nodes: ids.map((id) => {
      const [module, host] = id.split('/')
      const all = id === '(all)'
      return {
        id,
        module: all || !module ? null : module,
        host: all || !host ? null : host,
        called: edges.some(([, target]) => target === id),
        calls: edges.some(([source]) => source === id),
      }
    }),
    edges: edges.map(([source, target, service, records, elapsed = 20, errors = 0]) => ({
      source,
      target,
      service,
      extra: null,
      records,
      compare: null,
      alert: null,
      fields: { elapsed_ms: { avg: elapsed }, error: { count: errors } },
      thresholds: [
        { label: 'elapsed_ms: 200', value: elapsed, state: null, severity: 'warning' },
        { label: 'error: 5', value: errors, state: null, severity: 'warning' },
      ],
    })) as unknown as ApiEdge[],
  } as ApiGraph
}

const alert = (part: Partial<ApiAlert>): ApiAlert =>
  ({
    id: 'a1',
    monitor: 'services',
    dimensions: { source_module: 'gateway', service: '/pay', target_module: 'pay' },
    field: 'elapsed_ms',
    aggregate: 'avg',
    condition: { above: 200 },
    state: 'firing',
    severity: 'warning',
    labels: {},
    value: 512,
    since: '2026-11-22T10:02:00Z',
    fired: '2026-11-22T10:04:00Z',
    resolved: null,
    judged: '2026-11-22T10:09:00Z',
    complete: 1,
    provisional: false,
    ...part,
  }) as ApiAlert

const shop: Told = {
  edges: [
    ['(outside)/', 'gateway/', '/', 900],
    ['gateway/', 'pay/', '/pay', 300, 180],
    ['gateway/', 'pay/', '/refund', 10, 30, 1],
    ['gateway/', 'user/', '/user', 50],
    ['user/', 'user/', '/self', 5],
    ['pay/', 'gateway/', '/callback', 3],
  ],
}

const options: ViewOptions = {
  idle: false,
  keep: null,
  tier: null,
  focus: null,
  opened: () => true,
  unfolded: new Set(),
  selected: null,
}
const built = (told: Told, alerts: ApiAlert[] = [], at: number | null = null) =>
  buildGraph({ graph: graphOf(told), monitor, alerts, at })
const find = (graph: ReturnType<typeof built>, id: string) => graph.edges.find((edge) => edge.id === id)

describe('the graph', () => {
  test('one edge per service, with its dimensions, rate and share of errors', () => {
    const edge = find(built(shop), 'gateway/|pay/|/refund')
    expect(edge?.dimensions).toEqual({ source_module: 'gateway', service: '/refund', target_module: 'pay' })
    expect(edge?.rate).toBeCloseTo(10 / 600)
    expect(edge?.errors).toBe(0.1)
  })
  test('of a store that is younger than the range the rate is of what it has', () => {
    const since = Date.parse(graphOf(shop).to) - 60_000
    const graph = buildGraph({ graph: graphOf(shop), monitor, alerts: [], at: null, since })
    expect(find(graph, 'gateway/|pay/|/refund')?.rate).toBeCloseTo(10 / 60)
  })
  test('only the edge of the alert is alerted, its field marked, the value that of the alert', () => {
    const graph = built(shop, [alert({})])
    expect(graph.edges.filter(({ tone }) => tone).map(({ id }) => id)).toEqual(['gateway/|pay/|/pay'])
    expect(find(graph, 'gateway/|pay/|/pay')?.limits.map(({ field, tone, value }) => [field, tone, value])).toEqual([
      ['elapsed_ms', 'firing', 512],
      ['error', null, 0],
    ])
  })
  test('beside a threshold stands the value of the last bucket, not of the range', () => {
    const bucket = graphOf({ edges: [['gateway/', 'pay/', '/pay', 20, 44, 2]] })
    const graph = buildGraph({ graph: graphOf(shop), bucket, monitor, alerts: [], at: null })
    const values = (id: string) => find(graph, id)?.limits.map(({ value }) => value)
    expect(values('gateway/|pay/|/pay')).toEqual([44, 2])
    expect(values('gateway/|pay/|/refund')).toEqual([30, 0])
  })
  test.each([
    ['before it began', '2026-11-22T10:01:00Z', null],
    // Until then a replay shows the bucket before, which did not exceed anything.
    ['when the bucket that exceeds begins', '2026-11-22T10:02:00Z', null],
    ['exceeded, not yet for long enough', '2026-11-22T10:03:00Z', 'pending'],
    ['fired', '2026-11-22T10:05:00Z', 'firing'],
    ['resolved', '2026-11-22T10:08:00Z', null],
  ])('an alert %s', (_name, at, tone) => {
    expect(toneAt(alert({ resolved: '2026-11-22T10:07:00Z', state: 'resolved' }), Date.parse(at))).toBe(tone)
  })
  test.each([
    ['an average: records beyond the limit themselves', 'elapsed_ms', 'avg', { above: 250 }, 'elapsed_ms>250'],
    ['a count: records that were counted', 'error', 'count', { above: 5 }, 'error>0'],
    ['records that are missed have no proof', 'records', null, { below: 1 }, null],
  ])('what proves %s', (_name, field, aggregate, condition, proof) => {
    const limit = { field, aggregate, condition, value: 1, severity: 'warning' } as Limit
    expect(proofOf([{ ...limit, tone: 'firing' }])).toBe(proof)
    expect(proofOf([{ ...limit, tone: null }])).toBeNull()
  })
  test('a silenced alert is silenced, a resolved one is gone', () => {
    expect(toneAt({ ...alert({}), silenced: 's1' } as ApiAlert, null)).toBe('silenced')
    expect(toneAt(alert({ state: 'resolved' }), null)).toBeNull()
  })
  test('edges seen before are idle, and known with their nodes', () => {
    const graph = buildGraph({
      graph: graphOf(shop),
      before: graphOf({ edges: [['user/', 'mail/', '/send', 9]] }),
      monitor,
      alerts: [],
      at: null,
    })
    expect(find(graph, 'user/|mail/|/send')).toMatchObject({ idle: true, records: 0 })
    expect(graph.nodes.has('mail/')).toBe(true)
  })
  test('front-end modules are those that only the outside calls', () => {
    const { nodes } = built(shop)
    expect([...nodes.values()].map(({ id, tier }) => [id, tier])).toEqual([
      ['(outside)/', 'caller'],
      ['gateway/', 'back'],
      ['pay/', 'back'],
      ['user/', 'back'],
    ])
    const plain = built({ edges: shop.edges.slice(0, 4) })
    expect(plain.nodes.get('gateway/')?.tier).toBe('front')
  })
})

describe('the view', () => {
  test('services between the same two are several links; cycles and self calls are there', () => {
    const view = buildView(built(shop), options)
    expect(view.links).toHaveLength(6)
    expect(view.links.filter(({ source, target }) => source.card === target.card)).toHaveLength(1)
    expect(view.cards.map(({ id, kind }) => [id, kind])).toContainEqual(['module/(outside)', 'caller'])
  })
  test('hosts sit in their module; closed, their calls are one link', () => {
    const told: Told = {
      by: ['source', 'target', 'target_module'],
      edges: [
        ['/10.0.0.1', 'video/v1', null, 4],
        ['/10.0.0.1', 'video/v2', null, 6, 30, 3],
      ],
    }
    const open = buildView(built(told), options)
    expect(open.cards.find(({ id }) => id === 'module/video')?.rows.map(({ name }) => name)).toEqual(['v1', 'v2'])
    expect(open.links.map(({ target }) => target.row)).toEqual(['video/v1', 'video/v2'])
    const closed = buildView(built(told), { ...options, opened: () => false })
    expect(closed.links).toHaveLength(1)
    expect(closed.links[0]).toMatchObject({ records: 10, target: { card: 'module/video', row: null } })
    expect(closed.cards.find(({ id }) => id === 'module/video')).toMatchObject({ hosts: 2, errors: 0.3, rows: [] })
  })
  test('a side that the monitor leaves out is one node', () => {
    const view = buildView(
      built({
        by: ['source'],
        edges: [
          ['/10.0.0.1', '(all)', null, 4],
          ['/10.0.0.2', '(all)', null, 6],
        ],
      }),
      options,
    )
    expect(view.cards.map(({ id, kind }) => [id, kind])).toEqual([
      ['host/10.0.0.1', 'caller'],
      ['(all)', 'everything'],
      ['host/10.0.0.2', 'caller'],
    ])
  })
  test('quiet parallels beyond six fold with their number; alerted and selected ones never', () => {
    const told: Told = {
      edges: Array.from(
        { length: 12 },
        (_, at) => ['gateway/', 'pay/', at === 11 ? '/pay' : `/s${at}`, at] as Told['edges'][number],
      ),
    }
    const view = buildView(built(told, [alert({})]), { ...options, selected: 'gateway/|pay/|/s0' })
    expect(view.links).toHaveLength(6)
    expect(view.folded).toBe(6)
    expect(view.links.find(({ edges }) => edges.length > 1)?.edges).toHaveLength(7)
    expect(view.links.some(({ id, tone }) => id.endsWith('/pay') && tone === 'firing')).toBe(true)
    expect(view.edges).toBe(12)
  })
  test('above 500 links all quiet parallels fold', () => {
    const edges = Array.from(
      { length: 300 },
      (_, at) =>
        [
          ['a/', `m${at}/`, '/x', 5],
          ['a/', `m${at}/`, '/y', 6],
        ] as Told['edges'],
    ).flat()
    const view = buildView(built({ edges }), options)
    expect(view).toMatchObject({ edges: 600, folded: 300 })
    expect(view.links).toHaveLength(300)
  })
  test('what is hidden is counted', () => {
    const graph = built({ edges: [...shop.edges, ['user/', 'mail/', '/send', 0]] })
    const keep = parseExpression('target_module:pay', graph, fields)?.test ?? null
    expect(buildView(graph, { ...options, keep }).hidden).toEqual({ idle: 0, filtered: 5, capped: 0 })
    expect(buildView(graph, options).hidden).toEqual({ idle: 1, filtered: 0, capped: 0 })
    expect(buildView(graph, { ...options, idle: true }).edges).toBe(7)
  })
  test('at most 1,000 cards, the busiest; the rest is counted', () => {
    const view = buildView(
      built({
        edges: Array.from({ length: 1500 }, (_, at) => ['a/', `m${at}/`, null, at + 1] as Told['edges'][number]),
      }),
      options,
    )
    expect(view.cards).toHaveLength(1000)
    expect(view.hidden.capped).toBe(501)
  })
  test('a neighbourhood has callers and callees, and nothing beyond', () => {
    const view = buildView(built(shop), { ...options, focus: 'module/user' })
    expect(view.cards.map(({ name }) => name).sort()).toEqual(['gateway', 'user'])
  })
  test('trouble is read first', () => {
    const { links } = buildView(built(shop, [alert({})]), options)
    expect(readingOrder(links).map(({ edges }) => edges[0]?.service)).toEqual([
      '/pay',
      '/',
      '/user',
      '/refund',
      '/self',
      '/callback',
    ])
  })
})

describe('expressions', () => {
  const graph = built(shop, [alert({})])
  test.each([
    ['pay', 3],
    ['target_module:pay', 2],
    ['target_module:pa* elapsed>100ms', 1],
    ['elapsed>0.1s', 1],
    ['-target_module:pay', 4],
    ['target_module:pay,user', 4],
    ['service:"/pay","/refund"', 2],
    ['to:pay -service:/refund', 1],
    ['state:firing', 1],
    ['module:user', 2],
    ['errors>5%', 1],
    ['calls>=300', 2],
    ['"/call"', 1],
    ['', 6],
  ])('%s finds %i', (text, count) => {
    const expression = parseExpression(text, graph, fields)
    expect(expression?.mistakes ?? []).toEqual([])
    expect(graph.edges.filter((edge) => expression?.test(edge) ?? true)).toHaveLength(count)
  })
  test.each([
    ['colour:red', 'column'],
    ['weight>3', 'column'],
    ['elapsed>fast', 'number'],
    ['elapsed>3kB', 'number'],
    ['service:', 'empty'],
  ])('%s is told as a mistake', (text, kind) => {
    expect(parseExpression(text, graph, fields)?.mistakes).toEqual([{ term: text, kind }])
  })
})

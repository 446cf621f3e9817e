/** The question from the URL, filters as a query line, rollup rows as lines, groups, table and CSV. */
import { describe, expect, test } from 'vitest'
import type { Schemas } from '~/api/client'
import { csv } from '~/parts/ExportMenu'
import { narrowed, readFilters, toggled, within, writeFilters } from './filters'
import { anyDimensions, barColumns, type Monitor, questionOf, rollupsQuery, subjectOf, thresholdsOf } from './question'
import { fileName } from './saving'
import { exploreSearch } from './search'
import { bandOf, groupsOf, latestIndex, linesOf, measured, type Row, steadyOrder } from './series'
import { csvByGroup, csvOverTime, summaryOf } from './summary'

const field = (name: string, part: Partial<Schemas['Fields']['fields'][number]> = {}) => ({
  name,
  aggregates: ['avg', 'p95'],
  distinct_of: null,
  flag: false,
  scale: 6,
  unit: 'ms',
  ...part,
})
const catalogue: Schemas['Fields'] = {
  columns: ['source', 'source_module', 'service', 'target', 'target_module', 'region'].map((name) => ({
    name,
    base: name !== 'region',
    dimension: name !== 'region',
  })),
  fields: [
    field('elapsed_ms'),
    field('error', { flag: true, aggregates: ['count'], unit: null }),
    field('bytes', { aggregates: ['sum'], unit: 'By' }),
  ],
  kinds: [],
  marks: [],
  severities: [],
}
const threshold = (aggregate: string | null, of: string, condition: object) => ({
  aggregate,
  field: of,
  condition,
  title: `${of}: limit`,
})
const monitors = [
  {
    name: 'source-to-module',
    by: ['source', 'target_module'],
    fields: ['elapsed_ms', 'error', 'bytes'],
    thresholds: [
      threshold('avg', 'elapsed_ms', { above: 250 }),
      threshold('p95', 'elapsed_ms', { above: 400 }),
      threshold(null, 'records', { below: 1 }),
      threshold(null, 'records', { new: { within: 1 } }),
    ],
    where: {},
  },
] as unknown as Monitor[]
const ask = (search: Record<string, unknown>) => {
  const read = exploreSearch(search)
  const subject = subjectOf(read.monitor, monitors, catalogue)
  if (!subject) throw new Error('no subject')
  return questionOf(read, subject, read.q)
}

describe('filters are a query line', () => {
  test.each([
    ['target_module:payment', { target_module: ['payment'] }, []],
    ['source_module:gateway,order', { source_module: ['gateway', 'order'] }, []],
    ['service:"GET /me, again" region:""', { service: ['GET /me, again'], region: [''] }, []],
    ['service:"a \\"b\\" \\\\"', { service: ['a "b" \\'] }, []],
    [
      'target_module=video "timed out" elapsed_ms>300 -region:eu',
      { target_module: ['video'] },
      ['"timed out"', 'elapsed_ms>300', '-region:eu'],
    ],
    ['service:/video/*', {}, ['service:/video/*']],
    ['source:a source:b', { source: ['a'] }, ['source:b']],
    ['', {}, []],
  ])('%s', (line, filters, ignored) => {
    expect(readFilters(line)).toEqual({ filters, ignored })
    // Written anew, it says the same.
    expect(readFilters(writeFilters(filters, ignored))).toEqual({ filters, ignored })
  })

  test('values are added, taken away, narrowed; what a monitor lacks is left out of questions', () => {
    const one = toggled({}, 'target_module', 'video')
    expect(toggled(one, 'target_module', 'user')).toEqual({ target_module: ['video', 'user'] })
    expect(toggled(one, 'target_module', 'video')).toEqual({})
    expect(narrowed({ target_module: ['a', 'b'], service: ['x'] }, { target_module: 'b' })).toEqual({
      target_module: ['b'],
      service: ['x'],
    })
    expect(within({ target_module: ['a'], service: ['x'] }, ['target_module'])).toEqual({ target_module: ['a'] })
  })
})

describe('the question', () => {
  test('follows from the monitor where the URL says nothing', () => {
    const { field: of, aggregate, x, split, view, subject } = ask({})
    expect([of.name, aggregate, x, split, view, subject.name]).toEqual([
      'elapsed_ms',
      'avg',
      null,
      ['target_module'],
      'line',
      'source-to-module',
    ])
  })

  test('is of the first field that has values, and else of how many calls there were', () => {
    const subject = subjectOf(undefined, monitors, catalogue)
    const asked = (search: Record<string, unknown>, measured: string[]) =>
      subject && questionOf(exploreSearch(search), subject, undefined, new Set(measured)).field.name
    expect(asked({}, ['error', 'bytes'])).toBe('bytes')
    expect(asked({}, ['error'])).toBe('records')
    expect(asked({ field: 'elapsed_ms' }, ['bytes'])).toBe('elapsed_ms')
  })

  test.each([
    ['a field of another kind has its own aggregation', { field: 'error', aggregate: 'p95' }, { aggregate: 'count' }],
    ['percentiles only where they are kept', { field: 'bytes', aggregate: 'p95' }, { aggregate: 'sum' }],
    ['no heat map without a sketch', { field: 'bytes', view: 'heat' }, { view: 'line' }],
    ['bars by a dimension', { x: 'target_module' }, { x: ['target_module'], split: [], view: 'bar' }],
    ['two combined', { x: 'source,target_module', view: 'heat' }, { x: ['source', 'target_module'], view: 'bar' }],
    [
      'a column on the axis is not split by',
      { x: 'source', split: 'source,target_module' },
      { split: ['target_module'] },
    ],
    ['unknown columns are left out', { x: 'nowhere', split: 'nothing' }, { x: null, split: [] }],
    ['averages are never stacked', { view: 'area', layers: 'stacked' }, { layers: 'grouped' }],
    ['sums are', { field: 'bytes', view: 'area' }, { layers: 'stacked' }],
    ['filters that the monitor lacks do not reach it', { q: 'service:x source:a' }, { filters: { source: ['a'] } }],
  ])('%s', (_, search, part) => {
    expect(ask(search)).toMatchObject(part)
  })

  test('any dimensions: base columns first, all others too, in no monitor', () => {
    const question = ask({ monitor: anyDimensions, split: 'region,service' })
    expect(question.subject.columns.at(-1)).toBe('region')
    expect(rollupsQuery(question, question.split)).toEqual({ by: ['region', 'service'], is: {} })
    expect(rollupsQuery(question, [])).toEqual({ by: [''], is: {} })
  })

  test('thresholds that judge what is shown', () => {
    expect(thresholdsOf(ask({}))).toEqual([{ title: 'elapsed_ms: limit', value: 250, side: 'above' }])
    expect(thresholdsOf(ask({ aggregate: 'max' }))).toEqual([])
    expect(thresholdsOf(ask({ field: 'records' }))).toEqual([{ title: 'records: limit', value: 1, side: 'below' }])
  })

  test('the bars beside it add what tells more', () => {
    expect(barColumns({}, ask({}))).toEqual(['target_module', 'source'])
    expect(barColumns({ bars: 'source' }, ask({}))).toEqual(['source'])
  })

  test('the URL may say anything', () => {
    const search = { view: 'pie', step: -3, more: ['x', { field: 'error', view: 'bar', evil: 1 }], q: '' }
    expect(exploreSearch(search)).toEqual({ more: [{ field: 'error', view: 'bar' }] })
  })
})

const values = (avg: number | null, count = 10, part: object = {}) => ({
  avg,
  count,
  sum: 0,
  min: 1,
  max: 9,
  p50: 4,
  p90: 8,
  p95: 9,
  p99: 9.5,
  rate: count / 60,
  distinct: null,
  ...part,
})
const row = (bucket: string | null, source: string, target_module: string, avg: number | null, errors = 0): Row =>
  ({
    bucket,
    source,
    target_module,
    side: 'callee',
    records: 10,
    one_sided: 0,
    fields: { elapsed_ms: values(avg), error: values(0, errors) },
  }) as unknown as Row
const at = (minute: number) => `2026-11-22T14:0${minute}:00Z`
const completeness = (minute: number, share = 1, reporting = 2) => ({
  bucket: at(minute),
  share,
  watermark: at(3),
  expected: 2,
  reporting,
  parsed: 100,
  unparsed: 0,
  late: 0,
  dropped: 0,
  from_agent: 0,
})
const answer = (rows: Row[], part: object = {}): Schemas['Rollups'] => ({
  by: ['source', 'target_module'],
  monitor: 'source-to-module',
  from: at(0),
  to: at(4),
  step: '1m',
  step_seconds: 60,
  rows,
  truncated: false,
  scan: null,
  completeness: [completeness(0, 1, 0), completeness(1), completeness(2, 0.5), completeness(3)],
  ...part,
})
const measure = { field: field('elapsed_ms'), aggregate: 'avg' as const }

describe('lines over time', () => {
  const over = answer([
    row(at(1), 'web', 'video', 20),
    row(at(1), 'web', 'user', 5),
    row(at(2), 'web', 'video', 30),
    row(at(3), 'web', 'video', 90),
  ])

  test('one for each combination; gaps stay gaps; the latest is of the last bucket that is over', () => {
    const lines = linesOf(over, ['target_module'], measure, '–')
    expect(lines.map(({ name, values: of, latest, calls }) => [name, of, latest, calls])).toEqual([
      ['user', [null, 5, null, null], 5, 10],
      ['video', [null, 20, 30, 90], 30, 30],
    ])
  })

  test('counts are zero where sources were read and nothing came, unknown where none was or the bucket is open', () => {
    const [user] = linesOf(over, ['target_module'], { field: field('records'), aggregate: 'count' }, '–')
    expect(user?.values).toEqual([null, 10, 0, null])
  })

  test('a flag: how many, and which share of the calls', () => {
    const bad = row(at(1), 'web', 'video', 1, 4)
    const flag = field('error', { flag: true })
    expect(measured(bad, { field: flag, aggregate: 'count' }, 60)).toBe(4)
    expect(measured(bad, { field: flag, aggregate: 'avg' }, 60)).toBe(0.4)
    expect(measured(bad, { field: field('records'), aggregate: 'rate' }, 60)).toBeCloseTo(1 / 6)
    expect(measured(bad, { field: field('unknown'), aggregate: 'avg' }, 60)).toBeNull()
  })

  test('the band of one series', () => {
    expect(bandOf(over, ['target_module'], 'target_module:user', field('elapsed_ms'), '–')).toEqual({
      low: [null, 4, null, null],
      high: [null, 9, null, null],
    })
  })

  test('the greatest comes first, and a refresh moves nothing', () => {
    const lines = linesOf(over, ['target_module'], measure, '–')
    const order = steadyOrder(lines, [])
    expect(order).toEqual(['target_module:video', 'target_module:user'])
    const later = lines.map((line) => ({ ...line, latest: line.name === 'user' ? 1000 : 1 }))
    expect(steadyOrder(later, order)).toEqual(order)
    expect(steadyOrder(later.slice(0, 1), order)).toEqual(['target_module:user'])
  })

  test('the table: latest, percentiles of the range, errors, completeness where it was seen', () => {
    const lines = linesOf(over, ['target_module'], measure, '–')
    const totals = [row(null, '', 'video', 46, 3)]
    const limits = [{ label: '', value: 25, side: 'above' as const }]
    const [user, video] = summaryOf(lines, totals, over.completeness, {
      columns: ['target_module'],
      field: 'elapsed_ms',
      limits,
      noValue: '–',
    })
    expect(video).toMatchObject({ latest: 30, p50: 4, p95: 9, p99: 9.5, calls: 10, errors: 0.3, exceeded: true })
    expect(video?.complete).toBeCloseTo(2.5 / 3)
    expect(user).toMatchObject({ latest: 5, p50: null, errors: null, exceeded: false, complete: 1 })
  })

  test('as CSV: a row for each bucket, a column for each series', () => {
    const lines = linesOf(over, ['target_module'], measure, '–')
    expect(
      csv(csvOverTime({ from: Date.parse(at(0)), to: Date.parse(at(2)), step: 60_000, count: 2 }, lines, 'bucket')),
    ).toBe('bucket,user,video\r\n2026-11-22T14:00:00.000Z,,\r\n2026-11-22T14:01:00.000Z,5,20\r\n')
  })
})

describe('groups along dimensions', () => {
  const total = answer([row(null, 'web', 'video', 20), row(null, 'web', 'user', 5), row(null, 'app', 'video', 70)], {
    step: null,
    step_seconds: null,
  })

  test('one dimension, split by another: the greatest first, no data where a combination never was', () => {
    const { groups, series, hidden } = groupsOf(total, ['target_module'], ['source'], measure, '–', 10)
    expect(groups.map(({ name }) => name)).toEqual(['video', 'user'])
    expect(series.map(({ name, values: of }) => [name, of])).toEqual([
      ['app', [70, null]],
      ['web', [20, 5]],
    ])
    expect(hidden).toBe(0)
  })

  test('two dimensions combined; those beyond the limit are counted', () => {
    const found = groupsOf(total, ['source', 'target_module'], [], measure, '–', 2)
    expect(found.groups.map(({ name, key }) => [name, key])).toEqual([
      ['app · video', 'source:app target_module:video'],
      ['web · video', 'source:web target_module:video'],
    ])
    expect(found.hidden).toBe(1)
    expect(csv(csvByGroup(found, ['source', 'target_module'], 'average'))).toBe(
      'source,target_module,average\r\napp,video,70\r\nweb,video,20\r\n',
    )
  })
})

test('files are named after the question', () => {
  expect(fileName('Average elapsed_ms by target module')).toBe('average-elapsed_ms-by-target-module')
  expect(fileName('elapsed_ms 平均值，按目标模块')).toBe('elapsed_ms-平均值-按目标模块')
})

test.each([
  [[[1, 2, 3]], 2, 2],
  [[[1, 2, 3]], 1, 1],
  [
    [
      [1, null, null],
      [null, 5, null],
    ],
    2,
    1,
  ],
  [[[null, null]], 1, 1],
  [[], 4, 4],
])('of %j the last bucket up to %s with a value is %s', (values, closed, at) => {
  expect(
    latestIndex(
      values.map((each) => ({ values: each })),
      closed,
    ),
  ).toBe(at)
})

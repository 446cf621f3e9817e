import { describe, expect, test } from 'vitest'
import {
  type Alert,
  compareAlerts,
  groupAlerts,
  groupBy,
  matchersOf,
  matchesFilter,
  placeOf,
  shownState,
} from './grouping'

const alert = (id: string, changed: Partial<Alert> = {}): Alert => ({
  id,
  monitor: 'module to module',
  dimensions: { source_module: 'gateway', target_module: 'order' },
  field: 'elapsed_ms',
  aggregate: 'avg',
  condition: { above: 300 },
  state: 'firing',
  severity: 'warning',
  labels: {},
  value: 412,
  since: '2026-11-22T14:00:00Z',
  fired: '2026-11-22T14:01:00Z',
  resolved: null,
  judged: '2026-11-22T14:05:00Z',
  complete: 1,
  no_data: false,
  provisional: false,
  acknowledged: null,
  silenced: null,
  comments: [],
  ...changed,
})

test('firing before pending before silenced before resolved, then severity, then the newest', () => {
  const all = [
    alert('resolved', { state: 'resolved', severity: 'critical' }),
    alert('silenced', { silenced: 's1', severity: 'critical' }),
    alert('pending', { state: 'pending' }),
    alert('older'),
    alert('newer', { since: '2026-11-22T14:03:00Z' }),
    alert('critical', { severity: 'critical' }),
  ]
  expect(all.sort(compareAlerts).map(({ id }) => id)).toEqual([
    'critical',
    'newer',
    'older',
    'pending',
    'silenced',
    'resolved',
  ])
})

test('what is over is not shown as silenced', () => {
  expect(shownState(alert('a', { silenced: 's', state: 'resolved' }))).toBe('resolved')
  expect(shownState(alert('a', { silenced: 's', state: 'pending' }))).toBe('silenced')
})

describe('groups', () => {
  const all = [
    alert('quiet', { state: 'pending', labels: { team: 'search' } }),
    alert('loud', { dimensions: { target_module: 'stock' }, labels: { team: 'shop' } }),
    alert('second', { dimensions: { target_module: 'stock' }, state: 'pending' }),
  ]
  test.each([
    ['none', [['', 'loud', 'quiet', 'second']]],
    [
      'module',
      [
        ['stock', 'loud', 'second'],
        ['order', 'quiet'],
      ],
    ],
    [
      'label.team',
      [
        ['shop', 'loud'],
        ['search', 'quiet'],
        ['', 'second'],
      ],
    ],
    ['severity', [['warning', 'loud', 'quiet', 'second']]],
  ] as const)('by %s', (by, expected) => {
    expect(groupAlerts(all, by).map(({ key, alerts }) => [key, ...alerts.map(({ id }) => id)])).toEqual(expected)
  })
  test('of nothing there are none', () => expect(groupAlerts([], 'none')).toEqual([]))
})

test.each([
  ['monitor', 'monitor'],
  ['label.team', 'label.team'],
  ['label.', undefined],
  ['colour', undefined],
  [undefined, undefined],
])('groupBy(%s)', (written, read) => expect(groupBy(written)).toBe(read))

test.each([
  [{}, true],
  [{ severity: 'critical' }, false],
  [{ find: 'ORD' }, true],
  [{ find: 'elapsed' }, true],
  [{ find: 'stock' }, false],
] as const)('filter %j', (filter, matches) => expect(matchesFilter(alert('a'), filter)).toBe(matches))

test('a place names caller, callee and service', () => {
  const dimensions = {
    source: '10.0.0.1',
    source_module: 'web',
    target_module: 'order',
    service: 'GET /',
    status: '500',
  }
  expect(placeOf(alert('a', { dimensions }))).toEqual({
    from: 'web 10.0.0.1',
    to: 'order',
    service: 'GET /',
    rest: ['500'],
  })
})

test('a silence of an alert covers its rollup and field', () => {
  expect(matchersOf(alert('a')).map(({ name, value }) => `${name}=${value}`)).toEqual([
    'monitor=module to module',
    'field=elapsed_ms',
    'source_module=gateway',
    'target_module=order',
  ])
})

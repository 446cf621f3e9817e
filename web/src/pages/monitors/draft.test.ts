import { describe, expect, test } from 'vitest'
import { copyName, documentOf, draftOf, durationText, emptyDraft, emptyThreshold, type Monitor, missing } from './draft'

const monitor = {
  name: 'modules',
  by: ['source_module', 'target_module'],
  fields: ['elapsed_ms', 'warning', 'bytes'],
  document: { name: 'modules', by: ['source_module', 'target_module'], fields: ['elapsed_ms', 'warning'] },
  where: { source_module: ['web', 'app'] },
  kinds: ['call'],
  thresholds: [
    {
      id: 't1',
      title: 'elapsed_ms',
      field: 'elapsed_ms',
      aggregate: 'p95',
      condition: { above: 300 },
      for: '3m',
      severity: 'critical',
      labels: { team: 'shop' },
    },
    {
      id: 't2',
      title: 'new',
      field: 'records',
      aggregate: 'count',
      condition: { new: { within: 604_800_000_000_000 } },
      for: '0s',
      severity: 'info',
      labels: {},
    },
  ],
} as unknown as Monitor

test('a monitor goes through the form unchanged', () => {
  expect(documentOf(draftOf(monitor))).toEqual({
    name: 'modules',
    by: ['source_module', 'target_module'],
    where: { source_module: ['web', 'app'] },
    fields: ['elapsed_ms', 'warning'],
    thresholds: [
      { field: 'elapsed_ms', aggregate: 'p95', above: 300, for: '3m', severity: 'critical', labels: { team: 'shop' } },
      { field: 'records', new: { within: '7d' }, severity: 'info' },
    ],
  })
})

test('what was left empty is left out', () => {
  expect(documentOf({ ...emptyDraft, name: ' by module ' })).toEqual({
    name: 'by module',
    by: ['source_module', 'target_module'],
  })
})

test.each([
  [{ name: ' ' }, ['name']],
  [{ name: 'a', by: [] }, ['by']],
  [{ name: 'a', thresholds: [emptyThreshold] }, ['thresholds.0.limit']],
  [{ name: 'a', thresholds: [{ ...emptyThreshold, limit: '3 s' }] }, ['thresholds.0.limit']],
  [{ name: 'a', thresholds: [{ ...emptyThreshold, limit: '0.5' }] }, []],
  [{ name: 'a', thresholds: [{ ...emptyThreshold, kind: 'new' as const, limit: '7d' }] }, []],
])('%j misses %j', (changed, places) => {
  expect([...missing({ ...emptyDraft, ...changed })]).toEqual(places)
})

test.each([
  ['modules', [], 'modules copy'],
  ['modules', ['modules copy'], 'modules copy 2'],
  ['modules', ['modules copy', 'modules copy 2'], 'modules copy 3'],
])('a copy of %s among %j is named %s', (name, taken, copy) => expect(copyName(name, taken)).toBe(copy))

describe('durations', () => {
  test.each([
    [60e9, '1m'],
    [90e9, '90s'],
    [86_400e9, '1d'],
    [1500e6, '1500ms'],
    [7, '7ns'],
  ])('%d ns is %s', (ns, text) => expect(durationText(ns)).toBe(text))
})

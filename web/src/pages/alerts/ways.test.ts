import { expect, test } from 'vitest'
import { type Alert, flowOf } from './grouping'
import { lineOf, rangeOf, runsOfFlow } from './ways'

const alert = (changed: Partial<Alert>) =>
  ({ dimensions: {}, since: '2026-11-22T14:20:00Z', resolved: null, ...changed }) as Alert

test.each([
  [{}, ''],
  [{ source_module: 'web', target_module: 'order' }, 'source_module:web target_module:order'],
  [{ service: 'GET /items/{id}' }, 'service:"GET /items/{id}"'],
  [{ service: 'say "hi"' }, String.raw`service:"say \"hi\""`],
  [{ service: '' }, 'service:""'],
])('%j as a query line', (dimensions, line) => expect(lineOf(alert({ dimensions }))).toBe(line))

test('an alert about a flow leads to its runs, of whatever application', () => {
  const dimensions = { flow: 'shop.sync' } as Alert['dimensions']
  expect(flowOf(alert({ monitor: '(flows)', dimensions }))).toBe('shop.sync')
  expect(flowOf(alert({ monitor: 'mine', dimensions }))).toBe(undefined)
  expect(runsOfFlow('shop.sync')).toEqual({ list: 'runs', application: ['*'], flow: ['shop.sync'] })
})

test('the range begins ten minutes before, and reaches to now while it lasts', () => {
  expect(rangeOf(alert({}))).toEqual({ from: '2026-11-22T14:10:00.000Z', to: 'now' })
  expect(rangeOf(alert({ resolved: '2026-11-22T15:00:00Z' })).to).toBe('2026-11-22T15:10:00.000Z')
})

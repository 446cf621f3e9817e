/** What the URL means to the server: each filter, the usual application, and what narrows the list further. */
import { describe, expect, test } from 'vitest'
import { stepOf } from '~/runs/StepMessage'
import { filterCount, lineFilter, runFilter, unfiltered } from './filters'
import { filtered } from './LineDrawer'
import { type RunsSearch, runsSearch } from './search'

const asked = (search: RunsSearch, usual: string | null = null) =>
  Object.fromEntries(Object.entries(lineFilter(search, usual)).filter(([, value]) => value !== undefined))

test.each<[string, RunsSearch, string | null, object]>([
  ['the usual application without a choice', {}, 'shop', { application: ['shop'] }],
  ['every application while none is known', {}, null, {}],
  ['the chosen application', { application: ['ops'] }, 'shop', { application: ['ops'] }],
  ['every application when that is chosen', { application: ['*'] }, 'shop', {}],
  ['several levels', { severity: ['warn', 'error'] }, null, { severity: ['warn', 'error'] }],
  [
    'any combination',
    { region: ['cn'], version: ['2'], flow: ['a.b'], job: 'f8d77b41', q: 'timeout', attempts: 'shown' },
    null,
    { region: ['cn'], version: ['2'], flow: ['a.b'], job_id: 'f8d77b41', q: 'timeout', attempts: 'shown' },
  ],
])('%s', (_, search, usual, expected) => {
  expect(asked(search, usual)).toEqual(expected)
})

test('runs are asked by status, not by level', () => {
  expect(runFilter({ status: ['failed'], severity: ['error'], open: true }, null)).toMatchObject({
    status: ['failed'],
    open: true,
  })
  expect(runFilter({ severity: ['error'] }, null)).not.toHaveProperty('severity')
})

test.each<[RunsSearch, number]>([
  [{}, 0],
  [{ application: ['*'] }, 0],
  [{ application: ['shop'], severity: ['warn'], q: 'x' }, 3],
  [{ list: 'runs', severity: ['warn'], status: ['failed'] }, 1],
  [{ ...unfiltered }, 0],
])('%j has %i filters', (search, count) => {
  expect(filterCount(search)).toBe(count)
})

test('the URL: what is of no use is left out', () => {
  expect(
    runsSearch({ severity: ['warn', 'loud'], status: 'sleeping', list: 'runs', open: 'true', attempts: 1 }),
  ).toEqual({
    severity: ['warn'],
    list: 'runs',
    open: true,
  })
})

describe('a field of a line narrows the list', () => {
  test.each([
    [{ column: 'application', value: 'shop' }, { application: ['shop'] }],
    [{ column: 'job_id', value: 'abc' }, { job: 'abc' }],
    [{ column: 'severity', value: 'warn' }, { severity: ['warn'] }],
    [{ column: 'component', value: 'HTTP' }, { q: 'late component:HTTP' }],
    [{ column: 'category', value: 'two words' }, { q: 'late category:"two words"' }],
    [{ column: 'flow', value: 'a.b', negated: true }, { q: 'late -flow:a.b' }],
  ])('%j', (filter, changed) => {
    expect(filtered({ q: 'late' }, filter)).toEqual(changed)
  })
})

describe('the step that a line belongs to', () => {
  const step = (pointer: string, attempt: number, from: number, to: number) =>
    ({
      pointer,
      name: pointer.slice(1),
      attempt,
      iteration: '',
      started: new Date(from).toISOString(),
      ended: new Date(to).toISOString(),
    }) as Parameters<typeof stepOf>[0][number]
  const steps = [step('/a', 1, 0, 100), step('/a', 2, 200, 300), step('/b', 1, 100, 200)]
  const line = (part: { step?: string; attempt?: number }, at: number) => ({
    ...part,
    time: new Date(at).toISOString(),
  })

  test.each([
    ['by its pointer and its time', line({ step: '/a' }, 250), '/a', 2],
    ['by its attempt where the time is outside of all', line({ step: '/a', attempt: 1 }, 500), '/a', 1],
    ['by its name', line({ step: 'b' }, 150), '/b', 1],
  ])('%s', (_, told, pointer, attempt) => {
    expect(stepOf(steps, told)).toMatchObject({ pointer, attempt })
  })
  test('none, when the line names no step', () => {
    expect(stepOf(steps, line({}, 50))).toBeUndefined()
  })
})

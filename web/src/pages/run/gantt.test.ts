/** Steps as rows and bars: nesting, loops, tries, what was not reached, and a clock without the long waits. */
import { describe, expect, test } from 'vitest'
import type { Step } from '~/api/runs'
import { clockFor, clockOf, loopsOf, type Row, rowsOf, unfolded } from './gantt'

const zero = Date.parse('2026-11-22T14:00:00Z')
const at = (ms: number) => new Date(zero + ms).toISOString()

/** A step from one millisecond to another, counted from the start of the run. */
const step = (pointer: string, [from, to]: [number, number?] | [], part: Partial<Step> = {}): Step => ({
  pointer,
  iteration: '',
  attempt: 1,
  name: pointer.split('/').at(-1) ?? '',
  kind: 'call',
  depth: 0,
  parent: null,
  status: 'succeeded',
  started: from === undefined ? null : at(from),
  ended: to === undefined ? null : at(to),
  duration_ms: from === undefined || to === undefined ? null : to - from,
  operation: null,
  target: null,
  target_module: null,
  fault: null,
  ...part,
})

const each = '/do/1/each'
const inner = `${each}/do/0/reserve`
const loop = [
  step('/do/2/save', [], { status: 'unreached' }),
  step('/do/0/load', [0, 10]),
  step(each, [10, 100], { kind: 'for' }),
  step(inner, [50, 100], { iteration: '1', parent: each }),
  step(inner, [10, 40], { iteration: '0', parent: each }),
]
const told = (steps: readonly Step[]) =>
  rowsOf(steps, zero + 500).map(
    ({ name, iteration, depth }) => `${'>'.repeat(depth)}${name}${iteration && `[${iteration}]`}`,
  )

test('rows stand as they began, iterations inside of their loop, unreached steps last', () => {
  expect(told(loop)).toEqual(['load', 'each', '>reserve[0]', '>reserve[1]', 'save'])
})

test('a step that took less than a millisecond took what it took', () => {
  const [row] = rowsOf([step('/do/0/a', [3, 3], { duration_ms: 0.16 })], zero)
  expect(row?.duration).toBeCloseTo(0.16)
})

test('a folded loop hides what is inside of it, and only that', () => {
  const rows = rowsOf(loop, zero)
  expect(unfolded(rows, new Set([`${each}#`])).map(({ name }) => name)).toEqual(['load', 'each', 'save'])
})

test('the inside of a nested loop belongs to the iteration around it', () => {
  const nested = [
    step('/a', [0, 100], { kind: 'for' }),
    step('/a/b', [0, 50], { kind: 'for', parent: '/a', iteration: '0' }),
    step('/a/b', [50, 100], { kind: 'for', parent: '/a', iteration: '1' }),
    step('/a/b/c', [60, 70], { parent: '/a/b', iteration: '1.0' }),
  ]
  expect(told(nested)).toEqual(['a', '>b[0]', '>b[1]', '>>c[1.0]'])
})

test.each([
  ['', ''],
  ['2', '2'],
  ['!1', ''],
  ['2.!1', '2'],
  ['~1.0', '~1.0'],
])('the loops of iteration %j are %j', (iteration, loops) => {
  expect(loopsOf(iteration)).toBe(loops)
})

describe('tries of one step', () => {
  test('retries of a `try` and attempts of the run are bars of one row, counted through', () => {
    const [row] = rowsOf(
      [
        step('/x', [0, 10], { status: 'failed' }),
        step('/x', [20, 30], { status: 'failed', iteration: '!1' }),
        step('/x', [90, 100], { attempt: 2 }),
      ],
      zero,
    )
    expect(row?.bars.map(({ attempt, status, folded }) => [attempt, status, folded])).toEqual([
      [1, 'failed', true],
      [2, 'failed', true],
      [3, 'succeeded', false],
    ])
    expect([row?.status, row?.duration]).toEqual(['succeeded', 30])
  })

  test('the hours between a failure and the retry by a person are no part of what a step took', () => {
    const hours = 3 * 3_600_000
    const [row] = rowsOf(
      [step('/x', [0, 40], { status: 'failed' }), step('/x', [hours, hours + 60], { attempt: 2 })],
      zero + hours + 500,
    )
    expect(row?.duration).toBe(100)
  })

  test('what was cancelled has ended', () => {
    const [row] = rowsOf([step('/x', [10, 70], { status: 'cancelled' })], zero + 500_000)
    expect([row?.status, row?.duration]).toEqual(['cancelled', 60])
  })

  test('failures are not folded while none has succeeded', () => {
    const [row] = rowsOf([step('/x', [0, 10], { status: 'failed' })], zero)
    expect(row?.bars[0]?.folded).toBe(false)
  })

  test('what runs reaches to now', () => {
    const [row] = rowsOf([step('/x', [0, 0], { status: 'running', ended: null })], zero + 300)
    expect(row?.bars[0]?.to).toBe(zero + 300)
  })
})

describe('the clock', () => {
  const bar = (from: number, to: number) => ({ from: zero + from, to: zero + to })

  test('is even when nothing waits for long', () => {
    const clock = clockOf([bar(0, 1000), bar(3000, 4000)], zero, zero + 4000)
    expect([0, 1000, 2000, 4000].map((ms) => clock.x(zero + ms))).toEqual([0, 0.25, 0.5, 1])
    expect(clock.cuts).toEqual([])
  })

  test('cuts a wait of hours out, tells how long it was, and keeps the order', () => {
    const hours = 3 * 3_600_000
    const clock = clockOf([bar(0, 2000), bar(2000 + hours, 4000 + hours)], zero, zero + 4000 + hours)
    expect(clock.cuts.map(({ ms }) => ms)).toEqual([hours])
    const xs = [0, 2000, hours, 2000 + hours, 4000 + hours].map((ms) => clock.x(zero + ms))
    expect(xs).toEqual([...xs].sort((a, b) => a - b))
    expect(xs[1]).toBeCloseTo(0.47)
    expect(xs.at(-1)).toBeCloseTo(1)
  })

  test('has round ticks', () => {
    expect(clockOf([bar(0, 14_000)], zero, zero + 14_000).ticks.map((tick) => tick.at)).toEqual([
      0, 2000, 4000, 6000, 8000, 10_000, 12_000, 14_000,
    ])
  })

  test('a run of no length has a clock, too', () => {
    expect(clockOf([], zero, zero).x(zero)).toBe(0)
  })
})

test.each([
  ['running', 3_600_000, 1],
  ['retrying', 2_000, 0],
] as const)('the clock of a run that is %s ends where it does', (status, end, cuts) => {
  const at = Date.parse('2026-11-22T10:00:00Z')
  const bars = [{ attempt: 1, status: 'failed' as const, from: at, to: at + 2_000, folded: false }]
  const started = new Date(at).toISOString()
  const clock = clockFor(
    { status, started, queued: started, ended: null },
    [{ inside: 0, bars } as unknown as Row],
    at + 3_600_000,
  )
  expect([clock.x(at + end), clock.cuts.length]).toEqual([1, cuts])
})

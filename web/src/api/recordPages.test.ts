/** New rows at the head: at once at the top, waiting elsewhere, each once, in order, and never with an unseen gap. */
import { describe, expect, test } from 'vitest'
import type { LogRecord } from '~/parts/LogList'
import { firstPage, type Listed, olderRows, type Page, shown, withHead, withOlder, withStreamed } from './recordPages'

/** Rows named by their second: row(7) is of second 7. */
const row = (second: number): LogRecord =>
  ({ id: `id${second}`, kind: 'log', time: new Date(second * 1000).toISOString() }) as LogRecord
const page = (seconds: number[], next: string | null = 'more'): Page => ({ records: seconds.map(row), next })
const seconds = (rows: readonly LogRecord[]) => rows.map(({ time }) => Date.parse(time) / 1000)
const list = firstPage(page([5, 4, 3]))
const told = ({ rows, fresh }: Listed) => [seconds(rows), seconds(fresh)]

test('few requests reach far: pages grow with the list', () => {
  let [rows, requests] = [500, 1]
  while (rows < 100_000) {
    rows += olderRows(rows)
    requests += 1
  }
  expect(requests).toBeLessThanOrEqual(15)
  expect([olderRows(0), olderRows(4000), olderRows(60_000)]).toEqual([1000, 4000, 10_000])
})

test('older rows go to the end', () => {
  const longer = withOlder(list, page([2, 1], null))
  expect([seconds(longer.rows), longer.next]).toEqual([[5, 4, 3, 2, 1], null])
})

test.each([
  ['nothing new', page([5, 4, 3]), true, [[5, 4, 3], []]],
  ['at the top they join', page([7, 6, 5]), true, [[7, 6, 5, 4, 3], []]],
  [
    'elsewhere they wait',
    page([7, 6, 5]),
    false,
    [
      [5, 4, 3],
      [7, 6],
    ],
  ],
  ['so many that a gap is left: the list begins anew', page([9, 8, 7]), true, [[9, 8, 7], []]],
  [
    'so many, elsewhere',
    page([9, 8, 7]),
    false,
    [
      [5, 4, 3],
      [9, 8, 7],
    ],
  ],
  ['no gap when these are all', page([9, 8], null), true, [[9, 8, 5, 4, 3], []]],
])('%s', (_name, head, top, expected) => {
  expect(told(withHead(list, head, top))).toEqual(expected)
})

test('what waited behind a gap replaces the list, and goes on from its own end', () => {
  const waiting = withHead(list, page([9, 8, 7], 'after 7'), false)
  const now = shown(waiting)
  expect([seconds(now.rows), now.next, now.gap]).toEqual([[9, 8, 7], 'after 7', null])
})

describe('the stream', () => {
  test('tells of a row twice, it is shown once', () => {
    const once = withStreamed(list, [row(6), row(5)], true)
    expect(told(withStreamed(once, [row(6)], true))).toEqual([[6, 5, 4, 3], []])
  })
  test('late rows take their place in time', () => {
    const late = { ...row(4), id: 'late', time: new Date(3500).toISOString() } as LogRecord
    expect(seconds(withStreamed(list, [late], true).rows)).toEqual([5, 4, 3.5, 3])
  })
  test('rows that wait gather', () => {
    const two = withStreamed(withStreamed(list, [row(6)], false), [row(7)], false)
    expect(told(two)).toEqual([
      [5, 4, 3],
      [7, 6],
    ])
    expect(told(shown(two))).toEqual([[7, 6, 5, 4, 3], []])
  })
})

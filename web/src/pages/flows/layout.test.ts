/** The diagram: ranks, boxes inside of boxes, ways that go around what stands between, ways back. */
import { describe, expect, test } from 'vitest'
import type { Diagram } from '~/api/runs'
import { layoutOf, ranksOf } from './layout'

const node = (id: string, parent: string | null = null) => ({ id, name: id, kind: 'set', parent })
const way = (from: string, to: string) => ({ from, to, label: null })

const diagram: Diagram = {
  nodes: [node('start'), node('a'), node('loop'), node('b', 'loop'), node('c', 'loop'), node('d'), node('end')],
  edges: [
    way('start', 'a'),
    way('a', 'loop'),
    way('a', 'd'),
    way('b', 'c'),
    way('loop', 'd'),
    way('d', 'a'),
    way('d', 'end'),
  ],
}
const { boxes, lines } = layoutOf(diagram)
const box = (id: string) => {
  const found = boxes.find((each) => each.id === id)
  if (!found) throw new Error(`no box ${id}`)
  return found
}
const line = (from: string, to: string) => lines.find(({ key }) => key.startsWith(`${from} ${to} `))

test('each stands below what leads to it, the end below all', () => {
  const order = ['start', 'a', 'loop', 'd', 'end'].map((id) => box(id).y)
  expect(order).toEqual([...order].sort((a, b) => a - b))
  expect(new Set(order).size).toBe(order.length)
})

test('what is inside of a loop is inside of its box', () => {
  const outer = box('loop')
  for (const id of ['b', 'c']) {
    const inner = box(id)
    expect(inner.x).toBeGreaterThanOrEqual(outer.x)
    expect(inner.y).toBeGreaterThan(outer.y)
    expect(inner.x + inner.width).toBeLessThanOrEqual(outer.x + outer.width)
    expect(inner.y + inner.height).toBeLessThanOrEqual(outer.y + outer.height)
  }
})

test('boxes of one rank do not overlap', () => {
  const { boxes: fork } = layoutOf({ nodes: [node('s'), node('x'), node('y')], edges: [way('s', 'x'), way('s', 'y')] })
  const [, x, y] = fork
  expect(x?.y).toBe(y?.y)
  expect((x?.x ?? 0) + (x?.width ?? 0)).toBeLessThan(y?.x ?? 0)
})

test('a task that nothing leads to stands where the document has it', () => {
  const members = ['start', 'a', 'passed', 'b', 'end'].map((id) => node(id))
  const ranks = ranksOf(members, [
    ['start', 'a'],
    ['a', 'b'],
    ['passed', 'b'],
    ['b', 'end'],
  ])
  expect(ranks.map((row) => row.map(({ id }) => id))).toEqual([['start'], ['a'], ['passed'], ['b'], ['end']])
})

describe('ways', () => {
  test('down over a box in between go around it on the left', () => {
    expect(line('a', 'd')?.x).toBeLessThan(Math.min(...boxes.map(({ x }) => x)))
  })
  test('back go up on the right', () => {
    expect(line('d', 'a')?.back).toBe(true)
    expect(line('d', 'a')?.x).toBeGreaterThan(box('d').x + box('d').width)
  })
  test('in a loop lead from its last task to its first, and in a fork nowhere', () => {
    const within = (kind: string, last: string) =>
      layoutOf({
        nodes: [{ ...node('box'), kind }, node('x', 'box'), node('y', 'box')],
        edges: [way('box', 'x'), way('x', 'y'), way(last, 'box')],
      }).lines.map(({ key, back }) => [key.split(' ', 2).join(' '), back])
    expect(within('for', 'y')).toEqual([
      ['x y', false],
      ['y x', true],
    ])
    expect(within('for', 'x')).toContainEqual(['x x', true])
    expect(within('fork', 'y')).toEqual([['x y', false]])
  })
  test('back from a fork at the end of a loop are one, from its box', () => {
    const { lines: ways } = layoutOf({
      nodes: [
        { ...node('loop'), kind: 'for' },
        node('a', 'loop'),
        { ...node('f', 'loop'), kind: 'fork' },
        node('x', 'f'),
        node('y', 'f'),
      ],
      edges: [way('loop', 'a'), way('a', 'f'), way('f', 'x'), way('x', 'loop'), way('f', 'y'), way('y', 'loop')],
    })
    expect(ways.map(({ key, back }) => [key.split(' ', 2).join(' '), back])).toEqual([
      ['a f', false],
      ['f a', true],
    ])
  })
  test('to what catches lead from what is tried, which stands above', () => {
    const { boxes: tried, lines: ways } = layoutOf({
      nodes: [{ ...node('t'), kind: 'try' }, node('a', 't'), node('b', 't'), node('caught', 't')],
      edges: [
        way('t', 'a'),
        way('a', 'b'),
        { ...way('t', 'caught'), label: 'catch' },
        way('b', 't'),
        way('caught', 't'),
      ],
    })
    expect(ways.map(({ key, label }) => [key.split(' ', 2).join(' '), label])).toEqual([
      ['a b', null],
      ['b caught', 'catch'],
    ])
    const y = (id: string) => tried.find((each) => each.id === id)?.y ?? 0
    expect(y('caught')).toBeGreaterThan(y('b'))
  })
  test('to what is not there are left out', () => {
    expect(layoutOf({ nodes: [node('a')], edges: [way('a', 'gone')] }).lines).toEqual([])
  })
})

test('a way back makes no endless rank', () => {
  const ranks = ranksOf(
    [node('a'), node('b')],
    [
      ['a', 'b'],
      ['b', 'a'],
    ],
  )
  expect(ranks.map((row) => row.map(({ id }) => id))).toEqual([['a'], ['b']])
})

test('a flow of nothing is drawn', () => {
  expect(layoutOf({ nodes: [], edges: [] })).toMatchObject({ width: 0, height: 0, boxes: [] })
})

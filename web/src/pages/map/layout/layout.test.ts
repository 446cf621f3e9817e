/** What a picture must keep, whatever the graph: order of callers and callees, distances, places between refreshes. */
import { describe, expect, test } from 'vitest'
import { forced } from './force'
import { layered } from './layered'
import { crossings, spread } from './order'
import { grown, laidOut, mostlyKnown } from './place'
import { closing, ranked } from './ranks'
import { type Box, type LayoutQuestion, type Placement, wayId } from './types'

function question(text: string, part: Partial<LayoutQuestion> = {}): LayoutQuestion {
  const pairs = text.split(' ').map((pair) => pair.split('>') as [string, string])
  const names = [...new Set(pairs.flat())]
  return {
    mode: 'tree',
    direction: 'right',
    boxes: names.map((id): Box => ({ id, width: 130, height: 44, above: 0 })),
    ways: pairs.map(([source, target]) => ({
      id: wayId(source, target),
      source,
      target,
      roomWidth: 100,
      roomHeight: 32,
    })),
    before: null,
    window: null,
    ...part,
  }
}

function overlaps({ boxes }: LayoutQuestion, placement: Placement): string[] {
  return boxes.flatMap((a, at) =>
    boxes.slice(at + 1).flatMap((b) => {
      const [p, q] = [placement.boxes[a.id], placement.boxes[b.id]]
      if (!p || !q) return [`${a.id} or ${b.id} has no place`]
      const apart = Math.abs(p.x - q.x) >= (a.width + b.width) / 2 || Math.abs(p.y - q.y) >= (a.height + b.height) / 2
      return apart ? [] : [`${a.id} on ${b.id}`]
    }),
  )
}

const shop =
  'web>gateway app>gateway gateway>search gateway>order gateway>user order>stock order>payment order>user sync>stock search>index'

describe('columns', () => {
  test.each([
    [
      'a chain',
      3,
      [
        [0, 1],
        [1, 2],
      ],
      [0, 1, 2],
    ],
    [
      'a shared callee stands after its last caller',
      4,
      [
        [0, 1],
        [1, 2],
        [0, 3],
        [2, 3],
      ],
      [0, 1, 2, 3],
    ],
    [
      'a caller that nobody calls stands next to what it calls',
      4,
      [
        [0, 1],
        [1, 2],
        [3, 2],
      ],
      [0, 1, 2, 1],
    ],
    [
      'a cycle is cut where it closes',
      3,
      [
        [0, 1],
        [1, 2],
        [2, 1],
      ],
      [0, 1, 2],
    ],
    [
      'two that call each other',
      2,
      [
        [0, 1],
        [1, 0],
      ],
      [0, 1],
    ],
  ] as [string, number, [number, number][], number[]][])('%s', (_name, count, arcs, wanted) => {
    expect(ranked(count, arcs).rank).toEqual(wanted)
  })
  test('no arc closes a cycle where there is none', () => {
    expect(
      closing(4, [
        [0, 1],
        [0, 2],
        [1, 3],
        [2, 3],
      ]),
    ).toEqual([false, false, false, false])
  })
  test('many callees of one caller take several columns', () => {
    const { rank } = ranked(
      101,
      Array.from({ length: 100 }, (_, at) => [0, at + 1] as const),
    )
    expect(new Set(rank).size).toBeGreaterThan(3)
  })
})

test('crossings are counted', () => {
  const after = [[3], [2], [], []]
  expect(
    crossings(
      [
        [0, 1],
        [2, 3],
      ],
      after,
      [0, 1, 0, 1],
    ),
  ).toBe(1)
  expect(
    crossings(
      [
        [1, 0],
        [2, 3],
      ],
      after,
      [1, 0, 0, 1],
    ),
  ).toBe(0)
})

test.each([
  [
    [0, 100],
    [1, 1],
    [0, 10],
    [0, 100],
  ],
  [
    [0, 0],
    [1, 1],
    [0, 10],
    [-5, 5],
  ],
  [
    [0, 0, 0],
    [1, 1, 1],
    [0, 10, 10],
    [-10, 0, 10],
  ],
  [
    [10, 0],
    [3, 1],
    [0, 4],
    [6.5, 10.5],
  ],
])('wishes %j of weights %j, apart %j: %j', (wished, weight, apart, places) => {
  expect(spread(wished, weight, apart)).toEqual(places)
})

describe('the tree', () => {
  test('callers left of callees, nothing overlaps, labels have slots', () => {
    const asked = question(shop)
    const placement = layered(asked)
    expect(overlaps(asked, placement)).toEqual([])
    for (const { id, source, target } of asked.ways) {
      const [from, to] = [placement.boxes[source], placement.boxes[target]]
      expect(from?.x).toBeLessThan(to?.x ?? 0)
      const slot = placement.bends[id]?.[0]
      expect(slot?.x).toBeGreaterThan((from?.x ?? 0) + 65 + 50)
      expect(slot?.x).toBeLessThan((to?.x ?? 0) - 65 - 50)
    }
  })
  test('slots of one gap are a label apart', () => {
    const { bends } = layered(question(shop))
    const slots = Object.values(bends).flatMap(([slot]) => slot ?? [])
    for (const [at, a] of slots.entries()) {
      for (const b of slots.slice(at + 1)) {
        if (a.x === b.x) expect(Math.abs(a.y - b.y)).toBeGreaterThanOrEqual(32)
      }
    }
  })
  test('on the phone callers stand above', () => {
    const asked = question(shop, { direction: 'down' })
    const placement = layered(asked)
    expect(overlaps(asked, placement)).toEqual([])
    expect(placement.boxes.web?.y).toBeLessThan(placement.boxes.gateway?.y ?? 0)
  })
  test('a cycle runs back through its own slot', () => {
    const { boxes, bends } = layered(question('a>b b>c c>a'))
    expect(boxes.a?.x).toBeLessThan(boxes.c?.x ?? 0)
    const back = bends[wayId('c', 'a')] ?? []
    expect(back[0]?.x).toBeGreaterThan(back.at(-1)?.x ?? 0)
  })
  test('the same question gives the same picture', () => {
    expect(layered(question(shop))).toEqual(layered(question(shop)))
  })
  test('a new layout keeps the order that was', () => {
    const before = layered(question('r>a r>b r>c'))
    const after = layered(question('r>c r>b r>a', { before }))
    const order = (placement: Placement) =>
      ['a', 'b', 'c'].sort((x, y) => (placement.boxes[x]?.y ?? 0) - (placement.boxes[y]?.y ?? 0))
    expect(order(after)).toEqual(order(before))
  })
  test('a thousand boxes and five thousand ways in seconds, without overlaps', () => {
    let seed = 7
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
      return seed % below
    }
    const pairs = new Set<string>()
    while (pairs.size < 5000) pairs.add(`n${random(1000)}>n${random(1000)}`)
    const asked = question([...pairs].join(' '))
    for (const way of asked.ways) Object.assign(way, { roomWidth: 0, roomHeight: 0 })
    const began = performance.now()
    const placement = layered(asked)
    expect(overlaps(asked, placement)).toEqual([])
    expect(performance.now() - began).toBeLessThan(30_000)
  })
})

describe('a window', () => {
  const window = { width: 1100, height: 560 }
  const height = ({ boxes }: Placement) => {
    const all = Object.values(boxes).map(({ y }) => y)
    return Math.max(...all) - Math.min(...all)
  }
  const clients = Array.from({ length: 24 }, (_, at) => `c${at}>api`).join(' ')
  const rooms = (text: string, roomHeight: number) => {
    const asked = question(text, { window })
    return { ...asked, ways: asked.ways.map((way) => ({ ...way, roomHeight })) }
  }
  test('that has room for the labels leaves the picture as it is', () => {
    expect(laidOut(question('web>shop shop>stock', { window }))).toEqual(layered(question('web>shop shop>stock')))
  })
  test('that would make names unreadable gives the room of the labels to the boxes', () => {
    const asked = rooms(clients, 120)
    const placement = laidOut(asked)
    expect(placement.bare).toBe(true)
    expect(overlaps(asked, placement)).toEqual([])
    expect(height(placement)).toBeLessThan(window.height * 1.1)
    expect(height(layered(asked))).toBeGreaterThan(window.height * 2)
  })
  test('has columns without that room as far apart as it is wide, since labels in trouble stand there all the same', () => {
    const across = (asked: ReturnType<typeof rooms>) => {
      const all = Object.values(laidOut(asked).boxes).map(({ x }) => x)
      return Math.max(...all) - Math.min(...all)
    }
    const asked = rooms(Array.from({ length: 9 }, (_, at) => `c${at}>api`).join(' '), 120)
    const narrow = { ...asked, window: { width: 300, height: 560 } }
    expect(across(asked) - across(narrow)).toBeGreaterThan(150)
    expect(overlaps(asked, laidOut(asked))).toEqual([])
  })
  test('shapes boxes that only call themselves', () => {
    const names = Array.from({ length: 150 }, (_, at) => `n${at}`)
    const boxes = names.map((id): Box => ({ id, width: 130, height: 44, above: 70 }))
    const placement = laidOut({ ...question('a>b', { window }), boxes, ways: [] })
    const width = Math.max(...Object.values(placement.boxes).map(({ x }) => x))
    expect(width / height(placement)).toBeGreaterThan(1.5)
  })
  test('places that are known stay without that room', () => {
    const known = laidOut(rooms(clients, 120))
    expect(grown(rooms(`${clients} new>api`, 120), known).bare).toBe(true)
  })
})

test('a thousand callers of one callee share a trunk: the picture is wider than high', () => {
  const asked = question(Array.from({ length: 999 }, (_, at) => `c${at}>api`).join(' '))
  for (const way of asked.ways) Object.assign(way, { roomWidth: 0, roomHeight: 0 })
  const placement = layered(asked)
  expect(overlaps(asked, placement)).toEqual([])
  const extent = (axis: 'x' | 'y') => {
    const all = Object.values(placement.boxes).map((box) => box[axis])
    return Math.max(...all) - Math.min(...all)
  }
  expect(extent('x')).toBeGreaterThan(extent('y'))
})

test('free: nothing overlaps', () => {
  const asked = question(shop, { mode: 'free' })
  expect(overlaps(asked, forced(asked))).toEqual([])
})

test('free: as wide as windows are, and known places stay about where they were', () => {
  const asked = question(shop, { mode: 'free' })
  const first = forced(asked)
  const points = Object.values(first.boxes)
  const extent = (axis: 'x' | 'y') =>
    Math.max(...points.map((at) => at[axis])) - Math.min(...points.map((at) => at[axis]))
  expect(extent('x') / extent('y')).toBeGreaterThan(1.2)
  const again = forced({ ...asked, before: first })
  for (const [id, { x, y }] of Object.entries(first.boxes)) {
    const after = again.boxes[id] ?? { x: Number.NaN, y: Number.NaN }
    expect(Math.hypot(after.x - x, after.y - y), id).toBeLessThan(120)
  }
})

describe('between refreshes', () => {
  const known = layered(question(shop))
  test('what is known stays, what is new finds room', () => {
    const asked = question(`${shop} order>bank`)
    expect(mostlyKnown(asked.boxes, known)).toBe(true)
    const after = grown(asked, known)
    for (const [id, point] of Object.entries(known.boxes)) expect(after.boxes[id]).toEqual(point)
    expect(overlaps(asked, after)).toEqual([])
    expect(after.boxes.bank?.x).toBeGreaterThan(after.boxes.order?.x ?? 0)
  })
  test('a picture that is mostly new is laid out afresh', () => {
    expect(mostlyKnown(question('x>y y>z').boxes, known)).toBe(false)
  })
})

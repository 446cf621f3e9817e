/**
 * The free layout: boxes push each other away, ways pull, and at the end nothing overlaps. It begins from the places
 * that are known, else from a spiral, so that the same graph gives the same picture. Pushing is felt within a cell and
 * its neighbours only, which keeps a thousand boxes affordable.
 */
import type { LayoutQuestion, Placement, Point } from './types'

const wished = 290
const cell = wished * 2
/** Windows are wide and so are cards and labels: what is pushed apart as in a square is shown so much lower. */
const flat = 0.6

interface Body extends Point {
  id: string
  width: number
  height: number
  above: number
  degree: number
}

export function forced({ boxes, ways, before }: LayoutQuestion): Placement {
  const degree = new Map<string, number>()
  for (const { source, target } of ways) {
    for (const end of [source, target]) degree.set(end, (degree.get(end) ?? 0) + 1)
  }
  const bodies = [...boxes]
    .sort((a, b) => (degree.get(b.id) ?? 0) - (degree.get(a.id) ?? 0) || a.id.localeCompare(b.id))
    .map((box, at): Body => {
      const known = before?.boxes[box.id]
      const [angle, radius] = [at * 2.399963, wished * 0.62 * Math.sqrt(at)]
      return {
        ...box,
        degree: degree.get(box.id) ?? 0,
        x: known?.x ?? radius * Math.cos(angle),
        y: known ? known.y / flat : radius * Math.sin(angle),
      }
    })
  const byId = new Map(bodies.map((body) => [body.id, body]))
  const springs = ways.flatMap(({ source, target }) => {
    const [a, b] = [byId.get(source), byId.get(target)]
    return a && b && a !== b ? [[a, b] as const] : []
  })
  const rounds = bodies.length > 400 ? 120 : 320
  for (let round = 0; round < rounds; round += 1)
    settle(bodies, springs, wished * 0.5 * (1 - round / rounds) ** 1.5 + 1)
  for (const body of bodies) body.y *= flat
  for (let round = 0; round < 60 && separate(bodies); round += 1);
  return { boxes: Object.fromEntries(bodies.map(({ id, x, y }) => [id, { x, y }])), bends: {} }
}

function settle(bodies: readonly Body[], springs: readonly (readonly [Body, Body])[], most: number) {
  const push = new Map<Body, Point>(bodies.map((body) => [body, { x: -body.x * 0.012, y: -body.y * 0.02 }]))
  const move = (body: Body, x: number, y: number) => {
    const sum = push.get(body)
    if (sum) {
      sum.x += x
      sum.y += y
    }
  }
  near(bodies, cell, (a, b) => {
    const [dx, dy] = [a.x - b.x || 0.1, a.y - b.y || 0.1]
    const square = Math.max(400, dx * dx + dy * dy)
    const force = (wished * wished) / square
    const length = Math.sqrt(square)
    move(a, (dx / length) * force * 18, (dy / length) * force * 18)
    move(b, (-dx / length) * force * 18, (-dy / length) * force * 18)
  })
  for (const [a, b] of springs) {
    const [dx, dy] = [b.x - a.x, b.y - a.y]
    const length = Math.max(1, Math.hypot(dx, dy))
    const force = ((length - wished) / length) * (0.9 / Math.sqrt(Math.max(1, Math.min(a.degree, b.degree))))
    move(a, dx * force * 0.5, dy * force * 0.5)
    move(b, -dx * force * 0.5, -dy * force * 0.5)
  }
  for (const [body, { x, y }] of push) {
    const length = Math.hypot(x, y)
    const by = length > most ? most / length : 1
    body.x += x * by
    body.y += y * by
  }
}

/** Calls back for each pair in the same or a neighbouring cell. */
function near(bodies: readonly Body[], size: number, meet: (a: Body, b: Body) => void) {
  const cells = new Map<string, Body[]>()
  const key = (x: number, y: number) => `${x},${y}`
  for (const body of bodies) {
    const at = key(Math.floor(body.x / size), Math.floor(body.y / size))
    const here = cells.get(at)
    if (here) here.push(body)
    else cells.set(at, [body])
  }
  for (const [at, here] of cells) {
    const [x = 0, y = 0] = at.split(',').map(Number)
    for (const [i, a] of here.entries()) for (const b of here.slice(i + 1)) meet(a, b)
    for (const [dx, dy] of [
      [1, 0],
      [0, 1],
      [1, 1],
      [1, -1],
    ] as const) {
      for (const a of here) for (const b of cells.get(key(x + dx, y + dy)) ?? []) meet(a, b)
    }
  }
}

/** Pushes overlapping boxes apart, along the shorter way; whether any did. */
function separate(bodies: readonly Body[]): boolean {
  let any = false
  const widest = Math.max(200, ...bodies.map(({ width, height, above }) => Math.max(width, height + above) + 60))
  near(bodies, widest, (a, b) => {
    const x = (a.width + b.width) / 2 + 56 - Math.abs(a.x - b.x)
    const y = (a.height + a.above + b.height + b.above) / 2 + 52 - Math.abs(a.y - b.y)
    if (x <= 0.5 || y <= 0.5) return
    any = true
    if (x < y) {
      const by = (a.x < b.x ? -x : x) / 2
      a.x += by
      b.x -= by
    } else {
      const by = (a.y < b.y ? -y : y) / 2
      a.y += by
      b.y -= by
    }
  })
  return any
}

/**
 * Where a flow's tasks stand in its diagram: top to bottom, in ranks by the longest way from the start; what is inside of
 * a loop, a fork or a `try` is laid out first and makes the size of its box. Ways back go along the right side. Pure.
 */
import type { Diagram } from '~/api/runs'

export interface Box {
  id: string
  name: string
  kind: string
  /** Left upper corner. */
  x: number
  y: number
  width: number
  height: number
  /** Whether others are inside. */
  holds: boolean
}

export interface Line {
  key: string
  label: string | null
  /** From the lower middle of a box to the upper middle of another, or around on the right. */
  path: string
  /** Where its label stands. */
  x: number
  y: number
  back: boolean
}

export interface Layout {
  /** Where the drawing begins: not above 0. */
  left: number
  width: number
  height: number
  boxes: Box[]
  lines: Line[]
}

type Node = Diagram['nodes'][number]

const nodeHeight = 36
const gap = { x: 20, y: 34 }
const inset = { side: 14, top: 36, bottom: 14 }
/** Pixels of an average letter, and what a box needs besides: its icon, gaps and padding. */
const letter = 7.4
const around = 56

/** Room for a name and, quieter behind it, the kind. */
export const boxWidth = (name: string, kind = '') =>
  Math.round(Math.min(280, Math.max(96, (name.length + kind.length * 0.9) * letter + around)))

interface Size {
  width: number
  height: number
}

export function layoutOf(diagram: Diagram): Layout {
  const { nodes } = diagram
  const edges = drawn(diagram)
  const inside = new Map<string, Node[]>()
  const ids = new Set(nodes.map(({ id }) => id))
  for (const node of nodes) {
    const parent = node.parent !== null && ids.has(node.parent) ? node.parent : ''
    inside.set(parent, [...(inside.get(parent) ?? []), node])
  }
  const boxes = new Map<string, Box>()
  const size = place('', { nodes, edges }, inside, boxes)
  const lines = edges.flatMap((edge, at) => lineOf(edge, at, boxes))
  // Ways around others leave the boxes' own width, on either side.
  const left = Math.min(0, ...lines.map(({ x }) => x - 12))
  const right = Math.max(size.width, ...lines.map(({ x }) => x + 12))
  return { left, width: right - left, height: size.height, boxes: [...boxes.values()], lines }
}

/** Kinds whose tasks run again and again. */
const loops = new Set(['for', 'listen'])

/**
 * The edges that are drawn. Between a box and what is inside of it none is: the first task stands on top, the last at the bottom. Only
 * in a loop a line leads from the last back to the first, and in a `try` from its tasks to those that catch.
 */
function drawn({ nodes, edges }: Diagram): Diagram['edges'] {
  const known = new Map(nodes.map((node) => [node.id, node]))
  const first = new Map<string, string>()
  for (const { from, to } of edges) if (known.get(to)?.parent === from && !first.has(from)) first.set(from, to)
  /** Ways back that are drawn, by the box that they lead out of. */
  const ended = new Set<string>()
  const before = (id: string) => {
    const beside = nodes.filter(({ parent }) => parent === known.get(id)?.parent)
    return beside[beside.findIndex((node) => node.id === id) - 1]?.id
  }
  return edges.flatMap((edge) => {
    const { from, to, label } = edge
    if (known.get(to)?.parent === from) {
      const tried = known.get(from)?.kind === 'try' && label !== null ? before(to) : undefined
      return tried === undefined ? [] : [{ ...edge, from: tried }]
    }
    const last = lastWithin(edge, known)
    if (last === null) return [edge]
    if (!loops.has(known.get(to)?.kind ?? '') || ended.has(`${last} ${to}`)) return []
    ended.add(`${last} ${to}`)
    return [{ ...edge, from: last, to: first.get(to) ?? to }]
  })
}

/** The member of a box that a way ends in which leads out of it: branches of a fork leave as the one box; `null` for other ways. */
function lastWithin({ from, to }: Diagram['edges'][number], known: ReadonlyMap<string, Node>): string | null {
  let at = from
  for (let parent = known.get(at)?.parent; parent != null; parent = known.get(at)?.parent) {
    if (parent === to) return at
    at = parent
  }
  return null
}

/** Lays out what is inside of a box at its origin, and tells how much room that takes. */
function place(parent: string, diagram: Diagram, inside: ReadonlyMap<string, Node[]>, boxes: Map<string, Box>): Size {
  const members = inside.get(parent) ?? []
  const sizes = new Map<string, Size>()
  const within = new Map<string, Map<string, Box>>()
  for (const node of members) {
    const own = new Map<string, Box>()
    const holds = inside.has(node.id)
    const inner = holds ? place(node.id, diagram, inside, own) : null
    const width = boxWidth(node.name, node.kind)
    sizes.set(node.id, {
      width: inner ? Math.max(width, inner.width + inset.side * 2) : width,
      height: inner ? inner.height + inset.top + inset.bottom : nodeHeight,
    })
    within.set(node.id, own)
  }
  const ranks = ranksOf(members, liftedEdges(parent, diagram, members))
  const rows = ranks.map((row) => row.map((node) => ({ node, size: sizes.get(node.id) ?? { width: 0, height: 0 } })))
  const rowWidth = (row: (typeof rows)[number]) =>
    row.reduce((sum, { size }) => sum + size.width, 0) + gap.x * Math.max(0, row.length - 1)
  const width = Math.max(0, ...rows.map(rowWidth))
  let y = 0
  for (const row of rows) {
    let x = (width - rowWidth(row)) / 2
    const height = Math.max(...row.map(({ size }) => size.height))
    for (const { node, size } of row) {
      const holds = inside.has(node.id)
      boxes.set(node.id, { id: node.id, name: node.name, kind: node.kind, x, y, ...size, holds })
      shift(within.get(node.id), size.width, x, y, boxes)
      x += size.width + gap.x
    }
    y += height + gap.y
  }
  return { width, height: Math.max(0, y - gap.y) }
}

/** Moves what was laid out at an origin into its box, in the middle of its width. */
function shift(
  inner: ReadonlyMap<string, Box> | undefined,
  width: number,
  x: number,
  y: number,
  boxes: Map<string, Box>,
) {
  if (!inner || inner.size === 0) return
  const right = Math.max(...[...inner.values()].map((box) => box.x + box.width))
  const left = x + (width - right) / 2
  for (const box of inner.values()) boxes.set(box.id, { ...box, x: box.x + left, y: box.y + y + inset.top })
}

/** The edges between the members of a box: what leads into or out of something inside of a member counts for it. */
function liftedEdges(parent: string, { nodes, edges }: Diagram, members: readonly Node[]): [string, string][] {
  const parents = new Map(nodes.map(({ id, parent: above }) => [id, above]))
  const own = new Set(members.map(({ id }) => id))
  const lift = (id: string): string | null => {
    let at: string | null | undefined = id
    while (at != null && !own.has(at)) at = at === parent ? null : parents.get(at)
    return at ?? null
  }
  return edges.flatMap(({ from, to }): [string, string][] => {
    const [a, b] = [lift(from), lift(to)]
    return a === null || b === null || a === b ? [] : [[a, b]]
  })
}

/** Members by rank; ways back do not count. The order within a rank is the document's. */
export function ranksOf(members: readonly Node[], edges: readonly (readonly [string, string])[]): Node[][] {
  const order = new Map(members.map(({ id }, at) => [id, at]))
  // `end` stands after everything, and `start` before: the document's order of the rest tells which way is back.
  const rankOrder = (id: string) =>
    id === 'end' ? Number.MAX_SAFE_INTEGER : id === 'start' ? -1 : (order.get(id) ?? 0)
  const forward = edges.filter(([from, to]) => rankOrder(from) < rankOrder(to))
  const rank = new Map(members.map(({ id }) => [id, 0]))
  const [leaving, entered] = [0, 1].map((end) => new Set(forward.map((edge) => edge[end])))
  let before: string | undefined
  for (const { id } of [...members].sort((a, b) => rankOrder(a.id) - rankOrder(b.id))) {
    // What nothing leads to stands where the document has it, not beside the start. Branches lead nowhere, and stand side by side.
    if (before !== undefined && leaving?.has(id) && !entered?.has(id)) rank.set(id, (rank.get(before) ?? 0) + 1)
    before = id
    for (const [from, to] of forward) {
      if (from === id) rank.set(to, Math.max(rank.get(to) ?? 0, (rank.get(id) ?? 0) + 1))
    }
  }
  const last = Math.max(0, ...rank.values())
  if (rank.has('end')) rank.set('end', Math.max(last, members.length > 1 ? 1 : 0))
  const rows: Node[][] = Array.from({ length: last + 1 }, () => [])
  for (const node of members) rows[rank.get(node.id) ?? 0]?.push(node)
  return rows.filter((row) => row.length > 0)
}

function lineOf({ from, to, label }: Diagram['edges'][number], at: number, boxes: ReadonlyMap<string, Box>): Line[] {
  const [a, b] = [boxes.get(from), boxes.get(to)]
  if (!a || !b) return []
  const line = { key: `${from} ${to} ${at}`, label: label ?? null }
  const [x1, y1] = [a.x + a.width / 2, a.y + a.height]
  const [x2, y2] = [b.x + b.width / 2, b.y]
  // To itself, too: a loop of one task.
  if (y2 < y1) return [{ ...line, ...wayBack(a, b) }]
  const between = [...boxes.values()].filter((box) => crosses(box, a, b))
  if (between.length > 0) return [{ ...line, ...wayAround(a, b, between) }]
  const bend = Math.min(40, Math.max(10, (y2 - y1) / 2))
  const path = `M${x1},${y1}C${x1},${y1 + bend} ${x2},${y2 - bend} ${x2},${y2}`
  return [{ ...line, path, x: (x1 + x2) / 2, y: (y1 + y2) / 2, back: false }]
}

/** Whether a box stands in the straight way from one down to another. */
function crosses(box: Box, a: Box, b: Box): boolean {
  if (box.y <= a.y + a.height || box.y + box.height >= b.y) return false
  const share = (box.y + box.height / 2 - a.y - a.height) / Math.max(1, b.y - a.y - a.height)
  const x = a.x + a.width / 2 + share * (b.x + b.width / 2 - a.x - a.width / 2)
  return box.x - 4 < x && x < box.x + box.width + 4
}

/** Down on the left of what stands between. */
function wayAround(a: Box, b: Box, between: readonly Box[]) {
  const side = Math.min(a.x, b.x, ...between.map((box) => box.x)) - 22
  const [startY, endY] = [a.y + a.height / 2, b.y + b.height / 2]
  const bend = 24
  const path = `M${a.x},${startY}C${side},${startY} ${side},${startY} ${side},${startY + bend}L${side},${endY - bend}C${side},${endY} ${side},${endY} ${b.x},${endY}`
  return { path, x: side, y: (startY + endY) / 2, back: false }
}

/** Up on the right. */
function wayBack(a: Box, b: Box) {
  const side = Math.max(a.x + a.width, b.x + b.width) + 26
  // A way from a box to itself leaves below where it comes in, and bends within its height.
  const [low, high, bend] = a === b ? [0.75, 0.25, -9] : [0.5, 0.5, -24]
  const [startY, endY] = [a.y + a.height * low, b.y + b.height * high]
  const path = `M${a.x + a.width},${startY}C${side},${startY} ${side},${startY} ${side},${startY + bend}L${side},${endY - bend}C${side},${endY} ${side},${endY} ${b.x + b.width},${endY}`
  return { path, x: side, y: (startY + endY) / 2, back: true }
}

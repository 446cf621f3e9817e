/**
 * Keeps the picture still: boxes that have a place keep it, and what is new is set beside its neighbours where there is
 * room. Only when most is new is everything laid out afresh.
 */
import { forced } from './force'
import { bareGap, boxGap, layered } from './layered'
import type { Box, LayoutQuestion, Placement, Point } from './types'

export function laidOut(question: LayoutQuestion): Placement {
  if (question.mode === 'free') return forced(question)
  const roomy = layered(question)
  const { window } = question
  if (!window) return roomy
  const zoom = zoomOf(question, roomy, window)
  if (zoom >= readable) return roomy
  const asked = bare(question)
  const narrow = layered(asked, rowsIn(asked, window))
  return zoomOf(asked, narrow, window) > zoom * worthwhile ? { ...spread(asked, narrow, window), bare: true } : roomy
}

/** Names of cards can be read from here on; labels of edges need more room than they are worth below. */
const readable = 0.62
/** By which columns move apart at most where there is room: a label and some air. */
const mostMore = 200
/** Labels are given up only for a picture that is so much larger. */
const worthwhile = 1.15

/** How large the picture is seen when it fits the window. */
function zoomOf({ boxes }: LayoutQuestion, placement: Placement, window: { width: number; height: number }): number {
  const all = boxes.flatMap((box) => {
    const at = placement.boxes[box.id]
    return at ? [{ ...at, box }] : []
  })
  const extent = (low: (each: (typeof all)[number]) => number, high: (each: (typeof all)[number]) => number) =>
    Math.max(1, Math.max(...all.map(high)) - Math.min(...all.map(low)))
  const width = extent(
    ({ x, box }) => x - box.width / 2,
    ({ x, box }) => x + box.width / 2,
  )
  const height = extent(
    ({ y, box }) => y - box.height / 2 - box.above,
    ({ y, box }) => y + box.height / 2,
  )
  return all.length === 0 ? 1 : Math.min(window.width / width, window.height / height)
}

/**
 * The columns as far apart as the window allows at the size in which the picture is seen anyway: labels in trouble stand between them,
 * room or not.
 */
function spread(question: LayoutQuestion, placement: Placement, window: { width: number; height: number }): Placement {
  const across = question.direction === 'right' ? 'x' : 'y'
  const [extent, seen] =
    question.direction === 'right' ? ['width' as const, window.width] : ['height' as const, window.height]
  const columns = [...new Set(Object.values(placement.boxes).map((at) => at[across]))].sort((a, b) => a - b)
  const [first, last] = [columns[0] ?? 0, columns.at(-1) ?? 0]
  if (first === last) return placement
  const taken = last - first + Math.max(...question.boxes.map((box) => box[extent]))
  const room = (seen / zoomOf(question, placement, window) - taken) / (columns.length - 1)
  const more = Math.max(0, Math.min(room, mostMore))
  // Between two columns, in proportion.
  const moved = (at: number) => {
    const before = columns.findLastIndex((column) => column <= at)
    const [from, to] = [columns[before] ?? at, columns[before + 1] ?? at]
    return at + more * (Math.max(0, before) + (to > from ? (at - from) / (to - from) : 0))
  }
  const point = (at: Point): Point => ({ ...at, [across]: moved(at[across]) })
  return {
    boxes: Object.fromEntries(Object.entries(placement.boxes).map(([id, at]) => [id, point(at)])),
    bends: Object.fromEntries(Object.entries(placement.bends).map(([id, points]) => [id, points.map(point)])),
  }
}

/** The same without room for labels; self calls keep that of their loop. */
function bare(question: LayoutQuestion): LayoutQuestion {
  return {
    ...question,
    boxes: question.boxes.map((box) => ({ ...box, above: Math.max(0, box.above - 26) })),
    ways: question.ways.map((way) => ({ ...way, roomWidth: 0, roomHeight: 0 })),
  }
}

/** Boxes in a column, so that the columns together have the window's shape; as many as fit at full size in any case. */
function rowsIn({ boxes }: LayoutQuestion, window: { width: number; height: number }): number {
  const mean = (of: (box: Box) => number) => boxes.reduce((sum, box) => sum + of(box), 0) / Math.max(1, boxes.length)
  const [width, height] = [mean((box) => box.width) + bareGap, mean((box) => box.height + box.above) + boxGap]
  const shaped = Math.sqrt((boxes.length * width * window.height) / (height * window.width))
  return Math.ceil(Math.max(shaped, window.height / height))
}

/** Whether the known places suffice to go on from. */
export function mostlyKnown(boxes: readonly Box[], known: Placement): boolean {
  const fresh = boxes.filter(({ id }) => !known.boxes[id]).length
  return fresh * 4 <= boxes.length
}

/** Adds what is new to the known places; those are the same afterwards. */
export function grown(question: LayoutQuestion, known: Placement): Placement {
  const placed: Record<string, Point> = { ...known.boxes }
  const sizes = new Map(question.boxes.map((box) => [box.id, box]))
  const fresh = question.boxes.filter(({ id }) => !placed[id])
  for (const box of fresh) placed[box.id] = freePlace(box, wish(box, question, placed), placed, sizes)
  return { ...known, boxes: placed }
}

/** Beside its neighbours: after its callers, before what it calls. */
function wish(box: Box, { ways, direction, mode }: LayoutQuestion, placed: Record<string, Point>): Point {
  const callers = ways.filter(({ target }) => target === box.id).flatMap(({ source }) => placed[source] ?? [])
  const callees = ways.filter(({ source }) => source === box.id).flatMap(({ target }) => placed[target] ?? [])
  const all = [...callers, ...callees]
  if (all.length === 0) return below(Object.values(placed))
  const mean = (of: (point: Point) => number) => all.reduce((sum, point) => sum + of(point), 0) / all.length
  if (mode === 'free') return { x: mean(({ x }) => x) + 40, y: mean(({ y }) => y) + 90 }
  const across = (point: Point) => (direction === 'right' ? point.x : point.y)
  const columns = [...new Set(Object.values(placed).map(across))].sort((a, b) => a - b)
  const gap = columns.length > 1 ? ((columns.at(-1) ?? 0) - (columns[0] ?? 0)) / (columns.length - 1) : 260
  const at =
    callers.length > 0
      ? nearest(columns, Math.max(...callers.map(across)) + gap)
      : nearest(columns, Math.min(...callees.map(across)) - gap)
  return direction === 'right' ? { x: at, y: mean(({ y }) => y) } : { x: mean(({ x }) => x), y: at }
}

/** A column that stands there already, else a new one. */
function nearest(columns: readonly number[], at: number): number {
  const near = columns.find((column) => Math.abs(column - at) < 90)
  return near ?? at
}

function below(points: readonly Point[]): Point {
  if (points.length === 0) return { x: 0, y: 0 }
  return { x: Math.min(...points.map(({ x }) => x)), y: Math.max(...points.map(({ y }) => y)) + 90 }
}

function freePlace(box: Box, at: Point, placed: Record<string, Point>, sizes: ReadonlyMap<string, Box>): Point {
  const taken = Object.entries(placed).map(([id, point]) => ({ ...point, size: sizes.get(id) ?? box }))
  const collides = (y: number) =>
    taken.some(
      (other) =>
        Math.abs(other.x - at.x) < (other.size.width + box.width) / 2 + 8 &&
        Math.abs(other.y - y) < (other.size.height + box.height) / 2 + Math.max(box.above, other.size.above) + 12,
    )
  for (let step = 0; step < 400; step += 1) {
    const y = at.y + (step % 2 === 0 ? 1 : -1) * Math.ceil(step / 2) * 18
    if (!collides(y)) return { x: at.x, y }
  }
  return at
}

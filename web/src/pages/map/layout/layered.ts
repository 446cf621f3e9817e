/**
 * The tree layout: columns from callers to callees (Sugiyama's four steps). Between two columns of boxes stands a
 * column of label slots, so that labels get their room from the layout and not by luck; long ways pass the columns
 * between through points of their own. A call against the columns runs back from left side to right side.
 */
import { levelled, ordered } from './order'
import { ranked } from './ranks'
import type { LayoutQuestion, Placement, Point, Way } from './types'

/** Beyond so many points in all, long ways are drawn without them. */
const mostPoints = 24_000
/** From so many ways on those to one box are drawn together. */
const manyWays = 300
const columnGap = 44
/** Between two columns without labels, and between two boxes of one that is close. */
export const bareGap = 72
export const boxGap = 22

interface Items {
  layers: number[][]
  before: number[][]
  after: number[][]
  height: number[]
  width: number[]
  /** Items of each way in drawing order, from the lower column. */
  chains: number[][]
}

/** `rows`: the most boxes in a column, as long as callers stand before what they call. */
export function layered(question: LayoutQuestion, rows?: number): Placement {
  const down = question.direction === 'down'
  const boxes = question.boxes.map((box) => ({
    ...box,
    along: down ? box.width : box.height + box.above,
    across: down ? box.height + box.above : box.width,
  }))
  const index = new Map(boxes.map((box, at) => [box.id, at]))
  const ways = question.ways.filter(({ source, target }) => source !== target && index.has(source) && index.has(target))
  const arcs = ways.map(({ source, target }) => [index.get(source) ?? 0, index.get(target) ?? 0] as const)
  const { rank, reversed } = ranked(boxes.length, arcs, rows)
  const slotted = ways.some(({ roomHeight }) => roomHeight > 0)
  const items = laidOut(boxes, ways, arcs, rank, reversed, slotted, down)
  if (question.before) orderAsBefore(items, question, down)

  const many = items.height.length > 3000
  // A small graph has the window to itself; a large one must fit.
  const loose = boxes.length <= 24 && !down && rows === undefined
  const [apart, wayGap] = many ? [boxGap, 2] : loose ? [44, 20] : [boxGap, rows === undefined ? 10 : 6]
  const layers = ordered(items, question.before ? 6 : many ? 8 : 24).map((layer) => trunksInside(layer, items.before))
  const real = (item: number) => item < boxes.length
  const centre = levelled(
    { ...items, layers },
    {
      height: items.height,
      gap: (a, b) => (real(a) && real(b) ? apart : wayGap),
      pull: (a, b) => (real(a) || real(b) ? 1 : 3),
    },
    many ? 8 : 26,
  )
  return written(question, items, layers, centre, ways, reversed, down, slotted)
}

/**
 * A trunk that many boxes join stands in the middle of its column: at the column's end, where nothing else pulls it, each column
 * would stand half its height above the one before.
 */
function trunksInside(layer: readonly number[], before: readonly (readonly number[])[]): number[] {
  const isTrunk = (item: number) => (before[item]?.length ?? 0) > layer.length / 2
  const trunks = layer.filter(isTrunk)
  const rest = layer.filter((item) => !isTrunk(item))
  const half = Math.ceil(rest.length / 2)
  return trunks.length === 0 || rest.length < 8 ? [...layer] : [...rest.slice(0, half), ...trunks, ...rest.slice(half)]
}

interface Sized {
  along: number
  across: number
}

function laidOut(
  boxes: readonly Sized[],
  ways: readonly Way[],
  arcs: readonly (readonly [number, number])[],
  rank: readonly number[],
  reversed: readonly boolean[],
  slotted: boolean,
  down: boolean,
): Items {
  const scale = slotted ? 2 : 1
  const items: Items = { layers: [], before: [], after: [], height: [], width: [], chains: [] }
  const add = (layer: number, height: number, width: number) => {
    const item = items.height.length
    while (items.layers.length <= layer) items.layers.push([])
    items.layers[layer]?.push(item)
    items.before.push([])
    items.after.push([])
    items.height.push(height)
    items.width.push(width)
    return item
  }
  for (const [at, box] of boxes.entries()) add((rank[at] ?? 0) * scale, box.along, box.across)
  const join = (a: number, b: number) => {
    items.after[a]?.push(b)
    items.before[b]?.push(a)
  }
  // Of very many ways those to one box share the points that they pass: a trunk with branches, not a sheaf that
  // makes each column that it passes as long as all boxes together.
  const shared = ways.length > manyWays && !slotted ? new Map<string, number>() : null
  for (const [at, way] of ways.entries()) {
    const [source, target] = arcs[at] ?? [0, 0]
    const [first, last] = reversed[at] ? [target, source] : [source, target]
    const [from, to] = [(rank[first] ?? 0) * scale, (rank[last] ?? 0) * scale]
    const chain: number[] = []
    items.chains.push(chain)
    // Beside each other in one column: drawn without slot.
    if (from === to) continue
    const short = items.height.length > mostPoints
    let before = first
    for (let layer = from + 1; layer < to; layer += 1) {
      if (short && layer > from + 1) break
      // The label stands in the gap next to the caller, also where the way runs back.
      const labelled = slotted && layer === (reversed[at] ? to - 1 : from + 1)
      const [along, across] = down ? [way.roomWidth, way.roomHeight] : [way.roomHeight, way.roomWidth]
      const trunk = shared?.get(`${last} ${layer}`)
      const item = trunk ?? add(layer, labelled ? along : slotted ? 4 : 1, labelled ? across : 0)
      shared?.set(`${last} ${layer}`, item)
      // A trunk goes on as it did for the way that came before.
      const joined = items.after[before]?.includes(item) ?? false
      if (!joined) join(before, item)
      before = item
      chain.push(item)
    }
    if (!items.after[before]?.includes(last)) join(before, last)
  }
  return items
}

/** Boxes that were there begin in the order they had; ways begin between their ends. */
function orderAsBefore(items: Items, { boxes, before }: LayoutQuestion, down: boolean) {
  const known = new Map<number, number>()
  for (const [at, box] of boxes.entries()) {
    const point = before?.boxes[box.id]
    if (point) known.set(at, down ? point.x : point.y)
  }
  const key = (item: number): number => {
    const own = known.get(item)
    if (own !== undefined) return own
    const near = [...(items.before[item] ?? []), ...(items.after[item] ?? [])].map((each) => known.get(each))
    const told = near.filter((each) => each !== undefined)
    return told.length === 0 ? Number.POSITIVE_INFINITY : told.reduce((sum, each) => sum + each, 0) / told.length
  }
  for (const layer of items.layers) {
    const keys = new Map(layer.map((item) => [item, key(item)]))
    for (const [item, value] of keys) if (Number.isFinite(value) && !known.has(item)) known.set(item, value)
    layer.sort((a, b) => {
      const [left, right] = [keys.get(a) ?? 0, keys.get(b) ?? 0]
      return left === right ? a - b : left - right
    })
  }
}

function written(
  { boxes }: LayoutQuestion,
  items: Items,
  layers: readonly (readonly number[])[],
  centre: readonly number[],
  ways: readonly Way[],
  reversed: readonly boolean[],
  down: boolean,
  slotted: boolean,
): Placement {
  const columns: number[] = []
  let x = 0
  for (const [at, layer] of layers.entries()) {
    const width = Math.max(0, ...layer.map((item) => items.width[item] ?? 0))
    if (at > 0) x += slotted ? (down ? 26 : columnGap) : bareGap
    columns.push(x + width / 2)
    x += width
  }
  const point = (item: number, layer: number): Point => {
    const [along, across] = [centre[item] ?? 0, columns[layer] ?? 0]
    return down ? { x: along, y: across } : { x: across, y: along }
  }
  const layerOf: number[] = []
  for (const [at, layer] of layers.entries()) for (const item of layer) layerOf[item] = at
  const placement: Placement = { boxes: {}, bends: {} }
  for (const [at, box] of boxes.entries()) {
    const { x, y } = point(at, layerOf[at] ?? 0)
    placement.boxes[box.id] = { x, y: y + box.above / 2 }
  }
  for (const [at, way] of ways.entries()) {
    const bends = (items.chains[at] ?? []).map((item) => point(item, layerOf[item] ?? 0))
    placement.bends[way.id] = reversed[at] ? bends.reverse() : bends
  }
  return placement
}

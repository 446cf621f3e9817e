/**
 * The order of what stands in each column, so that few ways cross: barycentre sweeps to and fro, the best order seen is
 * kept. Then the heights: each column is moved as near to its neighbours as order and distances allow, exactly, by
 * pooling neighbours that would otherwise overlap (isotonic regression).
 */

/** Layers of items, and for each item its neighbours in the layer before and after. */
export interface Layers {
  layers: number[][]
  before: number[][]
  after: number[][]
}

export function ordered({ layers, before, after }: Layers, sweeps: number): number[][] {
  const place: number[] = []
  const note = (all: readonly (readonly number[])[]) => {
    for (const layer of all) for (const [at, item] of layer.entries()) place[item] = at
  }
  let present = layers.map((layer) => [...layer])
  note(present)
  let best = present
  let least = crossings(present, after, place)
  for (let sweep = 0; sweep < sweeps && least > 0; sweep += 1) {
    const down = sweep % 2 === 0
    present = present.map((layer) => [...layer])
    for (let step = 1; step < present.length; step += 1) {
      const at = down ? step : present.length - 1 - step
      const layer = present[at] ?? []
      sortByNeighbours(layer, down ? before : after, place)
      for (const [index, item] of layer.entries()) place[item] = index
    }
    const now = crossings(present, after, place)
    if (now < least) {
      least = now
      best = present
    }
  }
  return best
}

function sortByNeighbours(layer: number[], neighbours: readonly number[][], place: readonly number[]) {
  const key = new Map<number, number>()
  for (const [at, item] of layer.entries()) {
    const near = neighbours[item] ?? []
    let sum = 0
    for (const each of near) sum += place[each] ?? 0
    key.set(item, near.length === 0 ? at : sum / near.length)
  }
  layer.sort((a, b) => (key.get(a) ?? 0) - (key.get(b) ?? 0) || (place[a] ?? 0) - (place[b] ?? 0))
}

/** How many pairs of ways cross, counted layer by layer with a tree of sums. */
export function crossings(
  layers: readonly (readonly number[])[],
  after: readonly number[][],
  place: readonly number[],
): number {
  let all = 0
  for (let at = 0; at + 1 < layers.length; at += 1) {
    const width = layers[at + 1]?.length ?? 0
    const tree = new Uint32Array(width + 1)
    let seen = 0
    for (const item of layers[at] ?? []) {
      const ends = (after[item] ?? []).map((each) => place[each] ?? 0)
      for (const end of ends) {
        let notBeyond = 0
        for (let i = end + 1; i > 0; i -= i & -i) notBeyond += tree[i] ?? 0
        all += seen - notBeyond
      }
      for (const end of ends) {
        for (let i = end + 1; i <= width; i += i & -i) tree[i] = (tree[i] ?? 0) + 1
        seen += 1
      }
    }
  }
  return all
}

/** Places nearest to the wished ones, in order and at least so far apart; by weight. */
export function spread(wished: readonly number[], weight: readonly number[], apart: readonly number[]): number[] {
  const pools: { sum: number; weight: number; count: number }[] = []
  let offset = 0
  const offsets: number[] = []
  for (const [at, wish] of wished.entries()) {
    offset += at === 0 ? 0 : (apart[at] ?? 0)
    offsets.push(offset)
    const w = weight[at] ?? 1
    let pool = { sum: (wish - offset) * w, weight: w, count: 1 }
    for (let last = pools.at(-1); last && last.sum / last.weight >= pool.sum / pool.weight; last = pools.at(-1)) {
      pools.pop()
      pool = { sum: pool.sum + last.sum, weight: pool.weight + last.weight, count: pool.count + last.count }
    }
    pools.push(pool)
  }
  const places: number[] = []
  for (const pool of pools) {
    for (let i = 0; i < pool.count; i += 1) places.push(pool.sum / pool.weight + (offsets[places.length] ?? 0))
  }
  return places
}

interface Sizes {
  /** Height of each item. */
  height: readonly number[]
  /** Least distance between two items of a layer. */
  gap: (a: number, b: number) => number
  /** How strongly two neighbours want to be level. */
  pull: (a: number, b: number) => number
}

/** Centres of all items along their layers. */
export function levelled({ layers, before, after }: Layers, sizes: Sizes, rounds: number): number[] {
  const centre: number[] = []
  for (const layer of layers) {
    let y = 0
    for (const [at, item] of layer.entries()) {
      if (at > 0) y += distance(layer[at - 1] ?? item, item, sizes)
      centre[item] = y
    }
    const middle = y / 2
    for (const item of layer) centre[item] = (centre[item] ?? 0) - middle
  }
  for (let round = 0; round < rounds; round += 1) {
    const down = round % 2 === 0
    const both = round >= rounds - 3
    for (let step = 0; step < layers.length; step += 1) {
      const layer = layers[down ? step : layers.length - 1 - step] ?? []
      const near = (item: number) =>
        both ? [...(before[item] ?? []), ...(after[item] ?? [])] : ((down ? before : after)[item] ?? [])
      moveLayer(layer, near, centre, sizes)
    }
  }
  return centre
}

const distance = (a: number, b: number, { height, gap }: Sizes) => ((height[a] ?? 0) + (height[b] ?? 0)) / 2 + gap(a, b)

function moveLayer(layer: readonly number[], near: (item: number) => number[], centre: number[], sizes: Sizes) {
  const wished: number[] = []
  const weights: number[] = []
  const apart: number[] = []
  for (const [at, item] of layer.entries()) {
    let [sum, weight] = [0, 0]
    for (const each of near(item)) {
      const pull = sizes.pull(item, each)
      sum += (centre[each] ?? 0) * pull
      weight += pull
    }
    wished.push(weight === 0 ? (centre[item] ?? 0) : sum / weight)
    weights.push(weight === 0 ? 0.05 : weight)
    apart.push(at === 0 ? 0 : distance(layer[at - 1] ?? item, item, sizes))
  }
  for (const [at, place] of spread(wished, weights, apart).entries()) centre[layer[at] ?? 0] = place
}

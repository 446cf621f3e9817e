/**
 * Which column each box stands in: cycles are cut where they close, callers stand before what they call, and no column
 * grows much longer than the picture is wide. Boxes and ways are numbers here; names stay outside.
 */

export interface Ranking {
  rank: number[]
  /** Whether the way at this place goes against the columns. */
  reversed: boolean[]
}

type Arc = readonly [from: number, to: number]

/** Arcs that close a cycle, found by walking from those nobody calls, then from the busiest callers. */
export function closing(count: number, arcs: readonly Arc[]): boolean[] {
  const out: number[][] = Array.from({ length: count }, () => [])
  const balance = new Array<number>(count).fill(0)
  const called = new Array<boolean>(count).fill(false)
  for (const [at, [from, to]] of arcs.entries()) {
    out[from]?.push(at)
    balance[from] = (balance[from] ?? 0) + 1
    balance[to] = (balance[to] ?? 0) - 1
    called[to] = true
  }
  const roots = [...Array(count).keys()].sort(
    (a, b) => Number(called[a]) - Number(called[b]) || (balance[b] ?? 0) - (balance[a] ?? 0) || a - b,
  )
  const state = new Uint8Array(count)
  const back = new Array<boolean>(arcs.length).fill(false)
  for (const root of roots) {
    if (state[root] !== 0) continue
    state[root] = 1
    const stack: [node: number, next: number][] = [[root, 0]]
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const arc = out[top[0]]?.[top[1]]
      if (arc === undefined) {
        state[top[0]] = 2
        stack.pop()
        continue
      }
      top[1] += 1
      const to = arcs[arc]?.[1] ?? 0
      if (state[to] === 1) back[arc] = true
      else if (state[to] === 0) {
        state[to] = 1
        stack.push([to, 0])
      }
    }
  }
  return back
}

const usualRows = (count: number) => Math.max(16, Math.round(Math.sqrt(count * 2.2)))

export function ranked(count: number, arcs: readonly Arc[], most = usualRows(count)): Ranking {
  const reversed = closing(count, arcs)
  const forward = arcs.map(([from, to], at): Arc => (reversed[at] ? [to, from] : [from, to]))
  const order = topological(count, forward)
  const rank = longestPath(count, forward, order)
  // Long chains through a dense graph would make a thread of columns: there the distance from the callers tells more.
  if (Math.max(0, ...rank) > Math.max(14, 1.2 * Math.sqrt(count))) {
    const near = split(distances(count, forward), most)
    return { rank: near, reversed: arcs.map(([from, to]) => (near[from] ?? 0) > (near[to] ?? 0)) }
  }
  const sizes: number[] = []
  for (const each of rank) sizes[each] = (sizes[each] ?? 0) + 1
  const long = Math.max(0, ...sizes) > most
  return { rank: long ? boundedRanks(forward, order, most) : pulled(forward, order, rank), reversed }
}

/** How many calls each box is away from one that nobody calls. */
function distances(count: number, arcs: readonly Arc[]): number[] {
  const out: number[][] = Array.from({ length: count }, () => [])
  const called = new Set<number>()
  for (const [from, to] of arcs) {
    out[from]?.push(to)
    called.add(to)
  }
  const distance = new Array<number>(count).fill(-1)
  const queue = [...Array(count).keys()].filter((node) => !called.has(node))
  for (const node of queue) distance[node] = 0
  for (const node of queue) {
    for (const to of out[node] ?? []) {
      if (distance[to] !== -1) continue
      distance[to] = (distance[node] ?? 0) + 1
      queue.push(to)
    }
  }
  return distance.map((each) => Math.max(0, each))
}

/** Columns of at most so many, in the order of the given ones. */
function split(rank: readonly number[], most: number): number[] {
  const order = [...rank.keys()].sort((a, b) => (rank[a] ?? 0) - (rank[b] ?? 0) || a - b)
  const columns: number[] = []
  let [column, size, last] = [0, 0, 0]
  for (const node of order) {
    const own = rank[node] ?? 0
    if (size > 0 && (own !== last || size >= most)) {
      column += 1
      size = 0
    }
    last = own
    size += 1
    columns[node] = column
  }
  return columns
}

function topological(count: number, arcs: readonly Arc[]): number[] {
  const waiting = new Array<number>(count).fill(0)
  const out: number[][] = Array.from({ length: count }, () => [])
  for (const [from, to] of arcs) {
    waiting[to] = (waiting[to] ?? 0) + 1
    out[from]?.push(to)
  }
  const order = [...Array(count).keys()].filter((node) => waiting[node] === 0)
  for (const node of order) {
    for (const to of out[node] ?? []) {
      const left = (waiting[to] ?? 0) - 1
      waiting[to] = left
      if (left === 0) order.push(to)
    }
  }
  return order
}

function longestPath(count: number, arcs: readonly Arc[], order: readonly number[]): number[] {
  const rank = new Array<number>(count).fill(0)
  const incoming = into(count, arcs)
  for (const node of order) {
    for (const from of incoming[node] ?? []) rank[node] = Math.max(rank[node] ?? 0, (rank[from] ?? 0) + 1)
  }
  return rank
}

/** The first column after all callers that still has room. */
function boundedRanks(arcs: readonly Arc[], order: readonly number[], most: number): number[] {
  const rank = new Array<number>(order.length).fill(0)
  const incoming = into(order.length, arcs)
  const sizes: number[] = []
  for (const node of order) {
    let at = 0
    for (const from of incoming[node] ?? []) at = Math.max(at, (rank[from] ?? 0) + 1)
    while ((sizes[at] ?? 0) >= most) at += 1
    sizes[at] = (sizes[at] ?? 0) + 1
    rank[node] = at
  }
  return rank
}

/** Callers that nobody calls move right, next to what they call. */
function pulled(arcs: readonly Arc[], order: readonly number[], rank: number[]): number[] {
  const called = new Set(arcs.map(([, to]) => to))
  const nearest = new Map<number, number>()
  for (const [from, to] of arcs)
    nearest.set(from, Math.min(nearest.get(from) ?? Number.POSITIVE_INFINITY, rank[to] ?? 0))
  const moved = [...rank]
  for (const node of order) {
    const near = nearest.get(node)
    if (near !== undefined && !called.has(node)) moved[node] = Math.max(rank[node] ?? 0, near - 1)
  }
  return moved
}

function into(count: number, arcs: readonly Arc[]): number[][] {
  const incoming: number[][] = Array.from({ length: count }, () => [])
  for (const [from, to] of arcs) incoming[to]?.push(from)
  return incoming
}

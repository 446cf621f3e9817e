/**
 * The geometry of links: curves that leave and enter level, pass their slots, run beside their parallels, come back to
 * themselves; points on them, and how far the pointer is from them.
 */
import type { Point } from '../layout/types'

/** x, y, then groups of six: two handles and the next point. */
export type Curve = number[]

export interface Rect {
  x: number
  y: number
  width: number
  height: number
}

/** Through all points, level along `axis` in each of them. */
export function flowing(points: readonly Point[], axis: 'x' | 'y'): Curve {
  const [first] = points
  if (!first) return []
  const curve = [first.x, first.y]
  let before = first
  for (const point of points.slice(1)) {
    const [dx, dy] = [(point.x - before.x) / 2, (point.y - before.y) / 2]
    if (axis === 'x') curve.push(before.x + dx, before.y, point.x - dx, point.y, point.x, point.y)
    else curve.push(before.x, before.y + dy, point.x, point.y - dy, point.x, point.y)
    before = point
  }
  return curve
}

/** From one box's border to the other's, bent aside by `aside`. */
export function straight(from: Rect, to: Rect, aside: number): Curve {
  const [a, b] = [middle(from), middle(to)]
  const length = Math.max(1, Math.hypot(b.x - a.x, b.y - a.y))
  const normal = { x: -(b.y - a.y) / length, y: (b.x - a.x) / length }
  const bend = { x: (a.x + b.x) / 2 + normal.x * aside * 2, y: (a.y + b.y) / 2 + normal.y * aside * 2 }
  const [start, end] = [onBorder(from, bend), onBorder(to, bend)]
  const handle = (point: Point) => [point.x + ((bend.x - point.x) * 2) / 3, point.y + ((bend.y - point.y) * 2) / 3]
  return [start.x, start.y, ...handle(start), ...handle(end), end.x, end.y]
}

/** A call to itself: over the box's upper edge; each further one reaches higher. */
export function loop({ x, y, width }: Rect, place: number): Curve {
  const reach = 40 + place * 26
  const half = 20 + place * 8
  const at = x + width - 34
  return [at - half / 2, y, at - half, y - reach, at + half, y - reach, at + half / 2, y]
}

/** Between two rows of one box: out at its right side and in again. */
export function aside(from: Point, to: Point, place: number): Curve {
  const reach = 46 + place * 18
  return [from.x, from.y, from.x + reach, from.y, to.x + reach, to.y, to.x, to.y]
}

export const middle = ({ x, y, width, height }: Rect): Point => ({ x: x + width / 2, y: y + height / 2 })

/** Where the line from the middle of a box towards a point leaves the box. */
export function onBorder(rect: Rect, towards: Point): Point {
  const centre = middle(rect)
  const [dx, dy] = [towards.x - centre.x, towards.y - centre.y]
  if (dx === 0 && dy === 0) return centre
  const scale = Math.min(
    dx === 0 ? Number.POSITIVE_INFINITY : rect.width / 2 / Math.abs(dx),
    dy === 0 ? Number.POSITIVE_INFINITY : rect.height / 2 / Math.abs(dy),
  )
  return { x: centre.x + dx * scale, y: centre.y + dy * scale }
}

/** The point at a share of the curve, counted in pieces. */
export function pointAt(curve: Curve, share: number): Point {
  const pieces = Math.max(1, (curve.length - 2) / 6)
  const piece = Math.min(pieces - 1, Math.floor(share * pieces))
  const t = Math.min(1, share * pieces - piece)
  const at = (place: number) => curve[piece * 6 + place] ?? 0
  const [a, b, c, d] = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t ** 3]
  return { x: a * at(0) + b * at(2) + c * at(4) + d * at(6), y: a * at(1) + b * at(3) + c * at(5) + d * at(7) }
}

/** The tip of an arrow at the curve's end. */
export function arrow(curve: Curve, size: number): number[] {
  const [hx = 0, hy = 0, x = 0, y = 0] = curve.slice(-4)
  const before = pointAt(curve, 1 - 0.06 / Math.max(1, (curve.length - 2) / 6))
  const [dx, dy] = Math.hypot(x - hx, y - hy) < 0.5 ? [x - before.x, y - before.y] : [x - hx, y - hy]
  const length = Math.max(0.001, Math.hypot(dx, dy))
  const [ux, uy] = [dx / length, dy / length]
  const [bx, by] = [x - ux * size, y - uy * size]
  const half = size * 0.45
  return [x, y, bx - uy * half, by + ux * half, bx + uy * half, by - ux * half]
}

export function bounds(curve: Curve): Rect {
  let [left, top, right, bottom] = [
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ]
  for (let i = 0; i + 1 < curve.length; i += 2) {
    left = Math.min(left, curve[i] ?? 0)
    right = Math.max(right, curve[i] ?? 0)
    top = Math.min(top, curve[i + 1] ?? 0)
    bottom = Math.max(bottom, curve[i + 1] ?? 0)
  }
  return { x: left, y: top, width: right - left, height: bottom - top }
}

/** How far a point is from the curve, by short straight pieces. */
export function distance(curve: Curve, { x, y }: Point): number {
  const steps = Math.max(1, (curve.length - 2) / 6) * 14
  let least = Number.POSITIVE_INFINITY
  let before = pointAt(curve, 0)
  for (let step = 1; step <= steps; step += 1) {
    const next = pointAt(curve, step / steps)
    least = Math.min(least, toPiece(before, next, x, y))
    before = next
  }
  return least
}

function toPiece(a: Point, b: Point, x: number, y: number): number {
  const [dx, dy] = [b.x - a.x, b.y - a.y]
  const square = dx * dx + dy * dy
  const t = square === 0 ? 0 : Math.max(0, Math.min(1, ((x - a.x) * dx + (y - a.y) * dy) / square))
  return Math.hypot(x - a.x - t * dx, y - a.y - t * dy)
}

export const touches = (a: Rect, b: Rect) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height

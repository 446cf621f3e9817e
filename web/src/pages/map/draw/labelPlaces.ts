/**
 * Which labels can be shown where. Those in trouble, selected or hovered always are, moved along their line to a free
 * place if there is one; calm ones only where nothing else stands, the busiest first. What found no place is counted.
 */
import type { Point } from '../layout/types'
import { isCalm } from '../model/view'
import { pointAt, type Rect, touches } from './curves'
import type { LineShape, Scene } from './scene'

export interface LabelPlace {
  line: LineShape
  at: Point
  /** Labels in trouble stay readable when the picture is small. */
  scale: number
}

export interface LabelPlaces {
  shown: LabelPlace[]
  hidden: number
}

/** Calm labels are readable from here on. */
const leastZoom = 0.5
const cellSize = 160

/** Rectangles by cells, so that a question costs its neighbours only. */
class Taken {
  readonly #cells = new Map<string, Rect[]>()

  #keys({ x, y, width, height }: Rect): string[] {
    const keys: string[] = []
    for (let i = Math.floor(x / cellSize); i <= Math.floor((x + width) / cellSize); i += 1) {
      for (let j = Math.floor(y / cellSize); j <= Math.floor((y + height) / cellSize); j += 1) keys.push(`${i},${j}`)
    }
    return keys
  }

  add(rect: Rect) {
    for (const key of this.#keys(rect)) {
      const here = this.#cells.get(key)
      if (here) here.push(rect)
      else this.#cells.set(key, [rect])
    }
  }

  free(rect: Rect): boolean {
    for (const key of this.#keys(rect)) {
      if (this.#cells.get(key)?.some((other) => touches(rect, other))) return false
    }
    return true
  }
}

/** Between a line and a label beside it. */
const besideGap = 6
const shares = [0.42, 0.58, 0.32, 0.68, 0.22, 0.78]

export function placeLabels(scene: Scene, zoom: number, held: ReadonlySet<string>, seen: Rect | null): LabelPlaces {
  const taken = new Taken()
  for (const card of scene.cards) taken.add(card)
  const shown: LabelPlace[] = []
  let hidden = 0
  const first = scene.lines.filter(({ link }) => !isCalm(link) || held.has(link.id))
  const scale = Math.max(1, 0.72 / zoom)
  for (const line of first.sort((a, b) => weight(b, held) - weight(a, held))) {
    const free = freePoint(line, scale, taken) ?? pointBeside(line, scale, taken)
    // Of a large graph seen from afar not all find room; the lines themselves are always marked. What is over covers nothing else.
    const mayHide = line.link.tone === null || (!scene.labelled && zoom < leastZoom)
    if (!free && mayHide && !held.has(line.link.id)) {
      hidden += 1
      continue
    }
    const at = free ?? line.anchor
    taken.add(box(line, at, scale))
    shown.push({ line, at, scale })
  }
  const calm = scene.lines.filter(({ link }) => isCalm(link) && !held.has(link.id) && !link.idle)
  // Without room of their own they would cover lines that run beside each other, unless those are large.
  if (zoom < (scene.labelled ? leastZoom : 1)) return { shown, hidden: hidden + calm.length }
  const wanted = seen ? calm.filter((line) => touches(line.bounds, seen)) : calm
  for (const line of wanted.sort((a, b) => b.link.records - a.link.records)) {
    const at = freePoint(line, 1, taken)
    if (!at) {
      hidden += 1
      continue
    }
    taken.add(box(line, at, 1))
    shown.push({ line, at, scale: 1 })
  }
  return { shown, hidden }
}

const weight = ({ link }: LineShape, held: ReadonlySet<string>) =>
  held.has(link.id) ? 4 : link.tone === 'firing' ? 3 : link.tone === 'pending' ? 2 : link.tone ? 1 : 0

function box({ labelSize }: LineShape, at: Point, scale: number): Rect {
  const [width, height] = [labelSize.width * scale, labelSize.height * scale]
  return { x: at.x - width / 2, y: at.y - height / 2, width, height }
}

/** Above or below its line, where the line itself has no room: rather that than to cover the name of a card. */
function pointBeside(line: LineShape, scale: number, taken: Taken): Point | null {
  const step = line.labelSize.height * scale * 0.5 + besideGap
  // Near its line anywhere along it; what is in trouble rather far from it than on a card.
  const reaches = [[1, 2], line.link.tone === null ? [] : [3, 4, 5]]
  for (const reach of reaches) {
    for (const share of [null, ...shares]) {
      const on = share === null ? line.anchor : pointAt(line.curve, share)
      for (const far of reach) {
        for (const side of [-1, 1]) {
          const at = { x: on.x, y: on.y + side * far * step }
          if (taken.free(box(line, at, scale))) return at
        }
      }
    }
  }
  return null
}

function freePoint(line: LineShape, scale: number, taken: Taken): Point | null {
  if (taken.free(box(line, line.anchor, scale))) return line.anchor
  for (const share of shares) {
    const at = pointAt(line.curve, share)
    if (taken.free(box(line, at, scale))) return at
  }
  return null
}

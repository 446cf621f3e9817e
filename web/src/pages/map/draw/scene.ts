/**
 * A view with places: where each card stands and how each link runs, in the picture's own units. Pure; what is drawn,
 * hit by the pointer, exported and walked by the keyboard all reads this.
 */
import { type Box, type Placement, type Point, type Way, wayId } from '../layout/types'
import type { Label } from '../model/labels'
import { type Card, type End, isCalm, type Link, type View } from '../model/view'
import { aside, bounds, type Curve, flowing, loop, middle, pointAt, type Rect, straight } from './curves'

export interface CardShape extends Rect {
  card: Card
  subtitle: string
}

export interface LineShape {
  link: Link
  curve: Curve
  /** Where it can be. */
  bounds: Rect
  /** The middle of its label. */
  anchor: Point
  width: number
  label: Label
  labelSize: { width: number; height: number }
}

export interface Scene {
  cards: CardShape[]
  lines: LineShape[]
  bounds: Rect
  labelled: boolean
}

/** Widths of texts, asked of a canvas. */
export type Measure = (text: string, ink: { size: number; weight?: number; mono?: boolean }) => number

export const headHeight = 44
export const rowHeight = 24
export const lineHeight = 15

export function cardSize(card: Card, subtitle: string, measure: Measure): { width: number; height: number } {
  const words = Math.max(
    measure(card.name, { size: 13, weight: 550 }),
    measure(subtitle, { size: 11.5 }),
    ...card.rows.map(({ name }) => measure(name, { size: 11, mono: true }) - 8),
  )
  const width = Math.min(228, Math.max(118, Math.ceil(words) + 62))
  return { width, height: headHeight + (card.rows.length > 0 ? card.rows.length * rowHeight + 6 : 0) }
}

/** A single line without a service takes two rows: the value over its words. */
export const stands = ({ service, lines }: Label): boolean => lines.length === 1 && service === null

/** Widths of a label's column of values, and of the icons before them. */
export function labelColumns({ lines }: Label, measure: Measure): { values: number; icons: number } {
  return {
    values: Math.max(0, ...lines.map(({ value }) => measure(value, { size: 11.5, weight: 600 }))),
    icons: lines.some(({ tone, over }) => tone || over) ? 17 : 0,
  }
}

export function labelSize(label: Label, measure: Measure): { width: number; height: number } {
  const single = stands(label)
  const { values, icons } = labelColumns(label, measure)
  const words = Math.max(0, ...label.lines.map(({ text }) => measure(text, { size: 11.5 })))
  const service = label.service ? Math.min(190, measure(label.service, { size: 11, mono: true })) : 0
  const width = single ? Math.max(values + icons, words) : values + icons + (words > 0 ? 6 + words : 0)
  const lines = (label.service ? 1 : 0) + (single && label.lines[0]?.text ? 2 : label.lines.length)
  return { width: Math.ceil(Math.max(width, service)) + 12, height: lines * lineHeight + 4 }
}

/** The layout's question for a view: boxes by their sizes, one way for all links between two cards or hosts. */
export function layoutParts(
  view: View,
  sizes: ReadonlyMap<string, { width: number; height: number }>,
  room: (link: Link) => { width: number; height: number },
): { boxes: Box[]; ways: Way[] } {
  const loops = new Map<string, number>()
  const ways = new Map<string, Way>()
  for (const link of view.links) {
    const [source, target] = [link.source.card, link.target.card]
    if (source === target) {
      if (link.source.row === link.target.row) loops.set(source, (loops.get(source) ?? 0) + 1)
      continue
    }
    const id = wayId(source, target)
    const way = ways.get(id) ?? { id, source, target, roomWidth: 0, roomHeight: 0 }
    if (view.labelled) {
      const { width, height } = room(link)
      way.roomWidth = Math.max(way.roomWidth, width)
      way.roomHeight += height === 0 ? 0 : height + (way.roomHeight > 0 ? 6 : 0)
    }
    ways.set(id, way)
  }
  const boxes = view.cards.map(({ id }) => {
    const { width, height } = sizes.get(id) ?? { width: 120, height: headHeight }
    const count = loops.get(id) ?? 0
    return { id, width, height, above: count === 0 ? 0 : 44 + count * 26 }
  })
  return { boxes, ways: [...ways.values()] }
}

interface SceneParts {
  view: View
  placement: Placement
  mode: 'tree' | 'free'
  direction: 'right' | 'down'
  sizes: ReadonlyMap<string, { width: number; height: number }>
  subtitles: ReadonlyMap<string, string>
  /** Asked only when a label is needed: of thousands of links few show one. */
  label: (link: Link) => Label
  labelSize: (link: Link) => { width: number; height: number }
}

/** What a way asks as well: whether the layout left room for labels. */
type RouteParts = SceneParts & { roomy: boolean }

export function buildScene(parts: SceneParts): Scene {
  const { view, placement, sizes, subtitles } = parts
  const cards = new Map<string, CardShape>()
  for (const card of view.cards) {
    const at = placement.boxes[card.id]
    const { width, height } = sizes.get(card.id) ?? { width: 120, height: headHeight }
    if (at)
      cards.set(card.id, {
        card,
        subtitle: subtitles.get(card.id) ?? '',
        x: at.x - width / 2,
        y: at.y - height / 2,
        width,
        height,
      })
  }
  const roomy = view.labelled && !placement.bare
  const most = Math.log1p(Math.max(1, ...view.links.map(({ records }) => records)))
  const lines: LineShape[] = []
  for (const group of grouped(view.links).values()) {
    for (const [place, link] of group.entries()) {
      const [source, target] = [cards.get(link.source.card), cards.get(link.target.card)]
      if (!source || !target) continue
      const run = route(link, source, target, place, group, { ...parts, roomy })
      const width = link.idle ? 0.75 : 1.1 + 2.6 * (Math.log1p(link.records) / most) ** 2
      lines.push({
        link,
        ...run,
        bounds: bounds(run.curve),
        width: link.tone === 'firing' ? Math.max(2.2, width) : isCalm(link) ? width : Math.max(1.8, width),
        get label() {
          return parts.label(link)
        },
        get labelSize() {
          return parts.labelSize(link)
        },
      })
    }
  }
  const all = [...cards.values()]
  return { cards: all, lines, bounds: extent(all, lines, roomy), labelled: roomy }
}

/** Links that run between the same two cards, in a fixed order. */
function grouped(links: readonly Link[]): Map<string, Link[]> {
  const groups = new Map<string, Link[]>()
  for (const link of links) {
    const id = wayId(link.source.card, link.target.card)
    groups.set(id, [...(groups.get(id) ?? []), link])
  }
  for (const group of groups.values()) group.sort((a, b) => (a.id < b.id ? -1 : 1))
  return groups
}

/** Where a link meets its end: at the host's row where it is shown, else at the middle of the head. */
function port(end: End, shape: CardShape): { y: number; row: number } {
  const row = end.row === null ? -1 : shape.card.rows.findIndex(({ id }) => id === end.row)
  return { y: row < 0 ? shape.y + headHeight / 2 : shape.y + headHeight + (row + 0.5) * rowHeight, row }
}

function route(
  link: Link,
  source: CardShape,
  target: CardShape,
  place: number,
  group: readonly Link[],
  parts: RouteParts,
): { curve: Curve; anchor: Point } {
  if (source === target) return selfRoute(link, source, place)
  const bends = parts.placement.bends[wayId(link.source.card, link.target.card)] ?? []
  if (parts.mode === 'free') {
    const curve = straight(source, target, 10 + (place - (group.length - 1) / 2) * 26)
    return { curve, anchor: pointAt(curve, 0.5) }
  }
  const offset = stackOffset(link, group, parts)
  if (parts.direction === 'down') return downRoute(source, target, bends, offset.across)
  const [from, to] = [port(link.source, source), port(link.target, target)]
  const back = middle(source).x > middle(target).x
  const start = { x: back ? source.x : source.x + source.width, y: from.y }
  const end = { x: back ? target.x + target.width : target.x, y: to.y }
  const [slot, ...rest] = bends
  if (!slot) {
    const middleX = (start.x + end.x) / 2
    const level = group.length > 1 || !parts.roomy
    const at = { x: middleX, y: (start.y + end.y) / 2 + offset.along }
    const curve = flowing(level && group.length > 1 ? [start, at, end] : [start, end], 'x')
    return { curve, anchor: group.length > 1 ? at : pointAt(curve, 0.5) }
  }
  const anchor = { x: slot.x, y: slot.y + offset.along }
  // Level for as long as the label is wide, so that the words stand on the line.
  const half = (parts.roomy ? parts.labelSize(link).width / 2 : 0) * (back ? -1 : 1)
  const through =
    half === 0
      ? [anchor]
      : [
          { x: anchor.x - half, y: anchor.y },
          { x: anchor.x + half, y: anchor.y },
        ]
  const small = (place - (group.length - 1) / 2) * 3
  return { curve: flowing([start, ...through, ...rest.map(({ x, y }) => ({ x, y: y + small })), end], 'x'), anchor }
}

function selfRoute(link: Link, shape: CardShape, place: number): { curve: Curve; anchor: Point } {
  const [from, to] = [port(link.source, shape), port(link.target, shape)]
  if (from.row === to.row) {
    const curve = loop(shape, place)
    const top = pointAt(curve, 0.5)
    return { curve, anchor: { x: top.x, y: top.y - 2 } }
  }
  const right = shape.x + shape.width
  const curve = aside({ x: right, y: from.y }, { x: right, y: to.y }, place)
  return { curve, anchor: pointAt(curve, 0.5) }
}

function downRoute(
  source: CardShape,
  target: CardShape,
  bends: readonly Point[],
  across: number,
): { curve: Curve; anchor: Point } {
  const [a, b] = [middle(source), middle(target)]
  const back = a.y > b.y
  const start = { x: a.x, y: back ? source.y : source.y + source.height }
  const end = { x: b.x, y: back ? target.y + target.height : target.y }
  const [slot, ...rest] = bends
  const at = slot ? { x: slot.x + across, y: slot.y } : { x: (start.x + end.x) / 2 + across, y: (start.y + end.y) / 2 }
  return { curve: flowing([start, at, ...rest, end], 'y'), anchor: at }
}

/** How far this link's label stands from the middle of its group's stack. */
function stackOffset(
  link: Link,
  group: readonly Link[],
  { labelSize, roomy }: RouteParts,
): { along: number; across: number } {
  const height = (each: Link) => (roomy ? labelSize(each).height + 6 : 5)
  const all = group.reduce((sum, each) => sum + height(each), 0)
  let top = -all / 2
  for (const each of group) {
    if (each === link)
      return { along: top + height(each) / 2, across: (group.indexOf(link) - (group.length - 1) / 2) * 14 }
    top += height(each)
  }
  return { along: 0, across: 0 }
}

function extent(cards: readonly CardShape[], lines: readonly LineShape[], labelled: boolean): Rect {
  const all: Rect[] = [...cards, ...lines.map((line) => line.bounds), ...(labelled ? lines.map(labelBox) : [])]
  if (all.length === 0) return { x: 0, y: 0, width: 1, height: 1 }
  const least = (of: (rect: Rect) => number) =>
    all.reduce((sum, rect) => Math.min(sum, of(rect)), Number.POSITIVE_INFINITY)
  const [x, y] = [least((rect) => rect.x), least((rect) => rect.y)]
  const [right, bottom] = [-least((rect) => -rect.x - rect.width), -least((rect) => -rect.y - rect.height)]
  return { x, y, width: right - x, height: bottom - y }
}

export const labelBox = ({ anchor, labelSize: { width, height } }: Pick<LineShape, 'anchor' | 'labelSize'>): Rect => ({
  x: anchor.x - width / 2,
  y: anchor.y - height / 2,
  width,
  height,
})

/**
 * How cards, links and labels look. Calm is grey and ink; trouble has colour, line style, icon and words at once:
 * red, dashed 7/5, bell; amber, clock; violet, dotted, struck bell; idle a hairline. What had fired and is over is ink, dash and dot,
 * a clock that runs back.
 */
import type { Tokens } from '~/theme/tokens'
import type { Change, Tone } from '../model/graph'
import type { Card } from '../model/view'
import { arrow } from './curves'
import { icons } from './icons'
import type { LabelPlace } from './labelPlaces'
import type { Pen, TextInk } from './pen'
import {
  type CardShape,
  headHeight,
  type LineShape,
  labelColumns,
  lineHeight,
  type Measure,
  rowHeight,
  stands,
} from './scene'

export interface Look {
  colors: Tokens
  measure: Measure
  /** Faded, because it does not match what is looked for. */
  faded: (line: LineShape) => boolean
  fadedCard: (shape: CardShape) => boolean
  comparing: boolean
}

const faint = 0.22

export function toneColor(tone: Tone | null, colors: Tokens): string {
  if (tone === 'firing') return colors.firing
  if (tone === 'pending') return colors.pending
  return tone === 'silenced' ? colors.muted : colors.edge
}

const toneSoft = (tone: Tone | null, colors: Tokens) =>
  tone === 'firing' ? colors.firingSoft : tone === 'pending' ? colors.pendingSoft : tone ? colors.mutedSoft : colors.bg

const toneIcon = { firing: icons.bell, pending: icons.clock, silenced: icons.bellOff } as const
const dashes: Record<Tone, readonly number[]> = { firing: [7, 5], pending: [], silenced: [1.5, 4] }
const overDash: readonly number[] = [11, 3, 2, 3]

function changeColor(change: Change | null, colors: Tokens): string | null {
  if (change === 'new') return colors.accent
  if (change === 'slower' || change === 'worse') return colors.pending
  if (change === 'faster' || change === 'better') return colors.ok
  return change === 'gone' ? colors.text3 : null
}

const changeDash: Partial<Record<Change, readonly number[]>> = { gone: [2, 5], new: [12, 3] }

/** `strong` makes it bolder than its width, for pictures that are shown small. */
export function paintLine(pen: Pen, line: LineShape, look: Look, strong: number): void {
  const { link, curve } = line
  const width = line.width * strong
  const alpha = look.faded(line) ? faint : 1
  const change = look.comparing ? line.label.change : null
  const calm = link.over ? look.colors.text2 : toneColor(null, look.colors)
  const stroke = link.tone ? toneColor(link.tone, look.colors) : (changeColor(change, look.colors) ?? calm)
  const quiet = changeDash[change ?? 'same'] ?? (link.over ? overDash : [])
  const dash = (link.tone ? dashes[link.tone] : quiet).map((each) => each * strong)
  pen.curve(curve, { stroke, width: change && change !== 'same' ? Math.max(1.8, width) : width, dash, alpha })
  pen.polygon(arrow(curve, 6 * strong + width), { fill: stroke, alpha })
}

/** The mark of a selection: light around the line, never instead of its colour. */
export function paintHalo(pen: Pen, { curve, width, link }: LineShape, look: Look, strong: boolean): void {
  const stroke = link.tone ? toneColor(link.tone, look.colors) : look.colors.accent
  pen.curve(curve, { stroke, width: width + (strong ? 11 : 8), alpha: strong ? 0.2 : 0.14 })
}

export function paintCardHalo(pen: Pen, { x, y, width, height, card }: CardShape, look: Look, strong: boolean): void {
  const radius = card.kind === 'module' ? 11 : 25
  pen.box(x - 3, y - 3, width + 6, height + 6, radius, {
    stroke: look.colors.accent,
    width: strong ? 2 : 1.5,
    alpha: strong ? 1 : 0.6,
  })
}

/** A cut text, by the width it may take. */
export function cut(
  text: string,
  most: number,
  ink: { size: number; weight?: number; mono?: boolean },
  measure: Measure,
): string {
  if (measure(text, ink) <= most) return text
  let [low, high] = [0, text.length]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (measure(`${text.slice(0, middle)}…`, ink) <= most) low = middle
    else high = middle - 1
  }
  return `${text.slice(0, low)}…`
}

export function paintCard(pen: Pen, shape: CardShape, look: Look): void {
  const { card, x, y, width, height } = shape
  const { colors, measure } = look
  const alpha = look.fadedCard(shape) ? faint : 1
  const radius = card.kind === 'module' ? 8 : 22
  pen.box(x, y + 1, width, height, radius, { fill: '#000', alpha: 0.05 * alpha })
  const border = card.tone === 'firing' ? colors.firing : colors.line
  pen.box(x, y, width, height, radius, {
    fill: colors.surface,
    stroke: border,
    width: 1,
    alpha: look.fadedCard(shape) ? 0.6 : 1,
  })
  paintRing(pen, card, x + 22, y + headHeight / 2, look, alpha)
  const title: TextInk = { color: colors.text, size: 13, weight: 550, alpha }
  const room = width - 42 - 10
  const bad = card.errors !== null && card.errors >= 0.05
  if (shape.subtitle === '') pen.text(cut(card.name, room, title, measure), x + 42, y + headHeight / 2, title)
  else {
    pen.text(cut(card.name, room, title, measure), x + 42, y + 15, title)
    const ink: TextInk = { color: bad ? colors.firing : colors.text3, size: 11.5, alpha }
    pen.text(cut(shape.subtitle, room, ink, measure), x + 42, y + 30, ink)
  }
  if (card.rows.length > 0) pen.polygon([x, y + headHeight, x + width, y + headHeight], { stroke: colors.line })
  for (const [at, row] of card.rows.entries()) {
    const middle = y + headHeight + (at + 0.5) * rowHeight + 2
    const ink: TextInk = { color: row.tone === 'firing' ? colors.firing : colors.text2, size: 11, mono: true, alpha }
    pen.icon(icons.host, x + 15, middle - 6.5, 13, {
      stroke: row.tone ? toneColor(row.tone, colors) : colors.text3,
      width: 1.2,
      alpha,
    })
    pen.text(cut(row.name, width - 46, ink, measure), x + 36, middle, ink)
  }
}

function iconOf({ kind, name }: Card): string {
  if (kind !== 'module') return icons[kind]
  return /(^|[-_.])(db|sql|mysql|postgres(ql)?|mongo(db)?|redis|cache|index|kafka|queue|store|storage|database|elastic\w*)($|[-_.\d])/i.test(
    name,
  )
    ? icons.database
    : icons.module
}

/** The share of errors around the icon: green where calls succeed, red or amber where not. Grey: not measured. */
function paintRing(pen: Pen, card: Card, x: number, y: number, { colors }: Look, alpha: number): void {
  const measured = card.errors !== null && card.kind === 'module'
  const share = measured ? (card.errors ?? 0) : 0
  const base = measured ? colors.okFill : colors.quiet
  const width = 2.75
  if (share <= 0) pen.arc(x, y, 12, 0, 1, { stroke: base, width, alpha })
  else {
    // A small share is drawn large enough to be seen.
    const arc = Math.max(0.045, share)
    if (share < 1) pen.arc(x, y, 12, arc, 1, { stroke: base, width, alpha })
    pen.arc(x, y, 12, 0, Math.min(1, arc), { stroke: share >= 0.05 ? colors.firing : colors.pending, width, alpha })
  }
  pen.icon(iconOf(card), x - 6.5, y - 6.5, 13, { stroke: colors.text2, width: 1.25, alpha })
}

export function paintLabel(pen: Pen, place: LabelPlace, look: Look, held: boolean): void {
  const { line, at, scale } = place
  const { colors } = look
  const { label, labelSize, link } = line
  const alpha = look.faded(line) ? faint : 1
  const [width, height] = [labelSize.width * scale, labelSize.height * scale]
  const [left, top] = [at.x - width / 2, at.y - height / 2]
  const border =
    link.tone === 'firing' ? colors.firing : link.tone === 'silenced' ? colors.muted : held ? colors.accent : undefined
  pen.box(left, top, width, height, 4 * scale, {
    fill: link.tone ? toneSoft(link.tone, colors) : held ? colors.surface : colors.bg,
    ...(border ? { stroke: border, width: scale } : {}),
    alpha: look.faded(line) ? 0.5 : 1,
  })
  let y = top + (2 + lineHeight / 2) * scale
  if (label.service) {
    const ink: TextInk = {
      color: link.tone ? toneColor(link.tone, colors) : colors.text2,
      size: 11 * scale,
      mono: true,
      align: 'center',
      alpha,
    }
    pen.text(cut(label.service, width - 8 * scale, ink, look.measure), at.x, y, ink)
    y += lineHeight * scale
  }
  const single = stands(label)
  const { values, icons: iconRoom } = labelColumns(label, look.measure)
  // Of several lines the values stand right-aligned in one column, the words left-aligned in the next.
  const words = Math.max(0, ...label.lines.map(({ text }) => look.measure(text, { size: 11.5 })))
  const edge = at.x - ((iconRoom + values + (words > 0 ? 6 + words : 0)) / 2 - iconRoom - values) * scale
  for (const { value, text, tone, over } of label.lines) {
    const sign = tone ? toneIcon[tone] : over ? icons.history : null
    const color = tone ? toneColor(tone, colors) : colors.text
    const strong: TextInk = { color, size: 11.5 * scale, weight: 600, alpha }
    const weak: TextInk = { color: tone ? color : colors.text3, size: 11.5 * scale, alpha }
    const valueWidth = look.measure(value, { size: 11.5, weight: 600 }) * scale
    const icon = sign ? 17 * scale : 0
    const right = single ? at.x + (valueWidth + icon) / 2 : edge
    if (sign) {
      pen.icon(sign, right - valueWidth - icon, y - 6.5 * scale, 13 * scale, {
        stroke: color,
        width: 1.4 * scale,
        alpha,
      })
    }
    pen.text(value, right, y, { ...strong, align: 'right' })
    if (text !== '' && !single) pen.text(text, right + 6 * scale, y, weak)
    if (text !== '' && single) {
      y += lineHeight * scale
      pen.text(text, at.x, y, { ...weak, align: 'center' })
    }
    y += lineHeight * scale
  }
}

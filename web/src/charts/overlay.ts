/**
 * The texts and marks that stand over a chart: names at line ends, alerts, incomplete stretches, limits. Laid out once,
 * as data, so that the page (where they can be clicked) and an exported picture show the same.
 */
import { bucketStart, type Plot, xOf } from './frame'
import { placeLabels } from './labels'
import { stackedTops, type TimeModel } from './model'
import type { ValueScale } from './scale'

export interface EndLabel {
  key: string
  name: string
  color: string
  dash: readonly number[]
  x: number
  y: number
}

export interface AlertLabel {
  ids: string[]
  label: string
  x: number
  y: number
  /** On which side of the mark the text stands; none where it would cover another. */
  text: 'left' | 'right' | null
}

export interface HatchLabel {
  label: string
  x: number
  y: number
}

export interface LimitLabel {
  label: string
  x: number
  y: number
  /** The limit lies above the chart: an arrow says so. */
  beyond: boolean
}

export interface Overlay {
  ends: EndLabel[]
  /** Names without room. */
  hiddenEnds: number
  alerts: AlertLabel[]
  hatches: HatchLabel[]
  limits: LimitLabel[]
}

/** Least distance between two names, and between two alerts: buttons need their space (WCAG 2.2, target size). */
const targetSize = 24
/** Room that a short text of 11 px takes, about. */
const textRoom = 92
/** Width of an alert's mark, and a little more. */
const markRoom = 14
/** More alerts than these are gathered. */
const mostMarks = 8

const yOf = (value: number, plot: Plot, { max }: ValueScale) => plot.top + plot.height * (1 - value / max)

export function overlayOf(model: TimeModel, plot: Plot, scale: ValueScale, withEnds: boolean): Overlay {
  const { placed, hidden } = withEnds ? endLabels(model, plot, scale) : { placed: [], hidden: 0 }
  return {
    ends: placed,
    hiddenEnds: hidden,
    alerts: alertLabels(model, plot),
    hatches: hatchLabels(model, plot),
    limits: limitLabels(model, plot, scale),
  }
}

function endLabels({ series, stacked, kind }: TimeModel, plot: Plot, scale: ValueScale) {
  const wanted = series.flatMap((one, at) => {
    const last = one.values.findLastIndex((value) => value !== null)
    const value = one.values[last]
    if (value === undefined || value === null) return []
    const top = stacked ? (stackedTops(series, last)[at] ?? value) : value
    const place = stacked && kind !== 'line' ? top - value / 2 : top
    return [{ item: one, y: yOf(Math.min(place, scale.max), plot, scale) }]
  })
  const { placed, hidden } = placeLabels(wanted, {
    top: plot.top + 4,
    bottom: plot.top + plot.height - 4,
    gap: targetSize,
  })
  const x = plot.left + plot.width + 8
  return {
    placed: placed.map(({ item: { key, name, color, dash }, y }) => ({ key, name, color, dash, x, y })),
    hidden: hidden.length,
  }
}

function alertLabels({ alerts, frame }: TimeModel, plot: Plot): AlertLabel[] {
  const seen = alerts.filter(({ from }) => from >= frame.from && from < frame.to).sort((a, b) => a.from - b.from)
  // Alerts that flap would be a row of marks without a word: those are gathered until marks have room for their texts.
  const reach = seen.length > mostMarks ? textRoom + 2 * markRoom : targetSize
  const marks: { ids: string[]; label: string; x: number }[] = []
  for (const { id, from, label } of seen) {
    const x = xOf(frame, plot, from)
    const before = marks.at(-1)
    if (before && x - before.x < reach) before.ids.push(id)
    else marks.push({ ids: [id], label, x })
  }
  // A text stands where it covers no mark and no other text; the newest mark chooses first.
  let free = plot.left + plot.width + markRoom
  const labels: AlertLabel[] = []
  for (const [at, mark] of [...marks.entries()].toReversed()) {
    const before = marks[at - 1]
    const room = textRoom + (mark.ids.length > 1 ? 18 : 0)
    const lower = before ? before.x + markRoom : plot.left
    const right = mark.x + room <= free
    const left = mark.x - room >= lower
    const text = left ? 'left' : right ? 'right' : null
    labels.unshift({ ...mark, y: plot.top - 2, text })
    free = text === 'left' ? mark.x - room : mark.x - markRoom
  }
  return labels
}

function hatchLabels({ hatched, frame }: TimeModel, plot: Plot): HatchLabel[] {
  const labels: HatchLabel[] = []
  for (const { from, to, label } of hatched) {
    if (!label) continue
    const middle = (xOf(frame, plot, Math.max(from, frame.from)) + xOf(frame, plot, Math.min(to, frame.to))) / 2
    const x = Math.min(plot.left + plot.width - textRoom / 2, Math.max(plot.left + textRoom / 2, middle))
    const before = labels.at(-1)
    if (!before || x - before.x >= textRoom + 8) labels.push({ label, x, y: plot.top + 12 })
  }
  return labels
}

function limitLabels({ limits }: TimeModel, plot: Plot, scale: ValueScale): LimitLabel[] {
  return [...limits]
    .sort((a, b) => a.value - b.value)
    .map(({ label, value }) => {
      const beyond = value > scale.max
      return { label, x: plot.left + 8, y: beyond ? plot.top + 8 : yOf(value, plot, scale) - 8, beyond }
    })
    .filter(({ y }, at, all) => at === 0 || Math.abs(y - (all[at - 1]?.y ?? 0)) >= 13)
}

/** The series whose line passes nearest to a point of the plot, within reach; by its key. */
export function nearestSeries(
  model: TimeModel,
  plot: Plot,
  scale: ValueScale,
  index: number,
  y: number,
  reach = 28,
): string | null {
  const tops = model.stacked ? stackedTops(model.series, index) : []
  let found: { key: string; distance: number } | null = null
  for (const [at, { key, values }] of model.series.entries()) {
    const value = values[index]
    if (value === null || value === undefined) continue
    const top = tops[at] ?? value
    const place = yOf(top, plot, scale)
    const base = model.stacked ? yOf(top - value, plot, scale) : place
    const distance = model.stacked && y >= place && y <= base ? 0 : Math.min(Math.abs(y - place), Math.abs(y - base))
    if (distance <= reach && (!found || distance < found.distance)) found = { key, distance }
  }
  return found?.key ?? null
}

/** Middle of a bucket, for dots on lines. */
export const bucketMiddle = (model: TimeModel, plot: Plot, index: number) =>
  xOf(model.frame, plot, bucketStart(model.frame, index) + model.frame.step / 2)

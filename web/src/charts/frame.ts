/**
 * The buckets that a chart's values stand in: whole range, length of a bucket, and the way between moments, bucket
 * numbers and pixels. Every chart of an answer, its hover box, its table and its CSV count buckets by this.
 */

export interface Frame {
  /** Epoch milliseconds: start of the first bucket, end of the last. */
  from: number
  to: number
  /** Length of a bucket in milliseconds. */
  step: number
  /** Number of buckets. */
  count: number
}

/** Most buckets that a frame holds; an answer with more is refused by the server. */
const mostBuckets = 10_000

export function frame(from: number, to: number, step: number): Frame {
  const length = Math.max(1, step)
  const count = Math.min(mostBuckets, Math.max(1, Math.ceil((to - from) / length)))
  return { from, to: from + count * length, step: length, count }
}

export const bucketStart = ({ from, step }: Frame, index: number) => from + index * step

/** Number of the bucket that holds a moment; null outside. */
export function bucketAt({ from, to, step, count }: Frame, at: number): number | null {
  if (at < from || at >= to) return null
  return Math.min(count - 1, Math.floor((at - from) / step))
}

/** The nearest bucket's number, also for moments outside. */
export function nearestBucket(frame: Frame, at: number): number {
  return Math.min(frame.count - 1, Math.max(0, Math.floor((at - frame.from) / frame.step)))
}

/** The part of a chart's box that values are drawn in, in CSS pixels. */
export interface Plot {
  left: number
  top: number
  width: number
  height: number
}

export interface Margins {
  left: number
  right: number
  top: number
  bottom: number
}

/** Room around the plot, the same for all charts of a page, so that they stand under each other. */
export const wideMargins: Margins = { left: 60, right: 128, top: 22, bottom: 28 }
/** Names at the ends of lines have so much at most, and a mark and an edge beside them. */
const mostNames = 208
const besideName = 44
/** Width of a letter at 12 px, about. */
const letter = 6.6

/** The wide margins, with the names' room by the longest of them where the chart is large enough for it. */
export function marginsFor(names: readonly string[], width: number): Margins {
  const wanted = besideName + letter * Math.max(0, ...names.map((name) => name.length))
  const most = Math.min(mostNames, width / 5)
  return { ...wideMargins, right: Math.round(Math.max(wideMargins.right, Math.min(most, wanted))) }
}

export const narrowMargins: Margins = { left: 52, right: 12, top: 22, bottom: 28 }

export function plotIn(width: number, height: number, margins: Margins): Plot {
  return {
    left: margins.left,
    top: margins.top,
    width: Math.max(1, width - margins.left - margins.right),
    height: Math.max(1, height - margins.top - margins.bottom),
  }
}

/** Moment to pixel, within the chart's box. */
export const xOf = ({ from, to }: Frame, plot: Plot, at: number) =>
  plot.left + ((at - from) / Math.max(1, to - from)) * plot.width

/** Pixel to moment, kept inside the frame. */
export function momentAt({ from, to }: Frame, plot: Plot, x: number): number {
  const share = Math.min(1, Math.max(0, (x - plot.left) / plot.width))
  return from + share * (to - from)
}

/** A stretch of time with what is said of it. */
export interface Stretch {
  from: number
  to: number
}

/** The stretches that any of these cover, each part once, ascending. */
export function united(stretches: readonly Stretch[]): Stretch[] {
  const joined: Stretch[] = []
  for (const { from, to } of [...stretches].sort((a, b) => a.from - b.from)) {
    const last = joined.at(-1)
    if (last && from <= last.to) last.to = Math.max(last.to, to)
    else joined.push({ from, to })
  }
  return joined
}

/** Neighbouring buckets of less than the whole share as one stretch each, with the least share in it. */
export function incompleteStretches(
  buckets: readonly { bucket: string; share: number }[],
  step: number,
): (Stretch & { share: number })[] {
  const stretches: (Stretch & { share: number })[] = []
  for (const { bucket, share } of buckets) {
    if (share >= 1) continue
    const from = Date.parse(bucket)
    const last = stretches.at(-1)
    if (last && last.to === from) {
      last.to = from + step
      last.share = Math.min(last.share, share)
    } else stretches.push({ from, to: from + step, share })
  }
  return stretches
}

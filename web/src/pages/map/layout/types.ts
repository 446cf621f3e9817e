/** What a layout is asked and what it answers. Plain data, since it crosses to a worker and back. */

export interface Point {
  x: number
  y: number
}

export interface Box {
  id: string
  width: number
  height: number
  /** Extra room above, for self calls. */
  above: number
}

/** All calls from one box to another: they share a way, beside each other. */
export interface Way {
  /** `wayId(source, target)`. */
  id: string
  source: string
  target: string
  /** Room for its labels; 0 where labels are not shown. */
  roomWidth: number
  roomHeight: number
}

export interface LayoutQuestion {
  mode: 'tree' | 'free'
  /** Callers left, or callers on top (the phone). */
  direction: 'right' | 'down'
  boxes: readonly Box[]
  ways: readonly Way[]
  /** Where boxes were before: keeps their order in a new layout. */
  before: Placement | null
  /** What the picture is seen in; null where it need not be readable as a whole. */
  window: { width: number; height: number } | null
}

export interface Placement {
  /** Centres. */
  boxes: Record<string, Point>
  /** Points that a way passes, in its direction; the first is the middle of its labels. */
  bends: Record<string, Point[]>
  /** No room was left for labels: with it the picture would be too small to read. */
  bare?: true
}

export const wayId = (source: string, target: string) => `${source}\u0001${target}`
export const nowhere: Placement = { boxes: {}, bends: {} }

/** Where names at the ends of lines stand: beside their last value, moved apart so that each can be read. */

export interface Placed<T> {
  item: T
  y: number
}

/**
 * Moves labels apart to at least `gap` pixels between `top` and `bottom`, in the order of their wishes. Those that have
 * no room are left out, the last of the given order first; the caller says how many.
 */
export function placeLabels<T>(
  wanted: readonly { item: T; y: number }[],
  { top, bottom, gap }: { top: number; bottom: number; gap: number },
): { placed: Placed<T>[]; hidden: T[] } {
  const room = Math.max(0, Math.floor((bottom - top) / gap) + 1)
  const kept = wanted.slice(0, wanted.length > room ? Math.max(0, room - 1) : room)
  const placed = kept.map(({ item, y }) => ({ item, y: Math.min(bottom, Math.max(top, y)) })).sort((a, b) => a.y - b.y)
  let least = top
  for (const label of placed) {
    label.y = Math.max(label.y, least)
    least = label.y + gap
  }
  let most = bottom
  for (const label of placed.toReversed()) {
    label.y = Math.min(label.y, most)
    most = label.y - gap
  }
  return { placed, hidden: wanted.slice(kept.length).map(({ item }) => item) }
}

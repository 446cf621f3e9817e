/**
 * One cursor for several charts: a moment, and the chart under the pointer. Kept outside React's state, so that moving
 * the pointer redraws a line and a box, never a chart.
 */
import { createContext, useContext, useSyncExternalStore } from 'react'

export interface Cursor {
  /** Epoch milliseconds. */
  at: number
  /** The chart that is pointed at; the others follow. */
  owner: string
  /** Series under the pointer, by key. */
  near: string | null
}

export class CursorGroup {
  private present: Cursor | null = null
  private readonly listeners = new Set<() => void>()

  readonly get = (): Cursor | null => this.present

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  set(cursor: Cursor | null): void {
    const before = this.present
    if (before === cursor) return
    if (before && cursor && before.at === cursor.at && before.owner === cursor.owner && before.near === cursor.near)
      return
    this.present = cursor
    for (const listener of this.listeners) listener()
  }

  /** The pointer left a chart; nothing happens if another one has it by now. */
  leave(owner: string): void {
    if (this.present?.owner === owner) this.set(null)
  }
}

/** Charts below one provider share their cursor. */
export const CursorContext = createContext(new CursorGroup())

export const useCursorGroup = () => useContext(CursorContext)

export function useCursor(): Cursor | null {
  const group = useCursorGroup()
  return useSyncExternalStore(group.subscribe, group.get, group.get)
}

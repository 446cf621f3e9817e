/** Keeps what is shown still while a hand is on it: what moves away at a refresh is clicked by mistake. */
import { useRef, useState } from 'react'

/** The value as it was when the hold began. */
export function useHeld<T>(value: T, held: boolean): T {
  const kept = useRef(value)
  if (!held) kept.current = value
  return kept.current
}

/** Whether the pointer is on an element or the keyboard in it, with what that element has to tell of it. */
export function useHand() {
  const [on, setOn] = useState({ pointer: false, focus: false })
  const tell = (part: Partial<typeof on>) => () => setOn((before) => ({ ...before, ...part }))
  return {
    isOn: on.pointer || on.focus,
    hand: {
      onPointerEnter: tell({ pointer: true }),
      onPointerLeave: tell({ pointer: false }),
      onFocus: tell({ focus: true }),
      onBlur: tell({ focus: false }),
    },
  }
}

/** What leads to the page on which one signs in: a session that has ended, or a person who asks for it. */
import { useSyncExternalStore } from 'react'

let asked = false
const listeners = new Set<() => void>()
const ends = new Set<() => void>()

export const entrance = {
  /** Shows the page, or no longer. */
  ask(wanted: boolean) {
    asked = wanted
    for (const listener of listeners) listener()
  },
  /** A request was refused because nobody is signed in. */
  ended() {
    for (const listener of ends) listener()
  },
  onEnd(listener: () => void): () => void {
    ends.add(listener)
    return () => ends.delete(listener)
  },
}

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export const useAsked = () => useSyncExternalStore(subscribe, () => asked)

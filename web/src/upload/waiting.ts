/** The files that were dropped or chosen and are not handed over yet; they outlive the page on which they came. */
import { useSyncExternalStore } from 'react'

let waiting: readonly File[] = []
const listeners = new Set<() => void>()

function become(files: readonly File[]) {
  waiting = files
  for (const listener of listeners) listener()
}

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Files to be handed over, after those that wait already. */
export const takeFiles = (files: Iterable<File>) => become([...waiting, ...files])

/** The first is done with. */
export const nextFile = () => become(waiting.slice(1))

export const useWaitingFiles = () => useSyncExternalStore(subscribe, () => waiting)

/** Whether Magpie answers: told by each request and by the stream, shown by the strip under the top bar. */
import { useSyncExternalStore } from 'react'

export type ConnectionState = { state: 'connected' } | { state: 'lost'; since: number }

let present: ConnectionState = { state: 'connected' }
const listeners = new Set<() => void>()
const returns = new Set<() => void>()

function become(next: ConnectionState) {
  present = next
  for (const listener of listeners) listener()
}

export const connection = {
  heard() {
    if (present.state === 'connected') return
    become({ state: 'connected' })
    for (const listener of returns) listener()
  },
  lost() {
    if (present.state !== 'lost') become({ state: 'lost', since: Date.now() })
  },
  get: () => present,
  /** Calls back whenever the connection comes back. */
  onReturn(listener: () => void): () => void {
    returns.add(listener)
    return () => returns.delete(listener)
  },
  subscribe(listener: () => void): () => void {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
}

export const useConnection = () => useSyncExternalStore(connection.subscribe, connection.get, connection.get)

/**
 * The one connection to `/api/v1/stream`, shared by all who listen. It is opened for the topics that somebody wants,
 * reopened when these change, and tried again with growing pauses when it breaks.
 */
import { useEffect, useRef } from 'react'
import { type Schemas, writeQuery } from './client'
import { connection } from './connection'
import type { Run } from './runs'

export interface StreamEvents {
  record: Schemas['Record']
  rollup: Schemas['RollupEvent']
  alert: Schemas['Alert']
  run: Run
  lagged: Schemas['Lagged']
}

export type StreamEvent = keyof StreamEvents

/** Which topic brings an event. */
const topicOf: Record<StreamEvent, string | null> = {
  record: 'records',
  rollup: 'rollups',
  alert: 'alerts',
  run: 'runs',
  lagged: null,
}

interface Listener {
  event: StreamEvent
  /** Filters of the wanted records, as `/records` takes them. */
  filter: Record<string, unknown>
  hear: (data: never) => void
}

const listeners = new Set<Listener>()
const longestPause = 15_000

let source: EventSource | null = null
let address = ''
let pause = 500
let timer: ReturnType<typeof setTimeout> | undefined
let settling = false

function wantedAddress(): string {
  const topics = new Set<string>()
  let filter: Record<string, unknown> = {}
  for (const listener of listeners) {
    const topic = topicOf[listener.event]
    if (topic) topics.add(topic)
    if (listener.event === 'record') filter = listener.filter
  }
  return topics.size === 0 ? '' : `/api/v1/stream?${writeQuery({ topics: [...topics].sort().join(','), ...filter })}`
}

function close() {
  clearTimeout(timer)
  source?.close()
  source = null
}

function open() {
  close()
  if (!address) return
  const opened = new EventSource(address)
  source = opened
  opened.addEventListener('hello', () => {
    pause = 500
    connection.heard()
  })
  for (const event of Object.keys(topicOf) as StreamEvent[]) {
    opened.addEventListener(event, (message) => {
      const data = JSON.parse((message as MessageEvent<string>).data) as never
      for (const listener of [...listeners]) if (listener.event === event) listener.hear(data)
    })
  }
  opened.onerror = () => {
    if (source !== opened) return
    close()
    connection.lost()
    timer = setTimeout(open, pause)
    pause = Math.min(pause * 2, longestPause)
  }
}

/** Waits until all listeners of this turn have come or gone before it opens a new connection. */
function settle() {
  if (settling) return
  settling = true
  queueMicrotask(() => {
    settling = false
    const wanted = wantedAddress()
    if (wanted === address && (source || !wanted)) return
    address = wanted
    open()
  })
}

export function listen<E extends StreamEvent>(
  event: E,
  hear: (data: StreamEvents[E]) => void,
  filter: Record<string, unknown> = {},
): () => void {
  const listener: Listener = { event, filter, hear: hear as (data: never) => void }
  listeners.add(listener)
  settle()
  return () => {
    listeners.delete(listener)
    settle()
  }
}

/** Tries at once, for the strip's button. */
export function reconnect(): void {
  pause = 500
  open()
}

/** Hears an event of the stream while `on`; a record filter may be given. */
export function useStream<E extends StreamEvent>(
  event: E,
  hear: (data: StreamEvents[E]) => void,
  { on = true, filter }: { on?: boolean; filter?: Record<string, unknown> } = {},
): void {
  const latest = useRef(hear)
  latest.current = hear
  const key = JSON.stringify(filter ?? {})
  useEffect(() => {
    if (!on) return
    return listen(event, (data) => latest.current(data), JSON.parse(key) as Record<string, unknown>)
  }, [event, on, key])
}

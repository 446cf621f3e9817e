/**
 * Reads a list of records, all or those of runs: the first page for a question, older pages as the list is scrolled, and
 * at each refresh or from the stream what is new at its head. A new question empties the list only when its answer has
 * come.
 */
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useClock } from '~/time/clock'
import { moves } from '~/time/range'
import { useRange } from '~/time/useRange'
import { ApiError, type Schemas } from './client'
import {
  firstPage,
  type Listed,
  mostRows,
  olderRows,
  type Page,
  shown,
  withHead,
  withOlder,
  withStreamed,
} from './recordPages'
import { useStream } from './stream'
import { type AnswerOf, type QueryOf, type Reading, read } from './useApi'

type LogRecord = Schemas['Record']
type ListPath = '/api/v1/records' | '/api/v1/runs/logs'

/** What is asked for, besides the range. */
export interface RecordQuestion<P extends ListPath> {
  path: P
  filter: Omit<QueryOf<P>, 'from' | 'to' | 'limit' | 'cursor'>
  /** As the stream filters records. */
  streamed: Record<string, unknown>
  /** Not asked while false. */
  enabled?: boolean
  /** Hears each page as it came: what it says besides its records. */
  onPage?: (page: AnswerOf<P>) => void
}

const headRows = 500
/** Streamed rows are shown this often, however many come. */
const streamPace = 400

export interface RecordPages {
  reading: Reading<Listed>
  more: () => void
  showFresh: () => void
  setTop: (top: boolean) => void
}

interface State {
  question: string
  listed: Listed
  at: number
}

export function useRecordPages<P extends ListPath>(asked: RecordQuestion<P>): RecordPages {
  const { range, query } = useRange()
  const { now, live } = useClock()
  const { path, filter, streamed, enabled = true } = asked
  const question = JSON.stringify([path, filter, range])
  const [state, setState] = useState<State | null>(null)
  const [error, setError] = useState<ApiError | null>(null)
  const [busy, setBusy] = useState(false)
  const [again, setAgain] = useState(0)
  const top = useRef(true)
  const paging = useRef(false)
  const present = useRef({ question, query, asked, state })
  present.current = { question, query, asked, state }

  const change = useCallback((by: (listed: Listed) => Listed) => {
    setState((before) =>
      before && before.question === present.current.question ? { ...before, listed: by(before.listed) } : before,
    )
  }, [])

  // biome-ignore lint/correctness/useExhaustiveDependencies: each refresh asks anew; the range moves with it
  useEffect(() => {
    if (!enabled) return
    const abort = new AbortController()
    setBusy(true)
    read(path, { query: { ...query, ...filter, limit: headRows } as QueryOf<P>, signal: abort.signal })
      .then((answer) => {
        const page = answer as Page
        setError(null)
        present.current.asked.onPage?.(answer)
        setState((before) => ({
          question,
          at: Date.now(),
          listed: before?.question === question ? withHead(before.listed, page, top.current) : firstPage(page),
        }))
      })
      .catch((cause: unknown) => {
        if (!abort.signal.aborted)
          setError(cause instanceof ApiError ? cause : new ApiError(`GET ${path}`, 0, null, cause))
      })
      .finally(() => {
        if (!abort.signal.aborted) setBusy(false)
      })
    return () => abort.abort()
  }, [question, now, again, enabled])

  const more = useCallback(() => {
    const { query, asked, state, question } = present.current
    if (!state || state.question !== question || !state.listed.next || paging.current) return
    if (state.listed.rows.length >= mostRows) return
    paging.current = true
    const older = { ...query, ...asked.filter, limit: olderRows(state.listed.rows.length), cursor: state.listed.next }
    read(asked.path, { query: older as QueryOf<P> })
      .then((answer) => {
        const page = answer as Page
        asked.onPage?.(answer)
        change((listed) => (listed.next === state.listed.next ? withOlder(listed, page) : listed))
      })
      .catch((cause: unknown) => setError(cause instanceof ApiError ? cause : null))
      .finally(() => {
        paging.current = false
      })
  }, [change])

  useStreamed(enabled && live && moves(range), streamed, (records) =>
    change((listed) => withStreamed(listed, records, top.current)),
  )

  const mine = state?.question === question
  return useMemo(
    () => ({
      reading: {
        data: state && (mine || !error) ? state.listed : undefined,
        error,
        first: state === null,
        busy: busy && !mine,
        stale: error !== null && mine,
        at: state?.at ?? 0,
        retry: () => setAgain((count) => count + 1),
      },
      more,
      showFresh: () => change(shown),
      setTop: (isTop) => {
        top.current = isTop
        if (isTop) change(shown)
      },
    }),
    [state, mine, error, busy, more, change],
  )
}

/** Hands over streamed rows in bunches, newest first. */
function useStreamed(on: boolean, filter: Record<string, unknown>, hear: (records: LogRecord[]) => void) {
  const gathered = useRef<LogRecord[]>([])
  const latest = useRef(hear)
  latest.current = hear
  useStream('record', (record) => void gathered.current.push(record), { on, filter })
  useEffect(() => {
    if (!on) return
    const timer = setInterval(() => {
      if (gathered.current.length > 0) latest.current(gathered.current.splice(0).reverse())
    }, streamPace)
    return () => clearInterval(timer)
  }, [on])
}

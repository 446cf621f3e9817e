/**
 * Reads the list of records: the first page for a question, older pages as the list is scrolled, and at each refresh or
 * from the stream what is new at its head. A new question empties the list only when its answer has come.
 */
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { ApiError } from '~/api/client'
import { useStream } from '~/api/stream'
import { type Reading, read } from '~/api/useApi'
import type { LogRecord } from '~/parts/LogList'
import { useClock } from '~/time/clock'
import { moves } from '~/time/range'
import { useRange } from '~/time/useRange'
import { firstPage, type Listed, mostRows, olderRows, shown, withHead, withOlder, withStreamed } from './pages'

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

export function useRecordPages(q: string | undefined): RecordPages {
  const { range, query } = useRange()
  const { now, live } = useClock()
  const question = JSON.stringify([q ?? '', range])
  const [state, setState] = useState<State | null>(null)
  const [error, setError] = useState<ApiError | null>(null)
  const [busy, setBusy] = useState(false)
  const [again, setAgain] = useState(0)
  const top = useRef(true)
  const paging = useRef(false)
  const present = useRef({ question, query, q, state })
  present.current = { question, query, q, state }

  const change = useCallback((by: (listed: Listed) => Listed) => {
    setState((before) =>
      before && before.question === present.current.question ? { ...before, listed: by(before.listed) } : before,
    )
  }, [])

  // biome-ignore lint/correctness/useExhaustiveDependencies: each refresh asks anew; the range moves with it
  useEffect(() => {
    const abort = new AbortController()
    setBusy(true)
    read('/api/v1/records', { query: { ...query, q, limit: headRows }, signal: abort.signal })
      .then((page) => {
        setError(null)
        setState((before) => ({
          question,
          at: Date.now(),
          listed: before?.question === question ? withHead(before.listed, page, top.current) : firstPage(page),
        }))
      })
      .catch((cause: unknown) => {
        if (!abort.signal.aborted)
          setError(cause instanceof ApiError ? cause : new ApiError('GET records', 0, null, cause))
      })
      .finally(() => {
        if (!abort.signal.aborted) setBusy(false)
      })
    return () => abort.abort()
  }, [question, now, again])

  const more = useCallback(() => {
    const { query, q, state, question } = present.current
    if (!state || state.question !== question || !state.listed.next || paging.current) return
    if (state.listed.rows.length >= mostRows) return
    paging.current = true
    read('/api/v1/records', {
      query: { ...query, q, limit: olderRows(state.listed.rows.length), cursor: state.listed.next },
    })
      .then((page) => change((listed) => (listed.next === state.listed.next ? withOlder(listed, page) : listed)))
      .catch((cause: unknown) => setError(cause instanceof ApiError ? cause : null))
      .finally(() => {
        paging.current = false
      })
  }, [change])

  useStreamed(live && moves(range), q, (records) => change((listed) => withStreamed(listed, records, top.current)))

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
function useStreamed(on: boolean, q: string | undefined, hear: (records: LogRecord[]) => void) {
  const gathered = useRef<LogRecord[]>([])
  const latest = useRef(hear)
  latest.current = hear
  useStream('record', (record) => void gathered.current.push(record), { on, filter: q ? { q } : {} })
  useEffect(() => {
    if (!on) return
    const timer = setInterval(() => {
      if (gathered.current.length > 0) latest.current(gathered.current.splice(0).reverse())
    }, streamPace)
    return () => clearInterval(timer)
  }, [on])
}

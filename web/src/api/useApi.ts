/**
 * The one way pages read from the API. The old answer stays while a new one is fetched, each refresh fetches anew, and
 * when that fails the last good answer remains, marked stale. Writes go through `answer(client.PUT(…))` in a mutation,
 * followed by `invalidate(path)`.
 */
import { keepPreviousData, QueryClient, useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useRef } from 'react'
import { useClock } from '~/time/clock'
import { type ApiError, answer, client } from './client'
import type { paths } from './schema'

/** Paths that can be read. */
export type ReadPath = { [P in keyof paths]: paths[P] extends { get: object } ? P : never }[keyof paths]

type Operation<P extends ReadPath> = paths[P] extends { get: infer G } ? G : never
type Parameters<P extends ReadPath> = Operation<P> extends { parameters: infer T } ? T : never
export type QueryOf<P extends ReadPath> = Parameters<P> extends { query?: infer Q } ? Exclude<Q, undefined> : never
type PathOf<P extends ReadPath> = Parameters<P> extends { path: infer T } ? T : undefined
export type AnswerOf<P extends ReadPath> =
  Operation<P> extends { responses: { 200: { content: { 'application/json': infer A } } } } ? A : never

interface ReadOptions<P extends ReadPath> {
  query?: QueryOf<P>
  path?: PathOf<P>
  /** Not asked while false. */
  enabled?: boolean
  /** Does not change as time goes: fetched once, not at each refresh. */
  still?: boolean
}

export interface Reading<Data> {
  data: Data | undefined
  /** The last failure, while it lasts. */
  error: ApiError | null
  /** No answer yet, not even an old one. */
  first: boolean
  /** A request is under way. */
  busy: boolean
  /** The answer is older than it should be, because the last request failed. */
  stale: boolean
  /** When the answer came, epoch milliseconds; 0 without one. */
  at: number
  retry: () => void
}

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: Number.POSITIVE_INFINITY,
        gcTime: 60_000,
        retry: false,
        refetchOnWindowFocus: false,
        networkMode: 'always',
      },
      mutations: { retry: false, networkMode: 'always' },
    },
  })
}

/** Reads a path once, typed: for what is not a page's state, such as exports and completion. */
export function read<P extends ReadPath>(
  path: P,
  { query, path: segments, signal }: { query?: QueryOf<P>; path?: PathOf<P>; signal?: AbortSignal } = {},
): Promise<AnswerOf<P>> {
  const get = client.GET as unknown as (
    path: string,
    init: object,
  ) => Promise<{ data?: AnswerOf<P>; response: Response }>
  return answer(`GET ${path}`, get(path, { params: { query, path: segments }, signal }))
}

export function useApi<P extends ReadPath>(path: P, options: ReadOptions<P> = {}): Reading<AnswerOf<P>> {
  const { query, path: segments, enabled = true, still = false } = options
  const { now } = useClock()
  const result = useQuery<AnswerOf<P>, ApiError>({
    queryKey: [path, segments ?? null, query ?? null, still ? 0 : now],
    queryFn: ({ signal }) => read(path, { query, path: segments, signal }),
    placeholderData: keepPreviousData,
    enabled,
  })

  // The same question, but for the range that moves: an answer to it may stand in for one that failed.
  const { from: _from, to: _to, ...rest } = (query ?? {}) as Record<string, unknown>
  const question = JSON.stringify([path, segments ?? null, rest])
  const last = useRef<{ question: string; data: AnswerOf<P>; at: number } | null>(null)
  if (result.data !== undefined && !result.isPlaceholderData) {
    last.current = { question, data: result.data, at: result.dataUpdatedAt }
  }
  const kept = last.current?.question === question ? last.current : null

  const { refetch } = result
  const retry = useCallback(() => void refetch(), [refetch])
  const offline = result.error?.offline ?? false
  useRetryWhileOffline(offline && enabled, retry)

  return {
    data: result.data ?? kept?.data,
    error: result.error,
    first: result.isPending && enabled,
    busy: result.isFetching,
    stale: result.isError && kept !== null,
    at: result.isPlaceholderData || result.data === undefined ? (kept?.at ?? 0) : result.dataUpdatedAt,
    retry,
  }
}

/** Asks again every five seconds while the server cannot be reached. */
function useRetryWhileOffline(offline: boolean, retry: () => void) {
  useEffect(() => {
    if (!offline) return
    const timer = setInterval(retry, 5000)
    return () => clearInterval(timer)
  }, [offline, retry])
}

/** Makes all answers of a path be fetched anew, after a write. */
export function useInvalidate(): (...paths: ReadPath[]) => Promise<void> {
  const queryClient = useQueryClient()
  return useCallback(
    async (...changed) => {
      await Promise.all(changed.map((path) => queryClient.invalidateQueries({ queryKey: [path] })))
    },
    [queryClient],
  )
}

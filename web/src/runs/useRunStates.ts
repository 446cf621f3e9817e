/**
 * The status of runs as the stream tells it, so that a row's status changes in place, without the list being read anew.
 * What the last answer said stands until the stream knows better.
 */
import { useCallback, useState } from 'react'
import type { Run, RunStatus } from '~/api/runs'
import { useStream } from '~/api/stream'

export interface RunState {
  status: RunStatus
  attempt: number
}

/** The most runs whose status is remembered; the oldest are forgotten first. */
const mostRemembered = 2000

export function remembered(states: ReadonlyMap<string, RunState>, run: Run): Map<string, RunState> {
  const next = new Map(states)
  next.delete(run.job_id)
  next.set(run.job_id, { status: run.status, attempt: run.attempt })
  for (const job of next.keys()) {
    if (next.size <= mostRemembered) break
    next.delete(job)
  }
  return next
}

export function useRunStates(): (job: string) => RunState | undefined {
  const [states, setStates] = useState<ReadonlyMap<string, RunState>>(new Map())
  useStream('run', (run) => setStates((before) => remembered(before, run)))
  return useCallback((job) => states.get(job), [states])
}

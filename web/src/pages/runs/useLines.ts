/** The lines of the list with what the server says of their runs: status, attempts, and how many lines are folded. */
import { useState } from 'react'
import type { RunLogs } from '~/api/runs'
import { type RecordPages, useRecordPages } from '~/api/useRecordPages'
import { type RunState, useRunStates } from '~/runs/useRunStates'
import type { lineFilter } from './filters'

export interface Lines {
  pages: RecordPages
  /** Lines of attempts that failed before a later one went on; they are left out. */
  folded: number
  /** A run's status, as the stream told last, else as it was when the lines were read. */
  stateOf: (job: string) => RunState | undefined
}

export function useLines(filter: ReturnType<typeof lineFilter>, enabled: boolean): Lines {
  const [told, setTold] = useState<Pick<RunLogs, 'runs' | 'folded'>>({ runs: {}, folded: 0 })
  const { attempts: _attempts, ...streamed } = filter
  const pages = useRecordPages({
    path: '/api/v1/runs/logs',
    filter,
    streamed: { ...streamed, kind: 'run' },
    enabled,
    onPage: ({ runs, folded }) => setTold((before) => ({ runs: { ...before.runs, ...runs }, folded })),
  })
  const live = useRunStates()
  return { pages, folded: told.folded, stateOf: (job) => live(job) ?? told.runs[job] }
}

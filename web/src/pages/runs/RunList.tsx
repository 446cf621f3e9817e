/** The runs themselves, the newest first, by the filters of the page: what each number of the overview opens. */
import { Button } from '@mantine/core'
import { IconClockPause } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Run } from '~/api/runs'
import { type QueryOf, read, useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { Empty, ErrorPanel } from '~/parts/Messages'
import { Panel } from '~/parts/Panel'
import { RunTable } from '~/runs/RunTable'
import { useRange } from '~/time/useRange'
import type { runFilter } from './filters'
import styles from './runs.module.css'

const pageRows = 100

interface RunListProps {
  filter: ReturnType<typeof runFilter>
  ready: boolean
  onClear: () => void
}

export function RunList({ filter, ready, onClear }: RunListProps) {
  const { t } = useTranslation('runlogs')
  const format = useFormat()
  const { query } = useRange()
  const asked = { ...query, ...filter, limit: pageRows }
  const reading = useApi('/api/v1/runs', { query: asked, enabled: ready })
  const older = useOlder(asked, reading.data?.next ?? null)
  return (
    <Panel
      reading={reading}
      title={reading.data && t('runCount', { count: reading.data.total, n: format.count(reading.data.total) })}
      isEmpty={({ runs, waiting }) => runs.length + waiting.length === 0}
      empty={
        <Empty title={t('noRun')} hint={t('noRunHint')} action={<Button onClick={onClear}>{t('dropAll')}</Button>} />
      }
    >
      {({ runs, total, waiting }) => {
        const listed = [...runs, ...older.runs]
        return (
          <>
            {waiting.length > 0 && <WaitingRuns runs={waiting} />}
            {listed.length > 0 && <RunTable runs={listed} />}
            {older.error && <ErrorPanel error={older.error} onRetry={older.more} />}
            {older.next !== null && (
              <p className={styles.more}>
                {t('runsShown', { n: format.count(listed.length), total: format.count(total) })}
                <Button size="xs" loading={older.busy} onClick={older.more}>
                  {t('moreRuns')}
                </Button>
              </p>
            )}
          </>
        )
      }}
    </Panel>
  )
}

/** Runs that were triggered while the store of runs was away: nothing of them is lost, and they are not in the list yet. */
function WaitingRuns({ runs }: { runs: readonly Run[] }) {
  const { t } = useTranslation('runlogs')
  const format = useFormat()
  const title = t('waitingRuns', { count: runs.length, n: format.count(runs.length) })
  return (
    <section aria-label={title} className={styles.waiting}>
      <p>
        <IconClockPause size={16} stroke={1.8} aria-hidden />
        <b>{title}</b> {t('waitingRunsHint')}
      </p>
      <RunTable runs={runs} />
    </section>
  )
}

interface Older {
  runs: Run[]
  next: string | null
}

/** Further pages of the same question; another question begins anew. */
function useOlder(asked: QueryOf<'/api/v1/runs'>, first: string | null) {
  const { from: _from, to: _to, ...rest } = asked
  const question = JSON.stringify(rest)
  const [older, setOlder] = useState<Older | null>(null)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<Error | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another question drops the pages of the one before
  useEffect(() => setOlder(null), [question])
  const next = older ? older.next : first
  const more = () => {
    if (next === null) return
    setBusy(true)
    setError(null)
    read('/api/v1/runs', { query: { ...asked, cursor: next } })
      .then(({ runs, next }) => setOlder((before) => ({ runs: [...(before?.runs ?? []), ...runs], next })))
      .catch((cause: Error) => setError(cause))
      .finally(() => setBusy(false))
  }
  return { runs: older?.runs ?? [], next, more, busy, error }
}

/** What became of an action on several runs at once: the dialog closes when all went well, else tells which did not. */
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Schemas } from '~/api/client'
import { useTold } from '~/i18n/told'
import { shortJob } from './names'
import styles from './runs.module.css'

interface Outcome {
  job_id: string
  ok: boolean
  problem: Schemas['Notice'] | null
}

export function useBatch(onDone: () => void) {
  const [refused, setRefused] = useState<readonly Outcome[]>([])
  const heard = ({ results }: { results: readonly Outcome[] }) => {
    const failed = results.filter(({ ok }) => !ok)
    setRefused(failed)
    if (failed.length === 0) onDone()
  }
  return { refused, heard }
}

export function BatchResult({ refused }: { refused: readonly Outcome[] }) {
  const { t } = useTranslation('runs')
  const told = useTold()
  if (refused.length === 0) return null
  return (
    <div role="alert" className={styles.refused}>
      <strong>{t('refused', { count: refused.length, n: refused.length })}</strong>
      <ul>
        {refused.map(({ job_id, problem }) => (
          <li key={job_id}>
            <span className="raw">{shortJob(job_id)}</span> {problem && told.notice(problem)}
          </li>
        ))}
      </ul>
    </div>
  )
}

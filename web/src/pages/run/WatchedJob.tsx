/** A watched job has no steps that Magpie knows of: its command, where it ran, and how each attempt ended. */
import { useTranslation } from 'react-i18next'
import type { RunDetail } from '~/api/runs'
import { useFormat } from '~/format/useFormat'
import { RunStatusBadge } from '~/runs/status'
import styles from './run.module.css'

interface Told {
  command?: string[]
  host?: string
}

export function WatchedJob({ run, now }: { run: RunDetail; now: number }) {
  const { t } = useTranslation(['run', 'runs'])
  const format = useFormat()
  const { command = [], host } = (run.input ?? {}) as Told
  return (
    <section className={styles.watched} aria-label={t('command')}>
      <h3>
        {t('command')} {host && <span className="secondary">{host}</span>}
      </h3>
      <pre className="raw">{command.join(' ')}</pre>
      <ol>
        {run.attempts.map(({ attempt, status, started, ended, fault }) => (
          <li key={attempt}>
            <RunStatusBadge status={status} />
            <span className="secondary">{t('attemptStarted', { n: attempt, time: format.seconds(started) })}</span>
            <span>{format.duration((ended ? Date.parse(ended) : now) - Date.parse(started))}</span>
            <span className="secondary">{fault?.detail}</span>
          </li>
        ))}
      </ol>
    </section>
  )
}

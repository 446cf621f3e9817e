/**
 * A titled part of a page that shows one reading of the API in all its states: skeleton at first, the old answer with a
 * thin bar while a new one comes, empty, failed, stale. Pages write only what a good answer looks like.
 */
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Reading } from '~/api/useApi'
import { useClock } from '~/time/clock'
import { Boundary, EmptyRange, ErrorPanel, Stale } from './Messages'
import styles from './parts.module.css'

interface FrameProps {
  title?: ReactNode
  /** Beside the title, quieter. */
  note?: ReactNode
  actions?: ReactNode
  className?: string
}

interface PanelProps<Data> extends FrameProps {
  reading: Reading<Data>
  isEmpty?: (data: Data) => boolean
  /** Why nothing is there, with one action; by default an offer of a longer range. */
  empty?: ReactNode
  children: (data: Data) => ReactNode
}

export function LoadingBar({ on }: { on: boolean }) {
  const { t } = useTranslation()
  return on ? <div className={styles.bar} role="progressbar" aria-label={t('loading')} /> : null
}

const widths = ['62%', '84%', '71%', '90%', '55%', '78%']

export function Skeleton() {
  const { t } = useTranslation()
  return (
    <div className={styles.skeleton} role="status" aria-label={t('loading')}>
      {widths.map((width) => (
        <span key={width} style={{ width }} />
      ))}
    </div>
  )
}

export function Panel<Data>({ reading, title, note, actions, className, isEmpty, empty, children }: PanelProps<Data>) {
  const { now } = useClock()
  return (
    <section className={[styles.panel, className].filter(Boolean).join(' ')} aria-busy={reading.busy}>
      <LoadingBar on={reading.busy} />
      {(title || note || actions || reading.stale) && (
        <header className={styles.panelHead}>
          {title && <h2>{title}</h2>}
          {note && <span className="secondary">{note}</span>}
          {reading.stale && <Stale at={reading.at} now={Math.max(now, Date.now())} />}
          {actions && <div className={styles.panelActions}>{actions}</div>}
        </header>
      )}
      <div className={styles.panelBody} data-stale={reading.stale}>
        <Boundary>
          <PanelBody reading={reading} isEmpty={isEmpty} empty={empty}>
            {children}
          </PanelBody>
        </Boundary>
      </div>
    </section>
  )
}

function PanelBody<Data>({ reading, isEmpty, empty, children }: Omit<PanelProps<Data>, keyof FrameProps>) {
  const { data, error, retry } = reading
  if (data === undefined) return error ? <ErrorPanel error={error} onRetry={retry} /> : <Skeleton />
  if (isEmpty?.(data)) return empty ?? <EmptyRange />
  return children(data)
}

/** What stands where content would be: nothing (and why, and one way on), a failure (cause, retry, copy), old data. */
import { Button, CopyButton } from '@mantine/core'
import { IconAlertHexagon, IconClock, IconInbox, IconPlugConnectedX } from '@tabler/icons-react'
import { Component, type ErrorInfo, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiError } from '~/api/client'
import { useFormat } from '~/format/useFormat'
import { useTold } from '~/i18n/told'
import { useClock } from '~/time/clock'
import { endingAt } from '~/time/range'
import { useRange } from '~/time/useRange'
import styles from './parts.module.css'

interface EmptyProps {
  title: string
  hint?: string
  icon?: ReactNode
  /** One action, no more. */
  action?: ReactNode
}

export function Empty({ title, hint, icon, action }: EmptyProps) {
  return (
    <div className={styles.message}>
      {icon ?? <IconInbox size={28} stroke={1.5} aria-hidden />}
      <strong>{title}</strong>
      {hint && <p>{hint}</p>}
      {action && <div className={styles.actions}>{action}</div>}
    </div>
  )
}

interface EmptyRangeProps {
  title?: string
  hint?: string
  /** Time of the newest record before the range, where one is known: logs of a past that no short range reaches. */
  newest?: number | null
}

/** Nothing in this range: offers a longer one, or where the newest records are. */
export function EmptyRange({ title, hint, newest = null }: EmptyRangeProps) {
  const { t } = useTranslation()
  const format = useFormat()
  const { now } = useClock()
  const { from, to, setRange } = useRange()
  const day = 86_400_000
  return (
    <Empty
      title={title ?? t('nothing')}
      hint={hint ?? t('nothingHint')}
      action={
        <>
          {newest !== null && newest < to - day && (
            <Button variant="filled" onClick={() => setRange(endingAt(newest, to - from))}>
              {t('newestRecords', { time: format.near(newest, now) })}
            </Button>
          )}
          {to - from < day && (
            <Button onClick={() => setRange({ kind: 'relative', ms: day })}>{t('longerRange')}</Button>
          )}
        </>
      }
    />
  )
}

/** A failure in its own place: its cause, what helps, retry, copy. */
export function ErrorPanel({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  const { t } = useTranslation()
  const told = useTold()
  const problem = error instanceof ApiError ? error.problem : null
  const offline = error instanceof ApiError && error.offline
  const mistakes = problem?.mistakes ?? []
  const copy = problem ? JSON.stringify(problem, null, 2) : `${error.name}: ${error.message}\n${error.stack ?? ''}`
  return (
    <div className={styles.message} role="alert">
      {offline ? <IconPlugConnectedX size={28} aria-hidden /> : <IconAlertHexagon size={28} aria-hidden />}
      <strong>{offline ? t('error.offline') : t('error.title')}</strong>
      <p>{offline ? t('error.offlineHint') : beforeMistakes(told.error(error), mistakes)}</p>
      {problem?.fix && <p>{t('error.fix', { fix: told.fix(problem) })}</p>}
      {mistakes.map((mistake) => (
        <p key={`${mistake.line ?? 0} ${mistake.message}`}>
          {mistake.line ? t('atLine', { n: mistake.line }) : ''}
          {told.mistake(mistake)}
        </p>
      ))}
      <div className={styles.actions}>
        {onRetry && <Button onClick={onRetry}>{t('retry')}</Button>}
        <CopyButton value={copy}>
          {({ copied, copy }) => <Button onClick={copy}>{copied ? t('copied') : t('copy')}</Button>}
        </CopyButton>
      </div>
    </div>
  )
}

/** The server's sentence ends with all mistakes, for who sees nothing else; here each stands below it. */
function beforeMistakes(sentence: string, mistakes: readonly { message: string }[]): string {
  const first = sentence.indexOf(mistakes[0]?.message ?? sentence)
  return first > 0 ? sentence.slice(0, first).replace(/[:\s]+$/, '') : sentence
}

/** "last data 14:29, 3 min ago" */
export function Stale({ at, now }: { at: number; now: number }) {
  const { t } = useTranslation()
  const format = useFormat()
  return (
    <span className={styles.stale} role="status">
      <IconClock size={13} aria-hidden />
      {t('stale', { time: format.minutes(at), since: format.since(now - at) })}
    </span>
  )
}

interface BoundaryProps {
  children: ReactNode
}

/** Keeps a crash inside its panel. */
export class Boundary extends Component<BoundaryProps, { error: Error | null }> {
  override state: { error: Error | null } = { error: null }

  static getDerivedStateFromError(error: Error) {
    return { error }
  }

  override componentDidCatch(error: Error, info: ErrorInfo) {
    // The browser's console keeps the component stack, which the panel does not show.
    reportError(new Error(`${error.message}${info.componentStack ?? ''}`, { cause: error }))
  }

  override render() {
    const { error } = this.state
    if (error) return <ErrorPanel error={error} onRetry={() => this.setState({ error: null })} />
    return this.props.children
  }
}

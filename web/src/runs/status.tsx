/** The status of a run, of a step and of a due time, each by three signs: colour, shape and word. */
import {
  IconAlertTriangle,
  IconBan,
  IconCalendarOff,
  IconCircle,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
  IconClock,
  IconClockExclamation,
  IconClockPause,
  IconHourglass,
  IconPlayerPlay,
  IconRefresh,
  IconStopwatch,
  type TablerIcon,
} from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { DueOutcome, RunStatus, StepStatus } from '~/api/runs'
import styles from './runs.module.css'

/** What a colour says: nothing but trouble has one of its own. */
export type Tone = 'ok' | 'busy' | 'soon' | 'bad' | 'calm'

interface Sign {
  icon: TablerIcon
  tone: Tone
}

export const runSigns: Record<RunStatus, Sign> = {
  queued: { icon: IconHourglass, tone: 'calm' },
  running: { icon: IconPlayerPlay, tone: 'busy' },
  waiting: { icon: IconClockPause, tone: 'busy' },
  retrying: { icon: IconRefresh, tone: 'soon' },
  succeeded: { icon: IconCircleCheck, tone: 'ok' },
  failed: { icon: IconCircleX, tone: 'bad' },
  cancelled: { icon: IconBan, tone: 'calm' },
  timed_out: { icon: IconStopwatch, tone: 'bad' },
}

export const stepSigns: Record<StepStatus, Sign> = {
  running: { icon: IconPlayerPlay, tone: 'busy' },
  succeeded: { icon: IconCircleCheck, tone: 'ok' },
  skipped: { icon: IconCircleDashed, tone: 'calm' },
  failed: { icon: IconCircleX, tone: 'bad' },
  cancelled: { icon: IconBan, tone: 'calm' },
  unreached: { icon: IconCircle, tone: 'calm' },
}

export const dueSigns: Record<DueOutcome, Sign> = {
  ran: { icon: IconCircleCheck, tone: 'ok' },
  late: { icon: IconClockExclamation, tone: 'soon' },
  failed: { icon: IconCircleX, tone: 'bad' },
  missed: { icon: IconCalendarOff, tone: 'bad' },
  skipped: { icon: IconAlertTriangle, tone: 'soon' },
  paused: { icon: IconClockPause, tone: 'calm' },
  due: { icon: IconClock, tone: 'calm' },
  running: { icon: IconPlayerPlay, tone: 'busy' },
  retrying: runSigns.retrying,
  cancelled: runSigns.cancelled,
}

interface StatusProps<S> {
  status: S
  /** On a ground of its own: beside a title. */
  pill?: boolean
  /** Replaces the status' word: "Failed at charge". */
  label?: string
}

export function RunStatusBadge({ status, pill = false, label }: StatusProps<RunStatus>) {
  const { t } = useTranslation('runs')
  return <Signed sign={runSigns[status]} text={label ?? t(`status.${status}`)} pill={pill} />
}

export function StepStatusIcon({ status }: { status: StepStatus }) {
  const { t } = useTranslation('runs')
  const { icon: Icon, tone } = stepSigns[status]
  return (
    <span className={styles.status} data-tone={tone}>
      <Icon size={14} stroke={1.8} role="img" aria-label={t(`step.${status}`)} />
    </span>
  )
}

export function DueBadge({ status, label }: StatusProps<DueOutcome>) {
  const { t } = useTranslation('runs')
  return <Signed sign={dueSigns[status]} text={label ?? t(`due.${status}`)} pill={false} />
}

function Signed({ sign: { icon: Icon, tone }, text, pill }: { sign: Sign; text: string; pill: boolean }) {
  return (
    <span className={styles.status} data-tone={tone} data-pill={pill || undefined}>
      <Icon size={14} stroke={1.8} aria-hidden />
      {text}
    </span>
  )
}

/** Whether a run is over: nothing of it changes by itself any more. */
export const isOver = (status: RunStatus) =>
  status === 'succeeded' || status === 'failed' || status === 'cancelled' || status === 'timed_out'

/** Whether it ended badly, so that a person may want to try again. */
export const hasFailed = (status: RunStatus) => status === 'failed' || status === 'timed_out'

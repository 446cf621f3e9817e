/** Levels and states, each by three signs: colour, shape and word. */
import {
  IconAlertHexagon,
  IconAlertHexagonFilled,
  IconAlertTriangle,
  IconBell,
  IconBellOff,
  IconCircle,
  IconCircleCheck,
  IconCircleDashed,
  IconClock,
  IconInfoCircle,
  type TablerIcon,
} from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import styles from './parts.module.css'

export const levels = ['unset', 'trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const
export type Level = (typeof levels)[number]

const levelIcons: Record<Level, TablerIcon> = {
  unset: IconCircleDashed,
  trace: IconCircle,
  debug: IconCircle,
  info: IconInfoCircle,
  warn: IconAlertTriangle,
  error: IconAlertHexagon,
  fatal: IconAlertHexagonFilled,
}

export function LevelBadge({ level = 'unset' }: { level?: Level }) {
  const { t } = useTranslation()
  const Icon = levelIcons[level]
  return (
    <span className={styles.level} data-level={level}>
      <Icon size={14} stroke={1.8} aria-hidden />
      {t(`level.${level}`)}
    </span>
  )
}

export type Severity = 'info' | 'warning' | 'critical'

const severityLevels: Record<Severity, Level> = { info: 'info', warning: 'warn', critical: 'error' }

/** Severities of alerts take the signs of info, warn and error. */
export function SeverityBadge({ severity }: { severity: Severity }) {
  const { t } = useTranslation()
  const level = severityLevels[severity]
  const Icon = levelIcons[level]
  return (
    <span className={styles.level} data-level={level}>
      <Icon size={14} stroke={1.8} aria-hidden />
      {t(`severity.${severity}`)}
    </span>
  )
}

export const states = ['ok', 'pending', 'firing', 'silenced', 'resolved', 'unknown'] as const
export type State = (typeof states)[number]

export const stateIcons: Record<State, TablerIcon> = {
  ok: IconCircleCheck,
  pending: IconClock,
  firing: IconBell,
  silenced: IconBellOff,
  resolved: IconCircleCheck,
  unknown: IconCircleDashed,
}

/** `label` replaces the state's word, as in "2 firing". */
export function StateBadge({ state, label }: { state: State; label?: string }) {
  const { t } = useTranslation()
  const Icon = stateIcons[state]
  return (
    <span className={styles.badge} data-state={state}>
      <Icon size={13} stroke={1.8} aria-hidden />
      {label ?? t(`state.${state}`)}
    </span>
  )
}

/** The state that stands for several: the worst of them. */
export function worst(all: readonly (State | null | undefined)[]): State {
  const order: State[] = ['firing', 'pending', 'silenced', 'unknown', 'resolved', 'ok']
  return order.find((state) => all.includes(state)) ?? 'ok'
}

/** One scheduled flow: what it is, when it comes next, its week, what one may do, and, unfolded, its due times. */
import { ActionIcon, Button, Modal, TextInput, Tooltip } from '@mantine/core'
import { IconChevronDown, IconChevronRight, IconClockPause, IconClockPlay, IconPlayerPlay } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { type FormEvent, type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '~/access/session'
import type { Scheduled } from '~/api/runs'
import { WhoField } from '~/attention/WhoField'
import { useFormat } from '~/format/useFormat'
import { ErrorPanel } from '~/parts/Messages'
import { FlowName, offsetText, useScheduleText } from '~/runs/names'
import { RunDialog } from '~/runs/RunDialog'
import { DueBadge } from '~/runs/status'
import { useClock } from '~/time/clock'
import { DayHours } from './DayHours'
import { DueTable } from './DueTable'
import { Strip } from './Strip'
import styles from './schedules.module.css'
import { hoursOf, type Span } from './strip'
import { useScheduleActions } from './useScheduleActions'
import type { Week } from './useWeek'
import { Watchdog } from './Watchdog'

/** Clocks that change within this time are told unasked. */
const soon = 14 * 86_400_000

interface SectionProps {
  schedule: Scheduled
  week: Week
  /** The one day that the range is, if it is a day of the week. */
  day: Span | undefined
  phone: boolean
  open: boolean
  onOpen: (open: boolean) => void
}

export function ScheduleSection({ schedule, week, day, phone, open, onOpen }: SectionProps) {
  const { t } = useTranslation('schedules')
  const Chevron = open ? IconChevronDown : IconChevronRight
  return (
    <section className={styles.schedule} aria-label={schedule.flow} data-trouble={schedule.watchdog ? true : undefined}>
      <div className={styles.head}>
        <button type="button" className={styles.fold} aria-expanded={open} onClick={() => onOpen(!open)}>
          <Chevron size={14} aria-hidden />
          <span className="unseen">{t('dueTimesOf', { flow: schedule.flow })}</span>
        </button>
        <h2>
          <Link to="/flows/$flow" params={{ flow: schedule.flow }}>
            <FlowName flow={schedule.flow} application={schedule.application} />
          </Link>
        </h2>
        <Timing schedule={schedule} />
        <Strip
          flow={schedule.flow}
          week={week}
          only={phone ? (day ?? week.days.at(-1)) : undefined}
          onDay={() => onOpen(true)}
        />
        <Operations schedule={schedule} />
      </div>
      <Notes schedule={schedule} open={open} />
      {open && day && <DayHours flow={schedule.flow} hours={hoursOf(day, week.hours(schedule.flow))} />}
      {open && <DueTable flow={schedule.flow} next={schedule.next} />}
    </section>
  )
}

function Timing({ schedule }: { schedule: Scheduled }) {
  const { t } = useTranslation('schedules')
  const format = useFormat()
  const { now } = useClock()
  const text = useScheduleText()(schedule.schedule)
  const { kind, timezone } = schedule.schedule
  const next = schedule.next ?? schedule.schedule.next
  return (
    <div className={styles.timing}>
      <span className="cut" title={text}>
        <span className={kind === 'cron' ? 'raw' : undefined}>{text}</span>{' '}
        {kind === 'cron' && <span className="secondary">{timezone}</span>}
      </span>
      <span className={styles.next}>
        {schedule.paused ? (
          <Paused>{t('pausedBy', { by: schedule.paused.by })}</Paused>
        ) : !schedule.enabled ? (
          <Paused>{t('disabled')}</Paused>
        ) : next ? (
          <span title={format.fullTime(next)}>
            {t('next', { time: format.near(next, now), since: format.since(Date.parse(next) - now) })}
          </span>
        ) : schedule.schedule.kind === 'on' ? (
          t('whenEvents')
        ) : (
          t('noNext')
        )}
        {schedule.last && <DueBadge status={schedule.last.outcome} />}
      </span>
    </div>
  )
}

function Paused({ children }: { children: ReactNode }) {
  return (
    <span className={styles.paused}>
      <IconClockPause size={14} aria-hidden /> {children}
    </span>
  )
}

/** What is out of the ordinary; changes of clocks that are far away are told with the due times only. */
function Notes({ schedule, open }: { schedule: Scheduled; open: boolean }) {
  const { t } = useTranslation('schedules')
  const format = useFormat()
  const { now } = useClock()
  const isShownNow = ({ at }: { at: string }) => open || Date.parse(at) - now < soon
  return (
    <>
      {schedule.watchdog && <Watchdog note={schedule.watchdog} />}
      {schedule.paused?.reason && (
        <p className={styles.note}>
          {t('pauseReason', { reason: schedule.paused.reason, time: format.dateMinutes(schedule.paused.at) })}
        </p>
      )}
      {schedule.transitions.filter(isShownNow).map(({ at, before, after }) => (
        <p key={at} className={styles.note}>
          {t('transition', { time: format.dateMinutes(at), before: offsetText(before), after: offsetText(after) })}
        </p>
      ))}
    </>
  )
}

function Operations({ schedule }: { schedule: Scheduled }) {
  const why = useMay()('operator').title
  const { t } = useTranslation(['schedules', 'run'])
  const [asking, setAsking] = useState<'run' | 'pause' | null>(null)
  const { pause, resume } = useScheduleActions(schedule.flow)
  return (
    <div className={styles.operations}>
      <Operation
        label={t('runNow')}
        why={schedule.kind === 'job' ? t('foreign', { ns: 'run' }) : why}
        icon={<IconPlayerPlay size={16} />}
        onClick={() => setAsking('run')}
      />
      {schedule.paused ? (
        <Operation label={t('resume')} why={why} icon={<IconClockPlay size={16} />} onClick={() => resume.mutate()} />
      ) : (
        <Operation
          label={t('pause')}
          why={why}
          icon={<IconClockPause size={16} />}
          onClick={() => setAsking('pause')}
        />
      )}
      {resume.error && <ErrorPanel error={resume.error} />}
      {asking === 'run' && <RunDialog flow={schedule.flow} onClose={() => setAsking(null)} />}
      {asking === 'pause' && <PauseDialog flow={schedule.flow} pause={pause} onClose={() => setAsking(null)} />}
    </div>
  )
}

interface OperationProps {
  label: string
  /** Why it cannot be done. */
  why?: string
  icon: ReactNode
  onClick: () => void
}

function Operation({ label, why, icon, onClick }: OperationProps) {
  return (
    <Tooltip label={label} disabled={why !== undefined}>
      <ActionIcon aria-label={label} title={why} disabled={why !== undefined} onClick={onClick}>
        {icon}
      </ActionIcon>
    </Tooltip>
  )
}

interface PauseDialogProps {
  flow: string
  pause: ReturnType<typeof useScheduleActions>['pause']
  onClose: () => void
}

function PauseDialog({ flow, pause, onClose }: PauseDialogProps) {
  const { t } = useTranslation(['schedules', 'common'])
  const [reason, setReason] = useState('')
  const send = (event: FormEvent) => {
    event.preventDefault()
    pause.mutate(reason.trim(), { onSuccess: onClose })
  }
  return (
    <Modal
      opened
      title={t('pauseTitle', { flow })}
      closeButtonProps={{ 'aria-label': t('close', { ns: 'common' }) }}
      onClose={onClose}
    >
      <form className={styles.form} onSubmit={send}>
        <TextInput
          label={t('reason')}
          description={t('pauseHint')}
          data-autofocus
          value={reason}
          onChange={({ currentTarget }) => setReason(currentTarget.value)}
        />
        <WhoField />
        {pause.error && <ErrorPanel error={pause.error} />}
        <div className={styles.formEnd}>
          <Button onClick={onClose}>{t('cancel', { ns: 'common' })}</Button>
          <Button type="submit" variant="filled" loading={pause.isPending}>
            {t('pause')}
          </Button>
        </div>
      </form>
    </Modal>
  )
}

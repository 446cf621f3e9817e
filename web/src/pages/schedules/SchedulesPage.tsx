/**
 * The scheduled flows: for each its last seven days as a strip, what comes next, and, unfolded, every due time of the
 * range with what became of it and what one may do about it.
 */
import { ActionIcon } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { Scheduled } from '~/api/runs'
import { useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { ChoiceMenu } from '~/parts/ChoiceMenu'
import { FilterSheet } from '~/parts/FilterSheet'
import { Empty } from '~/parts/Messages'
import { PageLayout } from '~/parts/PageLayout'
import { Panel } from '~/parts/Panel'
import { dueSigns } from '~/runs/status'
import { useClock } from '~/time/clock'
import { useRange } from '~/time/useRange'
import { ScheduleSection } from './ScheduleSection'
import { useChooseDay } from './Strip'
import styles from './schedules.module.css'
import type { SchedulesSearch } from './search'
import type { Span } from './strip'
import { useWeek, type Week } from './useWeek'

export function SchedulesPage() {
  const { t } = useTranslation('schedules')
  const search = useSearch({ from: '/schedules' })
  const navigate = useNavigate({ from: '/schedules' })
  const { query, from, to } = useRange()
  const { now } = useClock()
  const phone = useMediaQuery('(max-width: 719px)', false, { getInitialValueInEffect: false })
  const change = (changed: Partial<SchedulesSearch>) =>
    void navigate({ search: (before) => ({ ...before, ...changed }), replace: true })
  const reading = useApi('/api/v1/schedules', { query })
  const all = reading.data?.schedules ?? []
  const week = useWeek()
  const day = week.days.find((each) => each.from === from && (each.to === to || (to >= now && each.to > to)))
  return (
    <PageLayout
      filterBar={
        <>
          <ScheduleFilters search={search} all={all} onChange={change} />
          {phone && <DayStepper week={week} day={day} />}
        </>
      }
    >
      <Panel
        reading={reading}
        isEmpty={({ schedules }) => schedules.length === 0}
        empty={<Empty title={t('empty')} hint={t('emptyHint')} />}
      >
        {({ schedules }) => {
          const shown = schedules.filter((each) => isShown(each, search))
          const open = search.open ?? shown[0]?.flow
          return (
            <div className={styles.list}>
              <Legend />
              {shown.map((schedule) => (
                <ScheduleSection
                  key={schedule.flow}
                  schedule={schedule}
                  {...{ week, day, phone }}
                  open={schedule.flow === open}
                  onOpen={(on) => change({ open: on ? schedule.flow : '-' })}
                />
              ))}
              {shown.length === 0 && <Empty title={t('noMatch')} />}
            </div>
          )
        }}
      </Panel>
    </PageLayout>
  )
}

export const isShown = ({ flow, application }: Pick<Scheduled, 'flow' | 'application'>, search: SchedulesSearch) =>
  (search.application?.includes(application) ?? true) && (search.flow?.includes(flow) ?? true)

interface FilterProps {
  search: SchedulesSearch
  all: readonly Scheduled[]
  onChange: (changed: Partial<SchedulesSearch>) => void
}

function ScheduleFilters({ search, all, onChange }: FilterProps) {
  const { t } = useTranslation(['schedules', 'common'])
  const format = useFormat()
  const some = (values: string[]) => (values.length > 0 ? values : undefined)
  const applications = [...new Set(all.map(({ application }) => application))].sort()
  return (
    <>
      <FilterSheet count={[search.application, search.flow].filter(Boolean).length}>
        <ChoiceMenu
          label={t('column.application', { ns: 'common' })}
          choices={applications.map((value) => ({ value }))}
          chosen={search.application ?? []}
          onChange={(values) => onChange({ application: some(values) })}
        />
        <ChoiceMenu
          label={t('column.flow', { ns: 'common' })}
          choices={all.map(({ flow }) => ({ value: flow }))}
          chosen={search.flow ?? []}
          onChange={(values) => onChange({ flow: some(values) })}
        />
      </FilterSheet>
      <span className={styles.count}>{t('count', { count: all.length, n: format.count(all.length) })}</span>
    </>
  )
}

/** On the phone: one day at a time, a day back and a day on. */
function DayStepper({ week: { days }, day }: { week: Week; day: Span | undefined }) {
  const { t } = useTranslation('schedules')
  const format = useFormat()
  const choose = useChooseDay(days)
  const at = day ? days.indexOf(day) : days.length - 1
  const [before, shown, after] = [days[at - 1], days[at], days[at + 1]]
  return (
    <span className={styles.stepper}>
      <ActionIcon aria-label={t('dayBefore')} disabled={!before} onClick={() => before && choose(before)}>
        <IconChevronLeft size={16} />
      </ActionIcon>
      <b>
        {at === days.length - 1 ? t('today') : `${format.weekday(shown?.from)} ${format.date(shown?.from).slice(5)}`}
      </b>
      <ActionIcon aria-label={t('dayAfter')} disabled={!after} onClick={() => after && choose(after)}>
        <IconChevronRight size={16} />
      </ActionIcon>
    </span>
  )
}

function Legend() {
  const { t } = useTranslation('runs')
  return (
    <ul className={styles.legend} aria-hidden>
      {(['ran', 'late', 'failed', 'missed', 'skipped', 'due'] as const).map((outcome) => (
        <li key={outcome}>
          <i className={styles.part} data-outcome={outcome} data-tone={dueSigns[outcome].tone} /> {t(`due.${outcome}`)}
        </li>
      ))}
    </ul>
  )
}

/**
 * The scheduled flows: for each its last seven days as a strip, what comes next, and, unfolded, every due time of the
 * range with what became of it and what one may do about it.
 */
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
import { useRange } from '~/time/useRange'
import { ScheduleSection } from './ScheduleSection'
import styles from './schedules.module.css'
import type { SchedulesSearch } from './search'
import { useWeek } from './useWeek'

export function SchedulesPage() {
  const { t } = useTranslation('schedules')
  const search = useSearch({ from: '/schedules' })
  const navigate = useNavigate({ from: '/schedules' })
  const { query } = useRange()
  const change = (changed: Partial<SchedulesSearch>) =>
    void navigate({ search: (before) => ({ ...before, ...changed }), replace: true })
  const reading = useApi('/api/v1/schedules', { query })
  const all = reading.data?.schedules ?? []
  const week = useWeek()
  return (
    <PageLayout filterBar={<ScheduleFilters search={search} all={all} onChange={change} />}>
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
                  week={week}
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

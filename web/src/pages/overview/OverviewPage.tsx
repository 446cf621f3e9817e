/**
 * Did everything run? First the failures that wait for a person, then totals, the trend, what runs now, and one row per
 * flow. Every number opens its runs.
 */
import { Button, CopyButton, SegmentedControl } from '@mantine/core'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { RunsOverview } from '~/api/runs'
import { useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { ChoiceMenu } from '~/parts/ChoiceMenu'
import { FilterSheet } from '~/parts/FilterSheet'
import { Empty } from '~/parts/Messages'
import { PageLayout } from '~/parts/PageLayout'
import { Panel } from '~/parts/Panel'
import { splitFlow } from '~/runs/names'
import { type NamedRange, writeRange } from '~/time/range'
import { useRange, useZone } from '~/time/useRange'
import { FlowTable } from './FlowTable'
import { Inbox } from './Inbox'
import styles from './overview.module.css'
import { RunningNow } from './RunningNow'
import type { OverviewSearch } from './search'
import { Totals } from './Totals'
import { Trend } from './Trend'

export function OverviewPage() {
  const search = useSearch({ from: '/overview' })
  const { query, step } = useRange()
  const zone = useZone()
  const reading = useApi('/api/v1/runs/overview', {
    query: { ...query, zone, application: search.application, flow: search.flow, step: `${trendStep(step)}s` },
  })
  return (
    <PageLayout filterBar={<OverviewFilters search={search} data={reading.data} />}>
      <Panel
        reading={reading}
        isEmpty={({ flows, open_total, running }) => flows.length === 0 && open_total === 0 && running.length === 0}
        empty={<NoFlows />}
      >
        {(data) => (
          <div className={styles.page}>
            <Inbox
              groups={data.open}
              groupsTotal={data.open_groups}
              total={data.open_total}
              since={data.open_since}
              search={search}
            />
            <Totals data={data} search={search} />
            <div className={styles.middle}>
              <Trend data={data} step={trendStep(step)} />
              <RunningNow data={data} search={search} />
            </div>
            <FlowTable data={data} />
          </div>
        )}
      </Panel>
    </PageLayout>
  )
}

/** Nothing runs yet: the two ways to begin, one as a link, the other as a command to copy. */
function NoFlows() {
  const { t } = useTranslation(['overview', 'common'])
  return (
    <Empty
      title={t('empty')}
      hint={t('emptyHint')}
      action={
        <>
          <code className={styles.command}>{wrapped}</code>
          <CopyButton value={wrapped}>
            {({ copied, copy }) => (
              <Button onClick={copy}>{copied ? t('copied', { ns: 'common' }) : t('copy', { ns: 'common' })}</Button>
            )}
          </CopyButton>
          <Button component={Link} to="/flows">
            {t('toFlows')}
          </Button>
        </>
      }
    />
  )
}

/** A job of one's own, watched. */
const wrapped = 'magpie exec --flow nightly-backup -- ./backup.sh'

/** Bars of the trend need room for three colours: about thirty of them, in seconds. */
export const trendStep = (step: number) => {
  const steps = [60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400]
  return steps.find((each) => each >= step * 3) ?? 86_400
}

interface FilterProps {
  search: OverviewSearch
  data: RunsOverview | undefined
}

function OverviewFilters({ search, data }: FilterProps) {
  const { t } = useTranslation(['overview', 'common'])
  const navigate = useNavigate({ from: '/overview' })
  const format = useFormat()
  const change = (changed: Partial<OverviewSearch>) =>
    void navigate({ search: (before) => ({ ...before, ...changed }), replace: true })
  const some = (values: string[]) => (values.length > 0 ? values : undefined)
  return (
    <>
      <FilterSheet count={[search.application, search.flow].filter(Boolean).length}>
        <ChoiceMenu
          label={t('column.application', { ns: 'common' })}
          choices={(data?.applications ?? []).map((value) => ({ value }))}
          chosen={search.application ?? []}
          onChange={(values) => change({ application: some(values) })}
        />
        <ChoiceMenu
          label={t('column.flow', { ns: 'common' })}
          choices={(data?.flows ?? []).map(({ flow, runs }) => ({
            value: flow,
            label: splitFlow(flow).name,
            count: runs,
          }))}
          chosen={search.flow ?? []}
          onChange={(values) => change({ flow: some(values) })}
        />
      </FilterSheet>
      <Days />
      {data && (
        <span className={styles.updated}>
          {t('flowCount', { count: data.flows.length, n: format.count(data.flows.length) })}
        </span>
      )}
    </>
  )
}

const week = 7 * 86_400_000

/** The ranges that this page is mostly looked at with; all others are in the picker above. */
function Days() {
  const { t } = useTranslation('overview')
  const { range, setRange } = useRange()
  const { from } = writeRange(range)
  const value = from === 'today' || from === 'yesterday' || from === 'now-7d' ? from : ''
  return (
    <SegmentedControl
      className={styles.days}
      aria-label={t('days')}
      size="xs"
      value={value}
      data={[
        { value: 'today', label: t('today') },
        { value: 'yesterday', label: t('yesterday') },
        { value: 'now-7d', label: t('sevenDays') },
      ]}
      onChange={(chosen) =>
        setRange(chosen === 'now-7d' ? { kind: 'relative', ms: week } : { kind: 'named', name: chosen as NamedRange })
      }
    />
  )
}

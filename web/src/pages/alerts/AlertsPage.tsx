/** What needs somebody, and since when: the alerts of now or of the range, grouped, and the silences in force. */
import { Button, Group as Row, SegmentedControl, Select, TextInput } from '@mantine/core'
import { IconBellOff, IconCircleCheck, IconSearch } from '@tabler/icons-react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { Empty, EmptyRange } from '~/parts/Messages'
import { PageLayout } from '~/parts/PageLayout'
import { Panel } from '~/parts/Panel'
import { useRange } from '~/time/useRange'
import { AlertDrawer, AlertDrawerHead } from './AlertDrawer'
import { AlertTable } from './AlertTable'
import styles from './alerts.module.css'
import { type Alert, type GroupBy, groupAlerts, groupBy, labelNames, matchesFilter } from './grouping'
import { SilenceForm } from './SilenceForm'
import { SilenceTable } from './SilenceTable'
import type { AlertsSearch } from './search'

export function AlertsPage() {
  const search = useSearch({ from: '/alerts' })
  const navigate = useNavigate({ from: '/alerts' })
  const { query } = useRange()
  const history = search.show === 'all'
  const reading = useApi('/api/v1/alerts', {
    query: history ? { state: ['any'], ...query, limit: 1000 } : { limit: 1000 },
  })
  const change = (changed: Partial<AlertsSearch>) =>
    void navigate({ search: (before) => ({ ...before, ...changed }), replace: true })
  const selected = useSelected(search.alert, reading.data?.alerts)
  return (
    <PageLayout
      filterBar={<AlertFilters search={search} alerts={reading.data?.alerts ?? []} onChange={change} />}
      drawer={
        selected && {
          label: selected.field,
          head: <AlertDrawerHead alert={selected} />,
          children: <AlertDrawer key={selected.id} alert={selected} onSelect={(alert) => change({ alert })} />,
          onClose: () => change({ alert: undefined }),
        }
      }
    >
      {search.show === 'silences' ? (
        <SilenceTable />
      ) : (
        <AlertPanel reading={reading} search={search} onChange={change} />
      )}
    </PageLayout>
  )
}

/** The selected alert, also when it is not in the list: a link to one that is long over still opens. */
function useSelected(id: string | undefined, listed: readonly Alert[] | undefined): Alert | undefined {
  const found = listed?.find((alert) => alert.id === id)
  const { data } = useApi('/api/v1/alerts/{id}', { path: { id: id ?? '' }, enabled: id !== undefined && !found })
  return found ?? (data && data.id === id ? data : undefined)
}

interface PartProps {
  search: AlertsSearch
  onChange: (changed: Partial<AlertsSearch>) => void
}

function AlertPanel({
  reading,
  search,
  onChange,
}: PartProps & { reading: ReturnType<typeof useApi<'/api/v1/alerts'>> }) {
  const { t } = useTranslation('alerts')
  const format = useFormat()
  const filtered = search.severity !== undefined || search.find !== undefined
  return (
    <Panel
      reading={reading}
      isEmpty={({ alerts }) => alerts.length === 0}
      empty={
        search.show === 'all' ? (
          <EmptyRange title={t('noneInRange')} />
        ) : (
          <Empty
            title={t('quiet')}
            hint={t('quietHint')}
            icon={<IconCircleCheck size={28} stroke={1.5} aria-hidden />}
            action={<Button onClick={() => onChange({ show: 'all' })}>{t('seePast')}</Button>}
          />
        )
      }
    >
      {({ alerts, truncated }) => {
        const shown = alerts.filter((alert) => matchesFilter(alert, search))
        if (shown.length === 0 && filtered) {
          return (
            <Empty
              title={t('noMatch')}
              hint={t('noMatchHint', { count: alerts.length, n: format.count(alerts.length) })}
              action={
                <Button onClick={() => onChange({ severity: undefined, find: undefined })}>{t('dropFilters')}</Button>
              }
            />
          )
        }
        return (
          <>
            <AlertTable
              groups={groupAlerts(shown, search.group ?? 'monitor')}
              grouped={search.group !== 'none'}
              selected={search.alert}
              onSelect={(alert) => onChange({ alert })}
            />
            {truncated && <p className={styles.note}>{t('truncated')}</p>}
          </>
        )
      }}
    </Panel>
  )
}

function AlertFilters({ search, alerts, onChange }: PartProps & { alerts: readonly Alert[] }) {
  const { t } = useTranslation('alerts')
  const { t: common } = useTranslation()
  const [adding, setAdding] = useState(false)
  const labels = useMemo(() => labelNames(alerts), [alerts])
  return (
    <>
      <SegmentedControl
        aria-label={t('show')}
        className={styles.views}
        size="xs"
        value={search.show ?? 'now'}
        data={[
          { value: 'now', label: t('now') },
          { value: 'all', label: t('all') },
          { value: 'silences', label: t('silences') },
        ]}
        onChange={(value) => onChange({ show: value === 'now' ? undefined : (value as 'all' | 'silences') })}
      />
      {search.show !== 'silences' && (
        <>
          <Select
            aria-label={t('groupBy')}
            className={styles.choice}
            allowDeselect={false}
            value={search.group ?? 'monitor'}
            data={[
              { value: 'monitor', label: t('groups.monitor') },
              { value: 'module', label: t('groups.module') },
              { value: 'severity', label: t('groups.severity') },
              ...labels.map((name) => ({ value: `label.${name}`, label: t('groups.label', { name }) })),
              { value: 'none', label: t('groups.none') },
            ]}
            onChange={(value) =>
              onChange({ group: value === 'monitor' ? undefined : (groupBy(value ?? undefined) as GroupBy) })
            }
          />
          <Select
            aria-label={t('severity')}
            className={styles.choice}
            placeholder={t('anySeverity')}
            clearable
            value={search.severity ?? null}
            data={(['critical', 'warning', 'info'] as const).map((value) => ({
              value,
              label: common(`severity.${value}`),
            }))}
            onChange={(value) => onChange({ severity: (value ?? undefined) as AlertsSearch['severity'] })}
          />
          <TextInput
            aria-label={t('find')}
            className={styles.find}
            placeholder={t('find')}
            leftSection={<IconSearch size={14} aria-hidden />}
            value={search.find ?? ''}
            onChange={({ currentTarget }) => onChange({ find: currentTarget.value || undefined })}
          />
        </>
      )}
      <Row className={styles.end}>
        <Button leftSection={<IconBellOff size={14} aria-hidden />} onClick={() => setAdding(true)}>
          {t('newSilence')}
        </Button>
      </Row>
      {adding && <SilenceForm matchers={[]} onClose={() => setAdding(false)} />}
    </>
  )
}

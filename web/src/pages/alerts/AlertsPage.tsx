/** What needs somebody, and since when: the alerts of now or of the range, grouped, and the silences in force. */
import { Button } from '@mantine/core'
import { IconCircleCheck } from '@tabler/icons-react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { Empty, EmptyRange } from '~/parts/Messages'
import { PageLayout } from '~/parts/PageLayout'
import { Panel } from '~/parts/Panel'
import { useRange } from '~/time/useRange'
import { AlertDrawer, AlertDrawerHead } from './AlertDrawer'
import { AlertFilters } from './AlertFilters'
import { AlertTable } from './AlertTable'
import styles from './alerts.module.css'
import { type Alert, groupAlerts, matchesFilter } from './grouping'
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

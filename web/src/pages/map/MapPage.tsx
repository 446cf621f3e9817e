/** The topology: every edge of a monitor's graph with its values against their thresholds, troubled ones first. */
import { Select } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { CompletenessPill } from '~/parts/Completeness'
import { EmptyRange } from '~/parts/Messages'
import { PageLayout } from '~/parts/PageLayout'
import { Panel } from '~/parts/Panel'
import { useRange } from '~/time/useRange'
import { EdgeTable } from './EdgeTable'

export function MapPage() {
  const { t } = useTranslation('map')
  const { monitor } = useSearch({ from: '/map' })
  const navigate = useNavigate({ from: '/map' })
  const { query } = useRange()
  const format = useFormat()
  const monitors = useApi('/api/v1/monitors', { still: true })
  const reading = useApi('/api/v1/graph', { query: { ...query, monitor } })
  const names = monitors.data?.monitors.map(({ name }) => name) ?? []
  const { data } = reading
  return (
    <PageLayout
      filterBar={
        <Select
          aria-label={t('monitor')}
          data={names}
          value={monitor ?? names[0] ?? null}
          allowDeselect={false}
          onChange={(value) => void navigate({ search: (before) => ({ ...before, monitor: value ?? undefined }) })}
        />
      }
    >
      <Panel
        reading={reading}
        title={t('edges')}
        note={data && t('size', { nodes: format.count(data.nodes.length), edges: format.count(data.edges.length) })}
        actions={<CompletenessPill completeness={data?.completeness} />}
        isEmpty={({ edges }) => edges.length === 0}
        empty={<EmptyRange title={t('empty')} />}
      >
        {(graph) => <EdgeTable graph={graph} />}
      </Panel>
    </PageLayout>
  )
}

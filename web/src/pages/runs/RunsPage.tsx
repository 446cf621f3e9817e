/**
 * The run logs: what jobs log, the newest first, with filters that combine, the volume by level and one line with all
 * its details; or, by the same filters, the runs themselves. The URL holds the question and what is opened.
 */
import { SegmentedControl } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import { useRecordColumns } from '~/api/useRecordColumns'
import { ColumnsMenu } from '~/parts/ColumnsMenu'
import { PageLayout } from '~/parts/PageLayout'
import { Panel } from '~/parts/Panel'
import { useColumns, usualColumns } from './columns'
import { lineFilter, runFilter, unfiltered } from './filters'
import { LineDrawer, LineHead, useLine } from './LineDrawer'
import { LineFilters } from './LineFilters'
import { LineList } from './LineList'
import { LineVolume } from './LineVolume'
import { RunList } from './RunList'
import styles from './runs.module.css'
import type { RunsSearch } from './search'
import { useLines } from './useLines'
import { useUsualApplication } from './useUsualApplication'

export function RunsPage() {
  const { t } = useTranslation('runlogs')
  const search = useSearch({ from: '/runs' })
  const navigate = useNavigate({ from: '/runs' })
  const change = useCallback(
    (changed: Partial<RunsSearch>, replace = false) =>
      void navigate({ search: (before) => ({ ...before, ...changed }), replace }),
    [navigate],
  )
  const { usual, ready } = useUsualApplication(search.application)
  const asksRuns = search.list === 'runs'
  const filter = lineFilter(search, usual)
  const lines = useLines(filter, ready && !asksRuns)
  const { columns, choose } = useColumns()
  const others = useRecordColumns()
  const phone = useMediaQuery('(max-width: 719px)', false, { getInitialValueInEffect: false })
  const opened = useLine(asksRuns ? undefined : search.record, lines.pages.reading.data?.rows)

  return (
    <PageLayout
      filterBar={
        <>
          <SegmentedControl
            className={styles.views}
            aria-label={t('view')}
            size="xs"
            value={search.list ?? 'lines'}
            data={[
              { value: 'lines', label: t('lines') },
              { value: 'runs', label: t('runs') },
            ]}
            onChange={(value) => change({ list: value === 'runs' ? 'runs' : undefined, record: undefined })}
          />
          <LineFilters search={search} usual={usual} onChange={change} />
          {!asksRuns && !phone && (
            <ColumnsMenu columns={columns} others={[...usualColumns, ...others]} onChoose={choose} short widths />
          )}
        </>
      }
      drawer={
        search.record && !asksRuns
          ? {
              label: t('line'),
              head: opened.data && <LineHead line={opened.data} />,
              children: (
                <Panel reading={opened}>
                  {(line) => <LineDrawer key={line.id} line={line} search={search} onChange={change} />}
                </Panel>
              ),
              onClose: () => change({ record: undefined }),
            }
          : null
      }
    >
      {asksRuns ? (
        <RunList filter={runFilter(search, usual)} ready={ready} onClear={() => change(unfiltered)} />
      ) : (
        <div className="results">
          <LineVolume filter={filter} ready={ready} folded={lines.folded} search={search} onChange={change} />
          <LineList
            lines={lines}
            columns={columns}
            selected={search.record}
            search={search}
            onSelect={({ id }) => change({ record: id }, search.record !== undefined)}
            onChange={change}
          />
        </div>
      )}
    </PageLayout>
  )
}

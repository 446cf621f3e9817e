/**
 * The records: a query line, facets, the volume over time, the list with the newest first, and one record with all its
 * columns down to the raw line and those around it. The URL holds the question and what is opened.
 */
import { ActionIcon, Drawer, Indicator, Menu } from '@mantine/core'
import { useLocalStorage, useMediaQuery } from '@mantine/hooks'
import { IconDownload, IconFilter } from '@tabler/icons-react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { type Problem, writeQuery } from '~/api/client'
import { useApi } from '~/api/useApi'
import { useRecordColumns } from '~/api/useRecordColumns'
import { useRecordPages } from '~/api/useRecordPages'
import { NoVolume, Volume } from '~/charts/Volume'
import { type Band, bands, levelsOf, volumeOf } from '~/charts/volume'
import { useFormat } from '~/format/useFormat'
import { ColumnsMenu } from '~/parts/ColumnsMenu'
import type { Filter } from '~/parts/Filters'
import type { LogRecord } from '~/parts/LogList'
import { PageLayout } from '~/parts/PageLayout'
import { Panel } from '~/parts/Panel'
import { useRange } from '~/time/useRange'
import { DropTarget } from '~/upload/DropTarget'
import { Around } from './Around'
import { useColumns } from './columns'
import { Facets } from './Facets'
import { QueryBar, QueryMistake } from './QueryBar'
import { termCount, termsOf, toggled, withoutColumn } from './query'
import { RecordDrawer, RecordHead } from './RecordDrawer'
import { RecordList } from './RecordList'
import styles from './records.module.css'
import type { RecordsSearch } from './search'

export function RecordsPage() {
  const { t } = useTranslation('records')
  const { q: line = '', record, around } = useSearch({ from: '/records' })
  const navigate = useNavigate({ from: '/records' })
  const phone = useMediaQuery('(max-width: 719px)', false, { getInitialValueInEffect: false })
  const change = useCallback(
    (changed: Partial<RecordsSearch>, replace = false) =>
      void navigate({ search: (before) => ({ ...before, ...changed }), replace }),
    [navigate],
  )
  const search = (next: string) => change({ q: next.trim() || undefined, around: undefined })
  const toggle = (column: string, value: string, negated = false) => search(toggled(line, column, value, negated))
  const pages = useRecordPages({
    path: '/api/v1/records',
    filter: { q: line || undefined },
    streamed: line ? { q: line } : {},
  })
  const problem = queryProblem(pages.reading.error?.problem ?? null)
  const { columns, choose } = useColumns()
  const known = useRecordColumns()
  const [facets, setFacets] = useLocalStorage({
    key: phone ? 'magpie.facetSheet' : 'magpie.facetColumn',
    defaultValue: !phone,
    getInitialValueInEffect: false,
  })
  const opened = useOpened(record, pages.reading.data?.rows)
  // Looking at one after the other is one step of the history.
  const select = ({ id }: LogRecord) => change({ record: id }, record !== undefined)
  const shownFacets = <Facets line={line} onToggle={toggle} />

  return (
    <PageLayout
      filterBar={
        <>
          <FacetButton on={facets} count={termCount(line)} onFlip={() => setFacets(!facets)} />
          <QueryBar line={line} onSearch={search} problem={problem} />
          <ColumnsMenu columns={columns} others={known} onChoose={choose} short={phone ?? false} widths={!phone} />
          <Download line={line} columns={columns} />
        </>
      }
      drawer={
        record
          ? {
              label: t('record'),
              head: opened.data && <RecordHead record={opened.data} />,
              children: (
                <Panel reading={opened}>
                  {(found) => (
                    <RecordDrawer
                      record={found}
                      around={around === found.id}
                      onAround={(on) => change({ around: on ? found.id : undefined })}
                      onFilter={({ column, value, negated }: Filter) => toggle(column, value, negated)}
                    />
                  )}
                </Panel>
              ),
              onClose: () => change({ record: undefined }),
            }
          : null
      }
    >
      <DropTarget />
      <div className={styles.body}>
        {facets && !phone && !around && shownFacets}
        <div className="results">
          {problem && <QueryMistake line={line} problem={problem} />}
          {around ? (
            <Around
              id={around}
              selected={record ?? around}
              onSelect={select}
              onBack={() => change({ around: undefined })}
            />
          ) : (
            <>
              <VolumeOf line={line} broken={problem !== null} onSearch={search} />
              <RecordList
                pages={pages}
                line={line}
                broken={problem !== null}
                columns={columns}
                selected={record}
                onSelect={select}
                onSearch={search}
              />
            </>
          )}
        </div>
      </div>
      {phone && (
        <Drawer
          opened={facets}
          onClose={() => setFacets(false)}
          position="bottom"
          size="75%"
          title={t('facets')}
          closeButtonProps={{ 'aria-label': t('close', { ns: 'common' }) }}
        >
          {shownFacets}
        </Drawer>
      )}
    </PageLayout>
  )
}

/** A mistake in the query line is told at the line, anything else in the list. */
const queryProblem = (problem: Problem | null) =>
  problem && problem.status === 400 && problem.parameter === 'q' ? problem : null

/** The opened record; one that the list has is shown at once, any other is asked for, wherever its time is. */
function useOpened(id: string | undefined, rows: readonly LogRecord[] | undefined) {
  const listed = useMemo(() => (id === undefined ? undefined : rows?.find((row) => row.id === id)), [id, rows])
  const reading = useApi('/api/v1/records/{id}', {
    path: { id: id ?? '' },
    enabled: id !== undefined && listed === undefined,
    still: true,
  })
  const read = reading.data?.id === id ? reading.data : undefined
  const data = listed ?? read
  return { ...reading, data, error: data ? null : reading.error, busy: data === undefined && reading.busy }
}

function FacetButton({ on, count, onFlip }: { on: boolean; count: number; onFlip: () => void }) {
  const { t } = useTranslation('records')
  return (
    <Indicator disabled={count === 0} label={count} size={16} color="var(--accent)" autoContrast={false}>
      <ActionIcon
        variant={on ? 'light' : 'default'}
        aria-label={count === 0 ? t('facets') : `${t('facets')} (${count})`}
        aria-expanded={on}
        onClick={onFlip}
      >
        <IconFilter size={16} aria-hidden />
      </ActionIcon>
    </Indicator>
  )
}

interface VolumeOfProps {
  line: string
  broken: boolean
  onSearch: (line: string) => void
}

function VolumeOf({ line, broken, onSearch }: VolumeOfProps) {
  const { query, step } = useRange()
  const reading = useApi('/api/v1/records/histogram', {
    query: { ...query, step: `${step}s`, q: line || undefined },
    enabled: !broken,
  })
  const volume = useMemo(() => (reading.data ? volumeOf(reading.data) : null), [reading.data])
  if (!volume) return <NoVolume />
  const texts = termsOf(line).map(({ text }) => text)
  const chosen = bands.filter((band) => texts.includes(levelsOf[band]))
  const flip = (band: Band) => {
    const rest = withoutColumn(withoutColumn(line, 'severity'), 'level')
    onSearch(chosen.includes(band) ? rest : `${rest} ${levelsOf[band]}`)
  }
  return <Volume volume={volume} chosen={chosen} onBand={flip} />
}

/** The records of the question as a file, made by the server while it is read. */
function Download({ line, columns }: { line: string; columns: readonly string[] }) {
  const { t } = useTranslation('records')
  const format = useFormat()
  const { query, from } = useRange()
  const address = (kind: 'csv' | 'jsonl') =>
    `/api/v1/records/export?${writeQuery({
      ...query,
      q: line || undefined,
      format: kind,
      columns: kind === 'csv' ? ['time', 'severity', ...columns, 'message'] : undefined,
    })}`
  const name = `records-${format.dateMinutes(from).replace(/[ :]/g, '-')}`
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon aria-label={t('download')}>
          <IconDownload size={16} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('downloadNote')}</Menu.Label>
        {(['csv', 'jsonl'] as const).map((kind) => (
          <Menu.Item key={kind} component="a" href={address(kind)} download={`${name}.${kind}`}>
            {t(`exportAs.${kind}`, { ns: 'common' })}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

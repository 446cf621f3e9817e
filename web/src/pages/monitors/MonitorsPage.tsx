/** What is watched: each monitor with its dimensions and thresholds; those made here can be changed, others copied. */
import { Button, Tooltip } from '@mantine/core'
import { IconDownload, IconFileText, IconPencil, IconPlus } from '@tabler/icons-react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useMay } from '~/access/session'
import { useApi } from '~/api/useApi'
import { SeverityBadge } from '~/parts/Badges'
import { useColumnName } from '~/parts/Filters'
import { Empty } from '~/parts/Messages'
import { PageLayout } from '~/parts/PageLayout'
import { Panel } from '~/parts/Panel'
import { Backfill } from './Backfill'
import { copyName, draftOf, emptyDraft, type Monitor } from './draft'
import { MonitorDrawer } from './MonitorDrawer'
import { MonitorEditor } from './MonitorEditor'
import styles from './monitors.module.css'
import type { MonitorsSearch } from './search'
import { useThresholdTitle } from './words'

export function MonitorsPage() {
  const may = useMay()
  const { t } = useTranslation('monitors')
  const search = useSearch({ from: '/monitors' })
  const navigate = useNavigate({ from: '/monitors' })
  const reading = useApi('/api/v1/monitors')
  const go = (changed: Partial<MonitorsSearch>) =>
    void navigate({ search: (before) => ({ ...before, work: undefined, ...changed }) })
  const monitors = reading.data?.monitors ?? []
  const selected = monitors.find(({ name }) => name === search.monitor)

  if (search.work === 'new') {
    return (
      <MonitorEditor key="new" first={emptyDraft} before={null} version={null} onDone={(monitor) => go({ monitor })} />
    )
  }
  if (selected && search.work) {
    const copy = search.work === 'copy' || selected.origin === 'file'
    const draft = draftOf(selected)
    const names = monitors.map(({ name }) => name)
    return (
      <MonitorEditor
        key={`${search.work} ${selected.name}`}
        first={copy ? { ...draft, name: copyName(draft.name, names) } : draft}
        before={copy ? null : selected.name}
        version={copy ? null : selected.version}
        onDone={(monitor) => go({ monitor: monitor ?? selected.name })}
      />
    )
  }
  return (
    <PageLayout
      filterBar={
        <>
          <Button
            variant="filled"
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => go({ work: 'new' })}
            {...may('admin')}
          >
            {t('add')}
          </Button>
          <Button
            className={styles.end}
            component="a"
            href="/api/v1/monitors.yaml"
            download="monitors.yaml"
            leftSection={<IconDownload size={14} aria-hidden />}
          >
            {t('exportAll')}
          </Button>
        </>
      }
      drawer={
        selected && {
          label: selected.name,
          head: <Origin monitor={selected} />,
          children: (
            <MonitorDrawer
              key={selected.name}
              monitor={selected}
              onWork={(work) => go({ monitor: selected.name, work })}
              onGone={() => go({ monitor: undefined })}
            />
          ),
          onClose: () => go({ monitor: undefined }),
        }
      }
    >
      <Panel
        reading={reading}
        isEmpty={(data) => data.monitors.length === 0}
        empty={<Empty title={t('empty')} hint={t('emptyHint')} />}
      >
        {(data) => (
          <div className={styles.list}>
            <table className={`data ${styles.table}`}>
              <thead>
                <tr>
                  <th>{t('name')}</th>
                  <th>{t('by')}</th>
                  <th>{t('thresholds')}</th>
                  <th>{t('origin')}</th>
                </tr>
              </thead>
              <tbody>
                {data.monitors.map((monitor) => (
                  <MonitorRow
                    key={monitor.name}
                    monitor={monitor}
                    selected={monitor.name === search.monitor}
                    onSelect={() => go({ monitor: monitor.name })}
                  />
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Panel>
    </PageLayout>
  )
}

interface MonitorRowProps {
  monitor: Monitor
  selected: boolean
  onSelect: () => void
}

function MonitorRow({ monitor, selected, onSelect }: MonitorRowProps) {
  const { t } = useTranslation(['monitors', 'common'])
  const columnName = useColumnName()
  const titleOf = useThresholdTitle()
  return (
    <tr data-selected={selected} className={styles.row} onClick={onSelect}>
      <td>
        <button type="button" className={styles.open} aria-pressed={selected} onClick={onSelect}>
          {monitor.name}
        </button>
        {monitor.backfill && <Backfill backfill={monitor.backfill} />}
        {monitor.problem && <span className={styles.failed}>{monitor.problem}</span>}
      </td>
      <td>
        {monitor.by.map(columnName).join(' · ') || t('everything')}
        {Object.entries(monitor.where).map(([column, values]) => (
          <span key={column} className="secondary">
            {' '}
            {t('whereIs', {
              column: columnName(column),
              values: values.map((value) => value || t('noValue', { ns: 'common' })).join(', '),
            })}
          </span>
        ))}
      </td>
      <td>
        {monitor.thresholds.length === 0 && <span className="secondary">{t('noThresholds')}</span>}
        {monitor.thresholds.map((threshold) => (
          <span key={threshold.id} className={styles.threshold}>
            <SeverityBadge severity={threshold.severity} /> {titleOf(threshold)}
          </span>
        ))}
      </td>
      <td>
        <Origin monitor={monitor} />
      </td>
    </tr>
  )
}

function Origin({ monitor }: { monitor: Monitor }) {
  const { t } = useTranslation('monitors')
  const inFile = monitor.origin === 'file'
  return (
    <Tooltip label={inFile ? t('fromFileHint') : t('fromHereHint', { version: monitor.version ?? 1 })}>
      <span className={styles.origin}>
        {inFile ? <IconFileText size={14} aria-hidden /> : <IconPencil size={14} aria-hidden />}
        {inFile ? t('fromFile') : t('fromHere')}
      </span>
    </Tooltip>
  )
}

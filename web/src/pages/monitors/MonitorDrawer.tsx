/** One monitor: what it watches, the ways to its map and charts, its versions, and what can be done with it. */
import { Button, Modal } from '@mantine/core'
import { IconChartLine, IconCopy, IconDownload, IconPencil, IconSitemap, IconTrash } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '~/access/session'
import { useApi } from '~/api/useApi'
import { useWho } from '~/attention/who'
import { useFormat } from '~/format/useFormat'
import { SeverityBadge } from '~/parts/Badges'
import { useColumnName } from '~/parts/Filters'
import { ErrorPanel } from '~/parts/Messages'
import { Panel } from '~/parts/Panel'
import { Backfill } from './Backfill'
import type { Monitor } from './draft'
import styles from './monitors.module.css'
import { useMonitorChanges } from './useMonitorChanges'
import { useThresholdTitle } from './words'

interface MonitorDrawerProps {
  monitor: Monitor
  onWork: (work: 'edit' | 'copy') => void
  onGone: () => void
}

export function MonitorDrawer({ monitor, onWork, onGone }: MonitorDrawerProps) {
  const { t } = useTranslation('monitors')
  const titleOf = useThresholdTitle()
  const columnName = useColumnName()
  return (
    <div className={styles.drawer}>
      <header>
        <h2>{monitor.name}</h2>
        <p className="secondary">{monitor.by.map(columnName).join(' · ') || t('everything')}</p>
        {monitor.backfill && <Backfill backfill={monitor.backfill} />}
        <Actions monitor={monitor} onWork={onWork} onGone={onGone} />
      </header>
      <section>
        <h3>{t('thresholds')}</h3>
        {monitor.thresholds.length === 0 && <p className="secondary">{t('noThresholds')}</p>}
        {monitor.thresholds.map((threshold) => (
          <div key={threshold.id} className={styles.threshold}>
            <SeverityBadge severity={threshold.severity} />
            <span>
              {titleOf(threshold)}{' '}
              {!/^0[a-z]*$/.test(threshold.for) && (
                <span className="secondary">{t('forLong', { duration: threshold.for })}</span>
              )}
            </span>
          </div>
        ))}
      </section>
      {monitor.origin === 'ui' && <Versions monitor={monitor} />}
    </div>
  )
}

function Actions({ monitor, onWork, onGone }: MonitorDrawerProps) {
  const may = useMay()
  const { t } = useTranslation('monitors')
  const { t: common } = useTranslation()
  const { name: by } = useWho()
  const { remove } = useMonitorChanges()
  const [asking, setAsking] = useState(false)
  const own = monitor.origin === 'ui'
  return (
    <div className={styles.actions}>
      {own && (
        <Button
          variant="filled"
          leftSection={<IconPencil size={14} aria-hidden />}
          onClick={() => onWork('edit')}
          {...may('admin')}
        >
          {t('edit')}
        </Button>
      )}
      <Button leftSection={<IconCopy size={14} aria-hidden />} onClick={() => onWork('copy')} {...may('admin')}>
        {own ? t('copy') : t('copyToEdit')}
      </Button>
      <Button
        leftSection={<IconSitemap size={14} aria-hidden />}
        renderRoot={(props) => <Link to="/map" search={{ monitor: monitor.name }} {...props} />}
      >
        {t('map')}
      </Button>
      <Button
        leftSection={<IconChartLine size={14} aria-hidden />}
        renderRoot={(props) => <Link to="/explore" search={{ monitor: monitor.name }} {...props} />}
      >
        {t('chart')}
      </Button>
      {own && (
        <>
          <Button
            component="a"
            href={`/api/v1/monitors/${encodeURIComponent(monitor.name)}/yaml`}
            download={`${monitor.name}.yaml`}
            leftSection={<IconDownload size={14} aria-hidden />}
          >
            {t('export')}
          </Button>
          <Button leftSection={<IconTrash size={14} aria-hidden />} onClick={() => setAsking(true)} {...may('admin')}>
            {t('delete')}
          </Button>
        </>
      )}
      {asking && (
        <Modal opened title={t('deleteTitle', { name: monitor.name })} onClose={() => setAsking(false)}>
          <p>{t('deleteHint')}</p>
          {remove.error && <ErrorPanel error={remove.error} />}
          <div className={styles.actions}>
            <Button onClick={() => setAsking(false)}>{common('cancel')}</Button>
            <Button
              variant="filled"
              color="red"
              loading={remove.isPending}
              onClick={() => remove.mutate({ name: monitor.name, by }, { onSuccess: onGone })}
            >
              {t('delete')}
            </Button>
          </div>
        </Modal>
      )}
    </div>
  )
}

function Versions({ monitor }: { monitor: Monitor }) {
  const may = useMay()
  const { t } = useTranslation('monitors')
  const format = useFormat()
  const { name: by } = useWho()
  const { restore } = useMonitorChanges()
  const reading = useApi('/api/v1/monitors/{name}/versions', { path: { name: monitor.name } })
  return (
    <Panel reading={reading} title={t('versions')}>
      {({ versions }) => (
        <section>
          <ol className={styles.versions}>
            {versions.map((each) => (
              <li key={each.version}>
                <div>
                  <p>
                    {t('version', { version: each.version })} {each.deleted && `(${t('deleted')})`}
                  </p>
                  <p className="secondary">
                    {t('byAt', { who: each.by || t('somebody'), time: format.dateMinutes(each.at) })}
                    {each.comment && ` · ${each.comment}`}
                  </p>
                </div>
                {each.version === monitor.version ? (
                  <span className="secondary">{t('inForce')}</span>
                ) : (
                  !each.deleted && (
                    <Button
                      loading={restore.isPending && restore.variables?.version === each.version}
                      onClick={() => restore.mutate({ name: monitor.name, version: each.version, by })}
                      {...may('admin')}
                    >
                      {t('restore')}
                    </Button>
                  )
                )}
              </li>
            ))}
          </ol>
          {restore.error && <ErrorPanel error={restore.error} />}
        </section>
      )}
    </Panel>
  )
}

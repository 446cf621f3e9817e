/** All saves of a flow, newest first, and how the chosen one differs from another: by default from the one before. */
import { Button, Select } from '@mantine/core'
import { IconCircleCheck } from '@tabler/icons-react'
import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '~/access/session'
import type { FlowDetail, FlowVersion } from '~/api/runs'
import { useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { ErrorPanel } from '~/parts/Messages'
import { Panel, Skeleton } from '~/parts/Panel'
import { namedBy } from '~/runs/names'
import styles from './flows.module.css'
import type { FlowSearch } from './search'
import { useFlowActions } from './useFlowActions'

const Editor = lazy(() => import('./Editor').then(({ Editor }) => ({ default: Editor })))

interface VersionsProps {
  flow: FlowDetail
  search: FlowSearch
  onChange: (changed: Partial<FlowSearch>) => void
}

export function Versions({ flow, search, onChange }: VersionsProps) {
  const { t } = useTranslation('flows')
  const reading = useApi('/api/v1/flows/{flow}/versions', { path: { flow: flow.flow } })
  return (
    <Panel reading={reading} className={styles.versions}>
      {({ versions }) => {
        const all = [...versions].sort((a, b) => b.revision - a.revision)
        const chosen = all.find(({ revision }) => revision === search.revision) ?? all[0]
        if (!chosen) return <p className={styles.note}>{t('noVersions')}</p>
        const against = search.against ?? all.find(({ revision }) => revision < chosen.revision)?.revision
        return (
          <div className={styles.versionParts}>
            <VersionRows versions={all} chosen={chosen.revision} onChoose={(revision) => onChange({ revision })} />
            <div className={styles.diff}>
              <DiffBar flow={flow} versions={all} chosen={chosen} against={against} onChange={onChange} />
              <Difference flow={flow.flow} revision={chosen.revision} against={against} />
            </div>
          </div>
        )
      }}
    </Panel>
  )
}

interface RowsProps {
  versions: readonly FlowVersion[]
  chosen: number
  onChoose: (revision: number) => void
}

function VersionRows({ versions, chosen, onChoose }: RowsProps) {
  const { t } = useTranslation('flows')
  const format = useFormat()
  return (
    <ol className={styles.versionRows} aria-label={t('versions')}>
      {versions.map(({ revision, version, by, at, comment, live }) => (
        <li key={revision}>
          <button type="button" aria-pressed={revision === chosen} onClick={() => onChoose(revision)}>
            <span>
              <b>{t('versionOf', { version, revision })}</b>
              {live && (
                <span className={styles.state} data-tone="ok">
                  <IconCircleCheck size={13} aria-hidden /> {t('live')}
                </span>
              )}
            </span>
            <span className="secondary">
              {[format.dateMinutes(at), namedBy(by)].filter(Boolean).join(t('comma', { ns: 'common' }))}
            </span>
            {comment && <span className="cut">{comment}</span>}
          </button>
        </li>
      ))}
    </ol>
  )
}

interface DiffBarProps extends VersionsProps {
  versions: readonly FlowVersion[]
  chosen: FlowVersion
  against: number | undefined
}

function DiffBar({ flow, versions, chosen, against, onChange }: Omit<DiffBarProps, 'search'>) {
  const may = useMay()
  const { t } = useTranslation('flows')
  const { publish } = useFlowActions()
  const others = versions.filter(({ revision }) => revision !== chosen.revision)
  return (
    <div className={styles.editBar}>
      <span>{t(others.length > 0 ? 'comparedWith' : 'onlyRevision', { revision: chosen.revision })}</span>
      {others.length > 0 && (
        <Select
          aria-label={t('compareWith')}
          className={styles.against}
          allowDeselect={false}
          value={against === undefined ? null : String(against)}
          data={others.map(({ revision, version }) => ({
            value: String(revision),
            label: t('versionOf', { version, revision }),
          }))}
          onChange={(value) => onChange({ against: value === null ? undefined : Number(value) })}
        />
      )}
      {!chosen.live && flow.origin !== 'folder' && (
        <Button
          loading={publish.isPending}
          onClick={() => publish.mutate({ flow: flow.flow, revision: chosen.revision })}
          {...may('admin')}
        >
          {t('publishThis', { revision: chosen.revision })}
        </Button>
      )}
      {publish.error && <ErrorPanel error={publish.error} />}
    </div>
  )
}

interface DifferenceProps {
  flow: string
  revision: number
  against: number | undefined
}

function Difference({ flow, revision, against }: DifferenceProps) {
  const { t } = useTranslation('flows')
  const path = '/api/v1/flows/{flow}/versions/{revision}' as const
  const after = useApi(path, { path: { flow, revision }, still: true })
  const before = useApi(path, { path: { flow, revision: against ?? 0 }, still: true, enabled: against !== undefined })
  const ready = after.data?.revision === revision && (against === undefined || before.data?.revision === against)
  return (
    <Panel reading={after} className={styles.diffText}>
      {(version) =>
        ready ? (
          <Suspense fallback={<Skeleton />}>
            <Editor
              key={`${revision} ${against}`}
              label={t('difference')}
              value={version.source}
              before={against === undefined ? undefined : before.data?.source}
            />
          </Suspense>
        ) : (
          <Skeleton />
        )
      }
    </Panel>
  )
}

/** All flows and watched jobs: what starts each, which version is live, how it ended last; and the way to a new one. */
import { Button, TextInput } from '@mantine/core'
import { IconPlus, IconSearch } from '@tabler/icons-react'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useMay } from '~/access/session'
import type { Flow } from '~/api/runs'
import { useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { Empty } from '~/parts/Messages'
import { PageLayout } from '~/parts/PageLayout'
import { Panel } from '~/parts/Panel'
import { FlowName, StartedBy } from '~/runs/names'
import { RunStatusBadge } from '~/runs/status'
import { useClock } from '~/time/clock'
import { FlowState } from './FlowState'
import styles from './flows.module.css'
import { NewFlow } from './NewFlow'
import type { FlowsSearch } from './search'

export function FlowsPage() {
  const may = useMay()
  const { t } = useTranslation('flows')
  const search = useSearch({ from: '/flows' })
  const navigate = useNavigate({ from: '/flows' })
  const change = (changed: Partial<FlowsSearch>, replace = true) =>
    void navigate({ search: (before) => ({ ...before, ...changed }), replace })
  const reading = useApi('/api/v1/flows')
  if (search.new) return <NewFlow onClose={() => change({ new: undefined }, false)} />
  return (
    <PageLayout
      filterBar={
        <>
          <TextInput
            className={styles.find}
            aria-label={t('find')}
            placeholder={t('find')}
            leftSection={<IconSearch size={14} aria-hidden />}
            value={search.find ?? ''}
            onChange={({ currentTarget }) => change({ find: currentTarget.value || undefined })}
          />
          <Button
            className={styles.new}
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => change({ new: true }, false)}
            {...may('admin')}
          >
            {t('newFlow')}
          </Button>
        </>
      }
    >
      <Panel
        reading={reading}
        isEmpty={({ flows }) => flows.length === 0}
        empty={
          <Empty
            title={t('empty')}
            hint={t('emptyHint')}
            action={<Button onClick={() => change({ new: true }, false)}>{t('newFlow')}</Button>}
          />
        }
      >
        {({ flows }) => {
          const shown = flows.filter((flow) => matches(flow, search.find))
          if (shown.length === 0)
            return (
              <Empty
                title={t('noMatch')}
                action={<Button onClick={() => change({ find: undefined })}>{t('dropFind')}</Button>}
              />
            )
          return <FlowRows flows={shown} />
        }}
      </Panel>
    </PageLayout>
  )
}

export function matches({ flow, title, application }: Flow, find: string | undefined): boolean {
  if (!find) return true
  return [flow, title, application].some((text) => text?.toLowerCase().includes(find.trim().toLowerCase()))
}

function FlowRows({ flows }: { flows: readonly Flow[] }) {
  const { t } = useTranslation(['flows', 'common'])
  return (
    <table className={`data ${styles.flows}`}>
      <thead>
        <tr>
          <th>{t('column.flow', { ns: 'common' })}</th>
          <th>{t('what')}</th>
          <th>{t('startsBy')}</th>
          <th>{t('state')}</th>
          <th>{t('column.version', { ns: 'common' })}</th>
          <th>{t('origin')}</th>
          <th>{t('lastRun')}</th>
        </tr>
      </thead>
      <tbody>
        {flows.map((flow) => (
          <FlowRow key={flow.flow} flow={flow} />
        ))}
      </tbody>
    </table>
  )
}

function FlowRow({ flow }: { flow: Flow }) {
  const { t } = useTranslation('flows')
  const format = useFormat()
  const { now } = useClock()
  const run = flow.last_run
  const at = run && (run.ended ?? run.started ?? run.queued)
  return (
    <tr data-trouble={flow.problem ? true : undefined}>
      <td data-cell="flow">
        <Link to="/flows/$flow" params={{ flow: flow.flow }} className={styles.flowLink}>
          <FlowName flow={flow.flow} application={flow.application} />
        </Link>
      </td>
      <td data-cell="what">
        <span className="cut" title={flow.summary ?? undefined}>
          {flow.title || flow.summary}
        </span>
      </td>
      <td data-cell="starts">
        <StartedBy flow={flow} />
      </td>
      <td data-cell="state">
        <FlowState flow={flow} />
      </td>
      <td data-cell="version" className="secondary">
        {flow.kind === 'flow' && flow.revision > 0
          ? t('versionOf', { version: flow.version, revision: flow.published ?? flow.revision })
          : '–'}
      </td>
      <td data-cell="origin" className="secondary" title={flow.file ?? undefined}>
        {t(`originOf.${flow.origin}`)}
      </td>
      <td data-cell="last">
        {run && at ? (
          <Link to="/runs/$job" params={{ job: run.job_id }} className={styles.lastRun}>
            <RunStatusBadge status={run.status} />{' '}
            <span className="secondary" title={format.fullTime(at)}>
              {t('ago', { since: format.since(now - Date.parse(at)) })}
            </span>
          </Link>
        ) : (
          <span className="secondary">{t('neverRan')}</span>
        )}
      </td>
    </tr>
  )
}

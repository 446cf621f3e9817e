/**
 * One flow: its state and what one may do with it, its diagram beside its source, which is checked while it is typed,
 * and its versions with their differences.
 */
import { Button, SegmentedControl, Switch, TextInput } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { IconFileText, IconPlayerPlay, IconSitemap } from '@tabler/icons-react'
import { Link, useBlocker, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '~/access/session'
import type { FlowDetail } from '~/api/runs'
import { useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { useTold } from '~/i18n/told'
import { Empty, ErrorPanel } from '~/parts/Messages'
import { PageLayout } from '~/parts/PageLayout'
import { Panel } from '~/parts/Panel'
import { callsOf, splitFlow, useScheduleText } from '~/runs/names'
import { RunDialog } from '~/runs/RunDialog'
import { useClock } from '~/time/clock'
import { FlowState } from './FlowState'
import styles from './flows.module.css'
import { SourcePane } from './SourcePane'
import type { FlowSearch } from './search'
import { useFlowActions } from './useFlowActions'
import { toTell, useValidation } from './useValidation'
import { Versions } from './Versions'

export function FlowPage() {
  const { flow } = useParams({ from: '/flows/$flow' })
  const reading = useApi('/api/v1/flows/{flow}', { path: { flow } })
  return (
    <PageLayout>
      <Panel className={styles.page} reading={reading}>
        {(found) => <FlowParts key={found.flow} flow={found} />}
      </Panel>
    </PageLayout>
  )
}

function FlowParts({ flow }: { flow: FlowDetail }) {
  const { t } = useTranslation('flows')
  const search = useSearch({ from: '/flows/$flow' })
  const navigate = useNavigate({ from: '/flows/$flow' })
  const change = (changed: Partial<FlowSearch>) =>
    void navigate({ search: (before) => ({ ...before, ...changed }), replace: true })
  return (
    <div className={styles.parts}>
      <FlowHead flow={flow} />
      {flow.kind === 'job' ? (
        <Empty title={t('watched')} hint={t('watchedHint')} />
      ) : (
        <>
          <div className={styles.tabs}>
            <SegmentedControl
              aria-label={t('show')}
              size="xs"
              value={search.show ?? 'source'}
              data={[
                { value: 'source', label: t('definition') },
                { value: 'versions', label: t('versions') },
              ]}
              onChange={(value) => change({ show: value === 'versions' ? 'versions' : undefined })}
            />
          </div>
          {search.show === 'versions' ? (
            <Versions flow={flow} search={search} onChange={change} />
          ) : (
            <Definition key={flow.revision} flow={flow} />
          )}
        </>
      )}
    </div>
  )
}

function FlowHead({ flow }: { flow: FlowDetail }) {
  const may = useMay()
  const { t } = useTranslation('flows')
  const told = useTold()
  const [running, setRunning] = useState(false)
  const { enable } = useFlowActions()
  const { name, namespace } = splitFlow(flow.flow)
  const notLive = whyNotRun(flow)
  return (
    <header className={styles.head}>
      <div className={styles.title}>
        <h2>
          {name} <span className="secondary">{namespace}</span>
        </h2>
        <FlowState flow={flow} />
        {flow.kind === 'flow' && (
          <Switch
            size="xs"
            label={flow.enabled ? t('enabled') : t('disabled')}
            checked={flow.enabled}
            disabled={enable.isPending}
            onChange={({ currentTarget }) => enable.mutate({ flow: flow.flow, enabled: currentTarget.checked })}
            {...may('admin')}
          />
        )}
        <div className={styles.actions}>
          <Button
            renderRoot={(props) => <Link to="/map" search={callsOf(flow.flow)} {...props} />}
            leftSection={<IconSitemap size={14} aria-hidden />}
          >
            {t('map')}
          </Button>
          <Button
            renderRoot={(props) => (
              <Link to="/runs" search={{ list: 'runs', application: ['*'], flow: [flow.flow] }} {...props} />
            )}
            leftSection={<IconFileText size={14} aria-hidden />}
          >
            {t('runs')}
          </Button>
          <Button
            variant="filled"
            leftSection={<IconPlayerPlay size={14} aria-hidden />}
            disabled={notLive !== undefined}
            title={notLive && t(notLive)}
            onClick={() => setRunning(true)}
            {...may('operator')}
          >
            {t('run')}
          </Button>
        </div>
      </div>
      <Facts flow={flow} />
      {enable.error && <ErrorPanel error={enable.error} />}
      {flow.problem && (
        <p className={styles.problem} role="alert">
          <b>{t('publishFailed')}</b> {flow.problem.line ? `${t('line', { line: flow.problem.line })}: ` : ''}
          {told.mistake(flow.problem)}
        </p>
      )}
      {running && <RunDialog flow={flow.flow} onClose={() => setRunning(false)} />}
    </header>
  )
}

/** Why nobody can run a flow from here. */
function whyNotRun(flow: FlowDetail) {
  if (flow.kind === 'job') return 'watchedHint'
  if (flow.published === null) return 'notPublished'
  return flow.enabled ? undefined : 'notEnabled'
}

function Facts({ flow }: { flow: FlowDetail }) {
  const { t } = useTranslation('flows')
  const format = useFormat()
  const { now } = useClock()
  const text = useScheduleText()
  const next = flow.schedule?.next
  const facts = [
    flow.title || flow.summary,
    [flow.application, flow.region].filter(Boolean).join(t('comma', { ns: 'common' })),
    flow.kind === 'flow' &&
      flow.revision > 0 &&
      t('versionOf', { version: flow.version, revision: flow.published ?? flow.revision }),
    flow.schedule && text(flow.schedule),
    flow.schedule?.kind === 'cron' && flow.schedule.timezone,
    next && t('next', { time: format.near(next, now) }),
    flow.kind === 'flow' && flow.overlap && t(`overlap.${flow.overlap}`),
    flow.origin !== 'folder' && t(`originOf.${flow.origin}`),
  ].filter(Boolean)
  return (
    <ul className={styles.facts}>
      {facts.map((fact, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: facts stand in a fixed order
        <li key={at}>{fact}</li>
      ))}
    </ul>
  )
}

/** Diagram and source; what was typed is kept until it is saved or dropped. */
function Definition({ flow }: { flow: FlowDetail }) {
  const may = useMay()
  const kept = flow.source ?? ''
  const { t } = useTranslation('flows')
  const phone = useMediaQuery('(max-width: 719px)', false, { getInitialValueInEffect: false })
  const [source, setSource] = useState(kept)
  const [comment, setComment] = useState('')
  const { save, publish } = useFlowActions()
  const { validation, current } = useValidation(source)
  const changed = source !== kept
  useBlocker({ shouldBlockFn: () => changed && !window.confirm(t('leave')), enableBeforeUnload: changed })
  const fixed = phone || flow.origin === 'folder'
  const notValid = !current ? t('stillChecking') : validation?.valid ? undefined : t('notValid')
  const keep = (live: boolean) =>
    save.mutate({
      flow: flow.flow,
      source,
      expected: flow.revision,
      comment: comment.trim() || undefined,
      publish: live,
    })
  return (
    <>
      <div className={styles.editBar}>
        {fixed ? (
          <span className="secondary">{phone ? t('widerHint') : t('fromFolder', { file: flow.file ?? '' })}</span>
        ) : (
          <>
            <span className="secondary">{changed ? t('unsaved') : t('saved', { revision: flow.revision })}</span>
            <TextInput
              className={styles.comment}
              aria-label={t('comment')}
              placeholder={t('comment')}
              value={comment}
              onChange={({ currentTarget }) => setComment(currentTarget.value)}
            />
            {changed && <Button onClick={() => setSource(kept)}>{t('drop')}</Button>}
            <Button
              disabled={!changed}
              title={changed ? undefined : t('nothingChanged')}
              loading={save.isPending}
              onClick={() => keep(false)}
              {...may('admin')}
            >
              {t('saveDraft')}
            </Button>
            {!changed && flow.draft !== null ? (
              <Button
                variant="filled"
                loading={publish.isPending}
                onClick={() => publish.mutate({ flow: flow.flow, revision: flow.draft ?? undefined })}
                {...may('admin')}
              >
                {t('publishDraft')}
              </Button>
            ) : (
              <Button
                variant="filled"
                disabled={!changed || notValid !== undefined}
                title={changed ? notValid : t('nothingChanged')}
                loading={save.isPending}
                onClick={() => keep(true)}
                {...may('admin')}
              >
                {t('publish')}
              </Button>
            )}
          </>
        )}
      </div>
      {(save.error ?? publish.error) && <ErrorPanel error={save.error ?? (publish.error as Error)} />}
      <SourcePane
        source={source}
        onChange={fixed ? undefined : setSource}
        validation={validation && toTell(validation, flow, changed)}
        diagram={flow.diagram ?? undefined}
      />
    </>
  )
}

/**
 * A monitor as a form, with what it would have done beside it. The server validates: its mistakes stand above the
 * buttons, in the language of the page. Saving makes a version that is in force at once and filled from the past.
 */
import { Button, MultiSelect, TextInput } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '~/access/session'
import { ApiError } from '~/api/client'
import { useApi } from '~/api/useApi'
import { useWho } from '~/attention/who'
import { useTold } from '~/i18n/told'
import { useColumnName } from '~/parts/Filters'
import { PageLayout } from '~/parts/PageLayout'
import { dimensions, emptyThreshold, type MonitorDraft, missing, type ThresholdDraft } from './draft'
import styles from './monitors.module.css'
import { Preview } from './Preview'
import { ThresholdFields } from './ThresholdFields'
import { useMonitorChanges } from './useMonitorChanges'
import { WhereFields } from './WhereFields'

interface MonitorEditorProps {
  first: MonitorDraft
  /** The name it has now; null for a new one. */
  before: string | null
  /** The version that is edited. */
  version: number | null
  /** With the name it was saved under, or nothing when it was given up. */
  onDone: (saved?: string) => void
}

export function MonitorEditor({ first, before, version, onDone }: MonitorEditorProps) {
  const [draft, setDraft] = useState(first)
  const change = (changed: Partial<MonitorDraft>) => setDraft((old) => ({ ...old, ...changed }))
  return (
    <PageLayout>
      <div className={styles.editor}>
        <MonitorForm draft={draft} before={before} version={version} onChange={change} onDone={onDone} />
        <Preview draft={draft} />
      </div>
    </PageLayout>
  )
}

interface MonitorFormProps {
  draft: MonitorDraft
  before: string | null
  version: number | null
  onChange: (changed: Partial<MonitorDraft>) => void
  onDone: (saved?: string) => void
}

function MonitorForm({ draft, before, version, onChange, onDone }: MonitorFormProps) {
  const may = useMay()
  const { t } = useTranslation('monitors')
  const { t: common } = useTranslation()
  const { name: who, setName: setWho } = useWho()
  const { save } = useMonitorChanges()
  const gaps = missing(draft)
  const send = (event: FormEvent) => {
    event.preventDefault()
    save.mutate({ draft, before, version, by: who.trim() }, { onSuccess: () => onDone(draft.name.trim()) })
  }
  return (
    <form className={styles.form} onSubmit={send} aria-label={before === null ? t('add') : t('edit')}>
      <TextInput
        label={t('name')}
        required
        disabled={before !== null}
        value={draft.name}
        onChange={({ currentTarget }) => onChange({ name: currentTarget.value })}
      />
      <Columns draft={draft} onChange={onChange} />
      <WhereFields where={draft.where} onChange={(where) => onChange({ where })} />
      <Thresholds draft={draft} onChange={onChange} gaps={gaps} />
      <TextInput
        label={t('who')}
        description={t('whoHint')}
        value={who}
        onChange={({ currentTarget }) => setWho(currentTarget.value)}
      />
      {save.error && <Mistakes error={save.error} />}
      <div className={styles.formEnd}>
        <Gaps gaps={gaps} who={who} />
        <Button onClick={() => onDone()}>{common('cancel')}</Button>
        <Button
          type="submit"
          variant="filled"
          disabled={gaps.size > 0 || !who.trim()}
          loading={save.isPending}
          {...may('admin')}
        >
          {t('save')}
        </Button>
      </div>
    </form>
  )
}

/** Why it cannot be saved yet. */
export function Gaps({ gaps, who }: { gaps: ReadonlySet<string>; who: string }) {
  const { t } = useTranslation(['monitors', 'common'])
  const limits = [...gaps].some((gap) => gap.startsWith('thresholds.'))
  const names = [
    ...(['name', 'by'] as const).filter((name) => gaps.has(name)).map((name) => t(name)),
    ...(limits ? [t('limit')] : []),
    ...(who.trim() ? [] : [t('who')]),
  ]
  if (names.length === 0) return null
  return <span className="secondary">{t('gaps', { names: names.join(t('listComma', { ns: 'common' })) })}</span>
}

interface PartProps {
  draft: MonitorDraft
  onChange: (changed: Partial<MonitorDraft>) => void
}

function Columns({ draft, onChange }: PartProps) {
  const { t } = useTranslation('monitors')
  const columnName = useColumnName()
  const { data } = useApi('/api/v1/fields', { still: true })
  const others = (data?.columns ?? [])
    .map((column) => (typeof column === 'string' ? column : column.name))
    .filter((name) => !(dimensions as readonly string[]).includes(name))
  return (
    <>
      <MultiSelect
        label={t('by')}
        description={t('byHint')}
        value={draft.by}
        data={[
          { group: t('dimensions'), items: dimensions.map((value) => ({ value, label: columnName(value) })) },
          { group: t('otherColumns'), items: others.map((value) => ({ value, label: columnName(value) })) },
        ]}
        onChange={(by) => onChange({ by })}
      />
      <MultiSelect
        label={t('fields')}
        description={t('fieldsHint')}
        value={draft.fields}
        data={(data?.fields ?? []).map(({ name }) => name)}
        onChange={(fields) => onChange({ fields })}
      />
    </>
  )
}

function Thresholds({ draft, onChange, gaps }: PartProps & { gaps: ReadonlySet<string> }) {
  const { t } = useTranslation('monitors')
  const change = (at: number, changed: Partial<ThresholdDraft>) =>
    onChange({
      thresholds: draft.thresholds.map((threshold, index) => (index === at ? { ...threshold, ...changed } : threshold)),
    })
  return (
    <fieldset className={styles.group}>
      <legend>{t('thresholds')}</legend>
      <div className={styles.limits}>
        {draft.thresholds.map((threshold, index) => (
          <ThresholdFields
            // biome-ignore lint/suspicious/noArrayIndexKey: thresholds of a draft have no other identity
            key={index}
            threshold={threshold}
            number={index + 1}
            incomplete={gaps.has(`thresholds.${index}.limit`)}
            onChange={(changed) => change(index, changed)}
            onRemove={() => onChange({ thresholds: draft.thresholds.filter((_, at) => at !== index) })}
          />
        ))}
      </div>
      <div>
        <Button
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => onChange({ thresholds: [...draft.thresholds, emptyThreshold] })}
        >
          {t('addThreshold')}
        </Button>
      </div>
    </fieldset>
  )
}

function Mistakes({ error }: { error: Error }) {
  const told = useTold()
  const problem = error instanceof ApiError ? error.problem : null
  const mistakes = problem?.mistakes ?? []
  return (
    <div role="alert">
      <ul className={styles.mistakes}>
        {mistakes.length === 0 && <li>{told.error(error)}</li>}
        {mistakes.map((mistake) => (
          <li key={mistake.message}>{told.mistake(mistake)}</li>
        ))}
        {problem?.fix && <li>{told.fix(problem)}</li>}
      </ul>
    </div>
  )
}

/** One threshold: of what, beyond which limit, for how long, how severe, with which labels. */
import { ActionIcon, Select, TextInput } from '@mantine/core'
import { IconTrash } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { useApi } from '~/api/useApi'
import { type Aggregate, aggregates, type ConditionKind, kinds, type ThresholdDraft } from './draft'
import styles from './monitors.module.css'

interface ThresholdFieldsProps {
  threshold: ThresholdDraft
  /** From 1, to tell them apart by ear. */
  number: number
  incomplete: boolean
  onChange: (changed: Partial<ThresholdDraft>) => void
  onRemove: () => void
}

export function ThresholdFields({ threshold, number, incomplete, onChange, onRemove }: ThresholdFieldsProps) {
  const { t } = useTranslation('monitors')
  const { t: common } = useTranslation()
  const { data } = useApi('/api/v1/fields', { still: true })
  const fields = data?.fields ?? []
  const unit = fields.find(({ name }) => name === threshold.field)?.unit
  const names = [...new Set(['records', ...fields.map(({ name }) => name), threshold.field])]
  const counted = threshold.field === 'records' || threshold.kind === 'new'
  return (
    <fieldset className={styles.limit} aria-label={t('threshold', { number })}>
      <Select
        label={t('field')}
        allowDeselect={false}
        value={threshold.field}
        data={names}
        onChange={(field) => onChange({ field: field ?? threshold.field })}
      />
      <Select
        label={t('aggregate')}
        allowDeselect={false}
        disabled={counted}
        value={counted ? null : threshold.aggregate}
        data={aggregates.map((value) => ({ value, label: common(`aggregate.${value}`) }))}
        onChange={(value) => onChange({ aggregate: (value ?? threshold.aggregate) as Aggregate })}
      />
      <Select
        label={t('condition')}
        allowDeselect={false}
        value={threshold.kind}
        data={kinds.map((value) => ({ value, label: t(`kinds.${value}`) }))}
        onChange={(value) => {
          const kind = (value ?? threshold.kind) as ConditionKind
          const limit = kind === 'new' ? '7d' : threshold.kind === 'new' ? '' : threshold.limit
          onChange({ kind, limit, ...(kind === 'new' ? { field: 'records' } : {}) })
        }}
      />
      <TextInput
        label={threshold.kind === 'new' ? t('within') : unit ? t('limitIn', { unit }) : t('limit')}
        value={threshold.limit}
        error={incomplete && threshold.limit !== '' ? t('notANumber') : undefined}
        inputMode={threshold.kind === 'new' ? 'text' : 'decimal'}
        onChange={({ currentTarget }) => onChange({ limit: currentTarget.value })}
      />
      <TextInput
        label={t('lasting')}
        placeholder={t('atOnce')}
        value={threshold.lasting}
        onChange={({ currentTarget }) => onChange({ lasting: currentTarget.value })}
      />
      <Select
        label={t('severity')}
        allowDeselect={false}
        value={threshold.severity}
        data={(['info', 'warning', 'critical'] as const).map((value) => ({
          value,
          label: common(`severity.${value}`),
        }))}
        onChange={(value) => onChange({ severity: (value ?? 'warning') as ThresholdDraft['severity'] })}
      />
      <TextInput
        label={t('labels')}
        placeholder="team=shop"
        value={threshold.labels}
        onChange={({ currentTarget }) => onChange({ labels: currentTarget.value })}
      />
      <ActionIcon variant="subtle" aria-label={t('removeThreshold', { number })} onClick={onRemove}>
        <IconTrash size={16} />
      </ActionIcon>
    </fieldset>
  )
}

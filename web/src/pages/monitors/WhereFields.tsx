/** What a monitor is limited to: columns and the values that count. */
import { ActionIcon, Button, Select, TextInput } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { useColumnName } from '~/parts/Filters'
import { dimensions, type WhereDraft } from './draft'
import styles from './monitors.module.css'

const columns = [...dimensions, 'status', 'region', 'application', 'version', 'kind', 'severity']

interface WhereFieldsProps {
  where: readonly WhereDraft[]
  onChange: (where: WhereDraft[]) => void
}

export function WhereFields({ where, onChange }: WhereFieldsProps) {
  const { t } = useTranslation('monitors')
  const columnName = useColumnName()
  const change = (at: number, changed: Partial<WhereDraft>) =>
    onChange(where.map((each, index) => (index === at ? { ...each, ...changed } : each)))
  return (
    <fieldset className={styles.group}>
      <legend>{t('where')}</legend>
      {where.map((each, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other identity while they are edited
        <div key={index} className={styles.where}>
          <Select
            aria-label={t('whereColumn')}
            allowDeselect={false}
            value={each.column}
            data={[...new Set([...columns, each.column])].map((value) => ({ value, label: columnName(value) }))}
            onChange={(column) =>
              onChange(where.map((old, at) => (at === index ? { ...old, column: column ?? '' } : old)))
            }
          />
          <TextInput
            aria-label={t('whereValues')}
            placeholder={t('whereValues')}
            value={each.values}
            onChange={({ currentTarget }) => change(index, { values: currentTarget.value })}
          />
          <ActionIcon
            variant="subtle"
            aria-label={t('removeWhere', { column: columnName(each.column) })}
            onClick={() => onChange(where.filter((_, at) => at !== index))}
          >
            <IconTrash size={16} />
          </ActionIcon>
        </div>
      ))}
      <div>
        <Button
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => onChange([...where, { column: 'target_module', values: '' }])}
        >
          {t('addWhere')}
        </Button>
      </div>
    </fieldset>
  )
}

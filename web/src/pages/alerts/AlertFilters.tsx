/**
 * Which alerts are shown and how they are grouped: a row of fields, on the phone a sheet behind a button that bears the
 * number of filters in force. Beside it the way to a new silence.
 */
import { ActionIcon, Button, Drawer, Indicator, SegmentedControl, Select, TextInput } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { IconBellOff, IconFilter, IconSearch } from '@tabler/icons-react'
import { type ReactNode, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '~/access/session'
import { SilenceForm } from '~/attention/SilenceForm'
import styles from './alerts.module.css'
import { type Alert, type GroupBy, groupBy, labelNames } from './grouping'
import type { AlertsSearch } from './search'

interface AlertFiltersProps {
  search: AlertsSearch
  alerts: readonly Alert[]
  onChange: (changed: Partial<AlertsSearch>) => void
}

export function AlertFilters({ search, alerts, onChange }: AlertFiltersProps) {
  const { t } = useTranslation('alerts')
  const phone = useMediaQuery('(max-width: 719px)', false, { getInitialValueInEffect: false })
  const may = useMay()
  const [adding, setAdding] = useState(false)
  const fields = <FilterFields search={search} alerts={alerts} onChange={onChange} />
  const listed = search.show !== 'silences'
  return (
    <>
      <SegmentedControl
        aria-label={t('show')}
        className={styles.views}
        size="xs"
        value={search.show ?? 'now'}
        data={[
          { value: 'now', label: t('now') },
          { value: 'all', label: t('all') },
          { value: 'silences', label: t('silences') },
        ]}
        onChange={(value) => onChange({ show: value === 'now' ? undefined : (value as 'all' | 'silences') })}
      />
      {listed && (phone ? <FilterSheet count={filterCount(search)}>{fields}</FilterSheet> : fields)}
      {phone ? (
        <ActionIcon
          className={styles.end}
          aria-label={t('newSilence')}
          onClick={() => setAdding(true)}
          {...may('operator')}
        >
          <IconBellOff size={16} aria-hidden />
        </ActionIcon>
      ) : (
        <Button
          className={styles.end}
          leftSection={<IconBellOff size={14} aria-hidden />}
          onClick={() => setAdding(true)}
          {...may('operator')}
        >
          {t('newSilence')}
        </Button>
      )}
      {adding && <SilenceForm matchers={[]} onClose={() => setAdding(false)} />}
    </>
  )
}

/** What hides alerts; grouping hides none. */
const filterCount = ({ severity, find }: AlertsSearch) => [severity, find].filter(Boolean).length

function FilterSheet({ count, children }: { count: number; children: ReactNode }) {
  const { t } = useTranslation('alerts')
  const { t: common } = useTranslation()
  const [opened, setOpened] = useState(false)
  return (
    <>
      <Indicator disabled={count === 0} label={count} size={16} color="var(--accent)" autoContrast={false}>
        <ActionIcon
          aria-label={count === 0 ? t('filters') : `${t('filters')} (${count})`}
          aria-expanded={opened}
          onClick={() => setOpened(true)}
        >
          <IconFilter size={16} aria-hidden />
        </ActionIcon>
      </Indicator>
      <Drawer
        opened={opened}
        onClose={() => setOpened(false)}
        position="bottom"
        size="auto"
        title={t('filters')}
        closeButtonProps={{ 'aria-label': common('close') }}
      >
        <div className={styles.sheet}>{children}</div>
      </Drawer>
    </>
  )
}

function FilterFields({ search, alerts, onChange }: AlertFiltersProps) {
  const { t } = useTranslation('alerts')
  const { t: common } = useTranslation()
  const labels = useMemo(() => labelNames(alerts), [alerts])
  return (
    <>
      <Select
        aria-label={t('groupBy')}
        className={styles.choice}
        allowDeselect={false}
        value={search.group ?? 'monitor'}
        data={[
          { value: 'monitor', label: t('groups.monitor') },
          { value: 'module', label: t('groups.module') },
          { value: 'severity', label: t('groups.severity') },
          ...labels.map((name) => ({ value: `label.${name}`, label: t('groups.label', { name }) })),
          { value: 'none', label: t('groups.none') },
        ]}
        onChange={(value) =>
          onChange({ group: value === 'monitor' ? undefined : (groupBy(value ?? undefined) as GroupBy) })
        }
      />
      <Select
        aria-label={t('severity')}
        className={styles.choice}
        placeholder={t('anySeverity')}
        clearable
        value={search.severity ?? null}
        data={(['critical', 'warning', 'info'] as const).map((value) => ({
          value,
          label: common(`severity.${value}`),
        }))}
        onChange={(value) => onChange({ severity: (value ?? undefined) as AlertsSearch['severity'] })}
      />
      <TextInput
        aria-label={t('find')}
        className={styles.find}
        placeholder={t('find')}
        leftSection={<IconSearch size={14} aria-hidden />}
        value={search.find ?? ''}
        onChange={({ currentTarget }) => onChange({ find: currentTarget.value || undefined })}
      />
    </>
  )
}

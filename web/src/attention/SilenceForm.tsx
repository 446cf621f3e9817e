/** A new silence: what it covers, how long, why, and who says so. The server judges on; only the noise stops. */
import { ActionIcon, Button, Modal, SegmentedControl, Select, Textarea, TextInput } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '~/access/session'
import { answer, client, type Schemas } from '~/api/client'
import { useInvalidate } from '~/api/useApi'
import { useColumnName } from '~/parts/Filters'
import { ErrorPanel } from '~/parts/Messages'
import styles from './attention.module.css'
import { useWho } from './who'

type Matcher = Schemas['Matcher']

const durations = ['30m', '2h', '8h', '1d', '7d'] as const
const names = ['monitor', 'severity', 'field', 'source', 'source_module', 'service', 'target', 'target_module']
const operators = ['is', 'is_not', 'matches'] as const

interface SilenceFormProps {
  /** To begin with. */
  matchers: readonly Matcher[]
  onClose: () => void
}

export function SilenceForm({ matchers: first, onClose }: SilenceFormProps) {
  const may = useMay()
  const { t } = useTranslation('alerts')
  const { t: common } = useTranslation()
  const { name, setName } = useWho()
  const invalidate = useInvalidate()
  const [matchers, setMatchers] = useState<Matcher[]>(
    first.length > 0 ? [...first] : [{ name: 'target_module', value: '', op: 'is' }],
  )
  const [duration, setDuration] = useState<string>('2h')
  const [comment, setComment] = useState('')
  const create = useMutation({
    mutationFn: (body: Schemas['NewSilence']) => answer('POST silence', client.POST('/api/v1/silences', { body })),
    onSuccess: async () => {
      await invalidate('/api/v1/silences', '/api/v1/alerts', '/api/v1/alerts/{id}')
      onClose()
    },
  })
  const change = (at: number, changed: Partial<Matcher>) =>
    setMatchers(matchers.map((matcher, index) => (index === at ? { ...matcher, ...changed } : matcher)))
  const send = (event: FormEvent) => {
    event.preventDefault()
    create.mutate({ matchers, for: duration, by: name.trim(), comment: comment.trim() })
  }
  const whole = matchers.length > 0 && matchers.every((matcher) => matcher.name.trim() !== '') && name.trim() !== ''
  return (
    <Modal opened size="lg" title={t('newSilence')} onClose={onClose}>
      <form className={styles.form} onSubmit={send}>
        <fieldset className={styles.matchers}>
          <legend>{t('covers')}</legend>
          {matchers.map((matcher, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other identity while they are edited
            <MatcherRow key={index} matcher={matcher} onChange={(changed) => change(index, changed)}>
              <ActionIcon
                variant="subtle"
                aria-label={t('dropMatcher', { name: matcher.name })}
                disabled={matchers.length === 1}
                onClick={() => setMatchers(matchers.filter((_, at) => at !== index))}
              >
                <IconTrash size={14} />
              </ActionIcon>
            </MatcherRow>
          ))}
          <Button
            variant="subtle"
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => setMatchers([...matchers, { name: 'monitor', value: '', op: 'is' }])}
          >
            {t('addMatcher')}
          </Button>
        </fieldset>
        <div>
          <span className={styles.label}>{t('howLong')}</span>
          <SegmentedControl
            fullWidth
            aria-label={t('howLong')}
            value={duration}
            data={durations.map((value) => ({ value, label: t(`durations.${value}`) }))}
            onChange={setDuration}
          />
        </div>
        <Textarea
          label={t('why')}
          placeholder={t('whyHint')}
          autosize
          minRows={2}
          value={comment}
          onChange={({ currentTarget }) => setComment(currentTarget.value)}
        />
        <TextInput label={t('yourName')} value={name} onChange={({ currentTarget }) => setName(currentTarget.value)} />
        {create.error && <ErrorPanel error={create.error} />}
        <div className={styles.formEnd}>
          <Button onClick={onClose}>{common('cancel')}</Button>
          <Button type="submit" variant="filled" disabled={!whole} loading={create.isPending} {...may('operator')}>
            {t('silence')}
          </Button>
        </div>
      </form>
    </Modal>
  )
}

interface MatcherRowProps {
  matcher: Matcher
  onChange: (changed: Partial<Matcher>) => void
  children: React.ReactNode
}

function MatcherRow({ matcher, onChange, children }: MatcherRowProps) {
  const { t } = useTranslation('alerts')
  const columnName = useColumnName()
  const known = names.includes(matcher.name) ? names : [...names, matcher.name]
  const label = (name: string) =>
    name === 'monitor' || name === 'severity' || name === 'field' ? t(name) : columnName(name)
  return (
    <div className={styles.matcher}>
      <Select
        aria-label={t('matcherName')}
        allowDeselect={false}
        value={matcher.name}
        data={known.map((value) => ({ value, label: label(value) }))}
        onChange={(value) => onChange({ name: value ?? '' })}
      />
      <Select
        aria-label={t('matcherOperator')}
        allowDeselect={false}
        value={matcher.op}
        data={operators.map((value) => ({ value, label: t(`operators.${value}`) }))}
        onChange={(value) => onChange({ op: (value ?? 'is') as Matcher['op'] })}
      />
      <TextInput
        aria-label={t('matcherValue')}
        value={matcher.value}
        onChange={({ currentTarget }) => onChange({ value: currentTarget.value })}
      />
      {children}
    </div>
  )
}

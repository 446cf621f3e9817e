/** The parser: its way, what that way needs, expressions for columns, the zone. A mistake stands at its member. */
import { ActionIcon, Autocomplete, Button, SegmentedControl, Textarea, TextInput } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Problem } from '~/api/client'
import { useApi } from '~/api/useApi'
import { useTold } from '~/i18n/told'
import { type Draft, formats, type Pair, ways } from './choice'
import styles from './sources.module.css'

interface ParserFormProps {
  draft: Draft
  problem: Problem | null
  onDraft: (draft: Draft) => void
}

/** The members of the request that the form shows; a mistake anywhere else stands below it. */
const members = ['format', 'pattern', 'regex', 'grok', 'json', 'map', 'zone']

export function ParserForm({ draft, problem, onDraft }: ParserFormProps) {
  const { t } = useTranslation('sources')
  const told = useTold()
  const change = (part: Partial<Draft>) => onDraft({ ...draft, ...part })
  const member = problem?.parameter?.split('.')[0] ?? ''
  const wrong = (name: string) => (problem && member === name ? told.detail(problem) : undefined)
  const zones = useMemo(() => Intl.supportedValuesOf('timeZone'), [])
  return (
    <div className={styles.form}>
      <SegmentedControl
        className={styles.ways}
        aria-label={t('way')}
        size="xs"
        data={ways.map((way) => ({ value: way, label: t(`ways.${way}`) }))}
        value={draft.way}
        onChange={(way) => change({ way: ways.find((each) => each === way) ?? 'auto' })}
      />
      <p className={styles.note}>{t(`wayHint.${draft.way}`)}</p>
      {draft.way === 'auto' && wrong('format') && <p className={styles.saveError}>{wrong('format')}</p>}
      {draft.way === 'format' && (
        <Autocomplete
          aria-label={t('ways.format')}
          placeholder="nginx"
          data={[...formats]}
          value={draft.format}
          error={wrong('format')}
          onChange={(format) => change({ format })}
          maw={320}
        />
      )}
      {(draft.way === 'pattern' || draft.way === 'regex' || draft.way === 'grok') && (
        <Textarea
          key={draft.way}
          aria-label={t(`ways.${draft.way}`)}
          placeholder={t(`wayExample.${draft.way}`)}
          value={draft[draft.way]}
          error={wrong(draft.way)}
          autosize
          minRows={1}
          maxRows={5}
          spellCheck={false}
          classNames={{ input: styles.code }}
          onChange={(event) => change({ [draft.way]: event.currentTarget.value.replaceAll('\n', '') })}
        />
      )}
      {draft.way === 'json' && (
        <Pairs
          label={t('jsonPaths')}
          names={t('jsonName')}
          values={t('jsonPath')}
          pairs={draft.json}
          wrong={wrong('json')}
          onPairs={(json) => change({ json })}
        />
      )}
      <Pairs
        label={t('map')}
        names={t('mapName')}
        values={t('mapValue')}
        pairs={draft.map}
        wrong={wrong('map')}
        onPairs={(map) => change({ map })}
      />
      <Autocomplete
        label={t('zone')}
        placeholder={t('zonePlaceholder')}
        data={zones}
        limit={30}
        value={draft.zone}
        error={wrong('zone')}
        onChange={(zone) => change({ zone })}
        maw={320}
      />
      {problem && !members.includes(member) && (
        <p className={styles.saveError} role="alert">
          {told.detail(problem)}
        </p>
      )}
    </div>
  )
}

interface PairsProps {
  label: string
  names: string
  values: string
  pairs: readonly Pair[]
  wrong: string | undefined
  onPairs: (pairs: Pair[]) => void
}

/** Names with what they stand for; names of columns and fields are offered. */
function Pairs({ label, names, values, pairs, wrong, onPairs }: PairsProps) {
  const { t } = useTranslation('sources')
  const { data } = useApi('/api/v1/fields', { still: true })
  const known = [...(data?.columns ?? []), ...(data?.fields ?? [])].map(({ name }) => name)
  const put = (at: number, part: Partial<Pair>) =>
    onPairs(pairs.map((pair, place) => (place === at ? { ...pair, ...part } : pair)))
  return (
    <fieldset className={styles.pairs}>
      <legend>{label}</legend>
      {pairs.map((pair, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place, its name is being typed
        <div key={at} className={styles.pair}>
          <Autocomplete
            aria-label={`${names} ${at + 1}`}
            placeholder={names}
            data={known}
            value={pair.name}
            onChange={(name) => put(at, { name })}
          />
          <TextInput
            aria-label={`${values} ${at + 1}`}
            placeholder={values}
            value={pair.value}
            classNames={{ input: styles.code }}
            spellCheck={false}
            onChange={(event) => put(at, { value: event.currentTarget.value })}
          />
          <ActionIcon
            variant="subtle"
            aria-label={t('dropRow', { name: pair.name || String(at + 1) })}
            onClick={() => onPairs(pairs.filter((_, place) => place !== at))}
          >
            <IconTrash size={14} aria-hidden />
          </ActionIcon>
        </div>
      ))}
      {wrong && (
        <p className={styles.saveError} role="alert">
          {wrong}
        </p>
      )}
      <Button
        size="xs"
        leftSection={<IconPlus size={14} aria-hidden />}
        onClick={() => onPairs([...pairs, { name: '', value: '' }])}
      >
        {t('addRow')}
      </Button>
    </fieldset>
  )
}

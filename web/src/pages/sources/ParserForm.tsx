/** The parser: its way, what that way needs, expressions for columns, the zone. A mistake stands at its member. */
import { ActionIcon, Autocomplete, Button, SegmentedControl, Textarea, TextInput } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { type ReactNode, useMemo } from 'react'
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

type Mistake = NonNullable<Problem['mistakes']>[number]

/** The members of the request that the form shows; a mistake anywhere else stands below it. */
const members = ['format', 'pattern', 'regex', 'grok', 'json', 'map', 'zone']

export function ParserForm({ draft, problem, onDraft }: ParserFormProps) {
  const { t } = useTranslation('sources')
  const change = (part: Partial<Draft>) => onDraft({ ...draft, ...part })
  const mistakes = mistakesOf(problem)
  const wrong = (name: string) => {
    const here = mistakes.filter(({ member }) => member === name)
    return here.length > 0 ? <Mistakes mistakes={here} /> : undefined
  }
  const elsewhere = mistakes.filter(({ member }) => !members.includes(member))
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
      {draft.way === 'auto' && wrong('format') && <div className={styles.saveError}>{wrong('format')}</div>}
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
      {elsewhere.length > 0 && (
        <div className={styles.saveError} role="alert">
          <Mistakes mistakes={elsewhere} />
        </div>
      )}
    </div>
  )
}

interface Placed {
  member: string
  /** Of several of the member, such as the column of an expression. */
  part: string
  mistake: Mistake
}

/** Each mistake with the member of the form that it belongs to; a refusal without any is one of its own. */
function mistakesOf(problem: Problem | null): Placed[] {
  if (!problem) return []
  const own: Mistake = { message: problem.detail, ...(problem.parameter ? { path: problem.parameter } : {}) }
  const mistakes = problem.mistakes ?? [
    problem.code ? { ...own, code: problem.code, values: problem.values ?? {} } : own,
  ]
  return mistakes.map((mistake) => {
    const [member = '', ...part] = (mistake.path ?? problem.parameter ?? '').split('.')
    return { member, part: part.join('.'), mistake }
  })
}

function Mistakes({ mistakes }: { mistakes: readonly Placed[] }) {
  const told = useTold()
  return mistakes.map(({ part, mistake }) => (
    <span key={`${part} ${mistake.message}`} className={styles.mistake}>
      {part && <b className="raw">{part} </b>}
      {told.mistake(mistake)}
    </span>
  ))
}

interface PairsProps {
  label: string
  names: string
  values: string
  pairs: readonly Pair[]
  wrong: ReactNode
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
        <div className={styles.saveError} role="alert">
          {wrong}
        </div>
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

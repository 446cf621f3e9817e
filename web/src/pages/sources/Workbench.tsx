/**
 * The workbench: lines above with their values lit up as the server finds them, the parser below them, and at the end the
 * columns that come out. What is tried is not stored; saving puts it in force for new lines and can be taken back.
 */
import { Button, TextInput } from '@mantine/core'
import { useDebouncedValue, useLocalStorage } from '@mantine/hooks'
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query'
import { type Ref, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '~/access/session'
import { ApiError, answer, client, type Schemas } from '~/api/client'
import { read, useInvalidate } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { useTold } from '~/i18n/told'
import { LoadingBar } from '~/parts/Panel'
import { choiceOf, type Draft, draftOf, sameChoice, tryable } from './choice'
import { LinesEditor } from './LinesEditor'
import { ParserForm } from './ParserForm'
import { ResultTable } from './ResultTable'
import type { Source } from './SourceTable'
import styles from './sources.module.css'

type Parsed = Schemas['Parsed']

interface WorkbenchProps {
  source: Source
  /** Lines to begin with; samples of the source without. */
  lines: string | null
  ref?: Ref<HTMLElement>
}

export function Workbench({ source, lines, ref }: WorkbenchProps) {
  const { t } = useTranslation('sources')
  const inForce = draftOf(source.parser)
  const [draft, setDraft] = useState<Draft>(inForce)
  const [typed, setTyped] = useState<string | null>(lines)
  const [lit, setLit] = useState<string | null>(null)
  const samples = useSamples(source, typed === null)
  const text = typed ?? samples
  const trial = useTrial(text, draft)
  return (
    <section ref={ref} className={styles.section} aria-label={t('workbench')}>
      <header className={styles.benchHead}>
        <h3>{t('workbench')}</h3>
        <Outcome parsed={trial.parsed} />
      </header>
      <div className={styles.bench}>
        <LoadingBar on={trial.busy} />
        <LinesEditor text={text} events={trial.parsed?.events ?? []} lit={lit} onLit={setLit} onText={setTyped} />
        <ParserForm draft={draft} problem={trial.error?.problem ?? null} onDraft={setDraft} />
        <SaveBar source={source} draft={draft} changed={!sameChoice(draft, inForce)} onUndone={setDraft} />
        {trial.parsed && trial.parsed.events.length > 0 && (
          <ResultTable events={trial.parsed.events} lit={lit} onLit={setLit} />
        )}
      </div>
    </section>
  )
}

/** Lines that show what the parser has to do: those that it does not understand, else the newest that are raw lines. */
function useSamples(source: Source, wanted: boolean): string {
  const unparsed = source.unparsed.flatMap(({ samples }) => samples).slice(0, 12)
  const { data } = useQuery({
    queryKey: ['samples', source.name],
    enabled: wanted && unparsed.length === 0,
    queryFn: async () => {
      const from = new Date(Date.parse(source.last_record ?? '') - 3_600_000 || Date.now() - 86_400_000).toISOString()
      const page = await read('/api/v1/records', { query: { from, input: [source.name], limit: 6 } })
      const lines = page.records.flatMap(({ message }) => (message && !message.includes('\n') ? [message] : []))
      if (lines.length === 0) return ''
      // What is stored of some formats is the message alone: only what the parser still takes was a whole line.
      const parsed = await answer('POST /api/v1/parse', client.POST('/api/v1/parse', { body: bodyOf(lines, source) }))
      return parsed.unparsed === 0 && !parsed.events.some(({ record }) => 'no_time' in record) ? lines.join('\n') : ''
    },
  })
  return unparsed.length > 0 ? unparsed.join('\n') : (data ?? '')
}

const bodyOf = (lines: string[], source: Source) => ({ ...choiceOf(draftOf(source.parser)), lines })

/** Tries the parser on the lines, a moment after typing rests; the last good answer stays while one is wrong. */
function useTrial(text: string, draft: Draft): { parsed: Parsed | undefined; error: ApiError | null; busy: boolean } {
  const asked = tryable(draft) && text.trim() !== '' ? JSON.stringify({ ...choiceOf(draft), text }) : ''
  const [body] = useDebouncedValue(asked, 250)
  const { data, error, isFetching } = useQuery({
    queryKey: ['/api/v1/parse', body],
    enabled: body !== '',
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      answer(
        'POST /api/v1/parse',
        client.POST('/api/v1/parse', { body: JSON.parse(body) as Schemas['ParseRequest'], signal }),
      ),
  })
  return {
    parsed: body === '' ? undefined : data,
    error: error instanceof ApiError && body !== '' ? error : null,
    busy: isFetching,
  }
}

function Outcome({ parsed }: { parsed: Parsed | undefined }) {
  const { t } = useTranslation('sources')
  const format = useFormat()
  if (!parsed) return <span className="secondary">{t('workbenchHint')}</span>
  const all = parsed.parsed + parsed.unparsed
  return (
    <span className={styles.outcome} role="status" data-bad={parsed.unparsed > 0}>
      {t('understood', { some: format.count(parsed.parsed), all: format.count(all) })}
      <span className="raw">{parsed.format}</span>
      {parsed.confidence !== null && <span>{t('sure', { share: format.share(parsed.confidence) })}</span>}
    </span>
  )
}

interface SaveBarProps {
  source: Source
  draft: Draft
  changed: boolean
  onUndone: (draft: Draft) => void
}

function SaveBar({ source, draft, changed, onUndone }: SaveBarProps) {
  const may = useMay()
  const { t } = useTranslation('sources')
  const format = useFormat()
  const invalidate = useInvalidate()
  const [by, setBy] = useLocalStorage({ key: 'magpie.who', defaultValue: '', getInitialValueInEffect: false })
  const path = { params: { path: { name: source.name } } }
  const save = useMutation({
    mutationFn: () =>
      answer(
        'PUT /api/v1/sources/{name}/parser',
        client.PUT('/api/v1/sources/{name}/parser', {
          ...path,
          body: { ...choiceOf(draft), ...(by.trim() ? { by: by.trim() } : {}) },
        }),
      ),
    onSuccess: () => invalidate('/api/v1/sources', '/api/v1/sources/{name}/yaml'),
  })
  const undo = useMutation({
    mutationFn: () =>
      answer('DELETE /api/v1/sources/{name}/parser', client.DELETE('/api/v1/sources/{name}/parser', path)),
    onSuccess: async (now) => {
      await invalidate('/api/v1/sources', '/api/v1/sources/{name}/yaml')
      onUndone(draftOf(now.parser))
    },
  })
  const { origin, at, version } = source.parser
  const told = useTold()
  const failed = save.error ?? undo.error
  const mistakes = failed instanceof ApiError ? (failed.problem?.mistakes ?? []) : []
  return (
    <div className={styles.saveBar}>
      <Button
        variant="filled"
        disabled={!changed || !tryable(draft)}
        loading={save.isPending}
        onClick={() => save.mutate()}
        {...may('admin')}
      >
        {t('saveParser')}
      </Button>
      <TextInput
        aria-label={t('by')}
        placeholder={t('by')}
        value={by}
        onChange={(event) => setBy(event.currentTarget.value)}
        w={140}
      />
      {origin === 'ui' && (
        <Button loading={undo.isPending} onClick={() => undo.mutate()} {...may('admin')}>
          {t('undo')}
        </Button>
      )}
      <span className="secondary" role="status">
        {failed
          ? ''
          : origin === 'ui'
            ? t('inForce', {
                time: format.seconds(at),
                version: format.count(version),
                by: source.parser.by || t('somebody'),
              })
            : changed
              ? t('onlyTried')
              : t('fromFile')}
      </span>
      {failed && (
        <span className={styles.saveError} role="alert">
          {mistakes.length > 0 ? mistakes.map(told.mistake).join(' ') : told.error(failed)}
        </span>
      )}
    </div>
  )
}

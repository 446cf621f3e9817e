/**
 * The query line with completion: what may follow comes from the server, with the number of records where it is known.
 * Enter searches, Tab or a click takes a suggestion, a mistake is told under the line with the place marked.
 */
import { Combobox, TextInput, useCombobox } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconSearch, IconX } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Problem } from '~/api/client'
import { read } from '~/api/useApi'
import { useKeys } from '~/app/keys'
import { useFormat } from '~/format/useFormat'
import { useTold } from '~/i18n/told'
import { useRange } from '~/time/useRange'
import styles from './records.module.css'

interface QueryBarProps {
  /** The line in force. */
  line: string
  onSearch: (line: string) => void
  /** What the server finds wrong with the line in force. */
  problem: Problem | null
}

export function QueryBar({ line, onSearch, problem }: QueryBarProps) {
  const { t } = useTranslation('records')
  const [typed, setTyped] = useState(line)
  const [cursor, setCursor] = useState(line.length)
  const field = useRef<HTMLInputElement>(null)
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() })
  const completion = useCompletion(typed, cursor, combobox.dropdownOpened)
  useEffect(() => setTyped(line), [line])
  useKeys({ f: () => field.current?.focus() })

  const items = completion?.items ?? []
  const take = (insert: string) => {
    const item = items.find((each) => each.insert === insert)
    if (!item || !completion) return
    const { from, to } = completion.replace
    const next = typed.slice(0, from) + item.insert + typed.slice(to)
    setTyped(next)
    const at = from + item.insert.length
    setCursor(at)
    combobox.resetSelectedOption()
    requestAnimationFrame(() => field.current?.setSelectionRange(at, at))
    // A value ends its term: what is chosen so far may be searched.
    if (item.kind === 'value') combobox.closeDropdown()
  }
  const search = (text: string) => {
    combobox.closeDropdown()
    onSearch(text.trim())
  }
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    const marked = combobox.getSelectedOptionIndex()
    if (event.key === 'Enter' && (!combobox.dropdownOpened || marked < 0)) {
      event.preventDefault()
      search(typed)
    } else if (event.key === 'Tab' && combobox.dropdownOpened && items.length > 0 && !event.shiftKey && marked >= 0) {
      event.preventDefault()
      combobox.clickSelectedOption()
    } else if (event.key === 'Escape') {
      if (combobox.dropdownOpened) combobox.closeDropdown()
      else field.current?.blur()
    }
  }
  const follow = () => setCursor(field.current?.selectionStart ?? typed.length)

  return (
    <search className={styles.search}>
      <Combobox store={combobox} onOptionSubmit={take} withinPortal>
        <Combobox.Target withExpandedAttribute>
          <TextInput
            ref={field}
            type="text"
            aria-label={t('search')}
            aria-invalid={problem !== null}
            placeholder={t('placeholder')}
            leftSection={<IconSearch size={14} aria-hidden />}
            rightSection={
              typed !== '' && (
                <button
                  type="button"
                  className={styles.clear}
                  aria-label={t('clearSearch')}
                  onClick={() => {
                    setTyped('')
                    search('')
                  }}
                >
                  <IconX size={14} aria-hidden />
                </button>
              )
            }
            classNames={{ input: styles.line }}
            spellCheck={false}
            autoComplete="off"
            value={typed}
            onChange={(event) => {
              setTyped(event.currentTarget.value)
              setCursor(event.currentTarget.selectionStart ?? event.currentTarget.value.length)
              combobox.openDropdown()
              combobox.resetSelectedOption()
            }}
            onClick={() => {
              follow()
              combobox.openDropdown()
            }}
            onKeyDown={onKeyDown}
            onKeyUp={follow}
            onBlur={() => {
              combobox.closeDropdown()
              if (typed.trim() !== line) search(typed)
            }}
          />
        </Combobox.Target>
        <Combobox.Dropdown hidden={items.length === 0}>
          <Combobox.Options className={styles.completions} aria-label={t('completions')}>
            {items.map((item) => (
              <Combobox.Option key={`${item.kind} ${item.insert}`} value={item.insert} className={styles.completion}>
                <span className="raw cut">{item.label}</span>
                <span className={styles.kind}>{t(`completion.${item.kind}`)}</span>
                <Records count={item.records} />
              </Combobox.Option>
            ))}
          </Combobox.Options>
        </Combobox.Dropdown>
      </Combobox>
    </search>
  )
}

function Records({ count }: { count: number | null }) {
  const format = useFormat()
  return <span className={styles.completionCount}>{count === null ? '' : format.count(count)}</span>
}

/** The mistake in the line in force: its words, what helps, and the place in the line. */
export function QueryMistake({ line, problem }: { line: string; problem: Problem }) {
  const told = useTold()
  const { t } = useTranslation('records')
  const at = Math.min(line.length, Math.max(0, (problem.column ?? 1) - 1))
  const end = Math.max(at + 1, line.slice(at).search(/[\s:<>=]|$/) + at)
  return (
    <div className={styles.mistake} role="alert">
      <p>
        <strong>{told.detail(problem)}</strong> <span>{told.fix(problem)}</span>
      </p>
      {problem.column !== undefined && (
        <code>
          {line.slice(0, at)}
          <mark title={t('place', { n: at + 1 })}>{line.slice(at, end) || ' '}</mark>
          {line.slice(end)}
        </code>
      )}
    </div>
  )
}

/** What may follow at the cursor; asked a moment after typing rests. */
function useCompletion(typed: string, cursor: number, on: boolean) {
  const { query } = useRange()
  const [asked] = useDebouncedValue(JSON.stringify([typed, cursor]), 120)
  const { data } = useQuery({
    queryKey: ['/api/v1/records/complete', asked],
    queryFn: ({ signal }) => {
      const [q, at] = JSON.parse(asked) as [string, number]
      return read('/api/v1/records/complete', { query: { ...query, q, cursor: at }, signal })
    },
    enabled: on,
  })
  return asked === JSON.stringify([typed, cursor]) ? data : undefined
}

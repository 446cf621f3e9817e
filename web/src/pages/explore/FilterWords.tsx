/** The filters of the sentence: a chip for each column, whose menu changes its values, and a menu for further columns. */
import { Button, CloseButton, Menu } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { QueryOf } from '~/api/useApi'
import { useApi } from '~/api/useApi'
import { useFormat } from '~/format/useFormat'
import { useRange } from '~/time/useRange'
import styles from './explore.module.css'
import { readFilters, toggled, within, without, writeFilters } from './filters'
import { ValueChoices } from './Menus'
import { useWords } from './names'
import { type Question, rollupsQuery } from './question'
import { useChange } from './useExplore'

interface FilterWordsProps {
  question: Question
  line: string | undefined
}

export function FilterWords({ question, line }: FilterWordsProps) {
  const { t } = useTranslation('explore')
  const { set } = useChange()
  const { filters, ignored } = readFilters(line)
  const { columns } = question.subject
  const drop = (text: string) =>
    set({
      q: writeFilters(
        filters,
        ignored.filter((each) => each !== text),
      ),
    })
  return (
    <>
      {Object.entries(filters).map(([column, values]) => (
        <FilterChip
          key={column}
          question={question}
          column={column}
          values={values}
          foreign={!columns.includes(column)}
        />
      ))}
      {ignored.map((text) => (
        <span key={text} className={styles.chip} data-foreign title={t('ignored')}>
          <s>{text}</s>
          <CloseButton size="sm" aria-label={t('drop', { filter: text })} onClick={() => drop(text)} />
        </span>
      ))}
      <AddFilter question={question} taken={Object.keys(filters)} />
    </>
  )
}

interface FilterChipProps {
  question: Question
  column: string
  values: readonly string[]
  /** The monitor does not have the column. */
  foreign: boolean
}

function FilterChip({ question, column, values, foreign }: FilterChipProps) {
  const { t } = useTranslation('explore')
  const { t: common } = useTranslation()
  const words = useWords()
  const { filter } = useChange()
  const [opened, setOpened] = useState(false)
  const text = values.map((value) => value || common('noValue')).join(t('or'))
  const body = (
    <>
      {words.column(column)} {common('is')} <b className="cut">{text}</b>
    </>
  )
  return (
    <span
      className={styles.chip}
      data-foreign={foreign}
      title={foreign ? t('outside', { monitor: question.subject.name }) : undefined}
    >
      {foreign ? (
        <s>{body}</s>
      ) : (
        <Menu opened={opened} onChange={setOpened} width={280}>
          <Menu.Target>
            <button type="button" className={styles.chipButton}>
              {body}
            </button>
          </Menu.Target>
          <Menu.Dropdown className={styles.menu}>
            {opened && <Values question={question} column={column} chosen={values} />}
          </Menu.Dropdown>
        </Menu>
      )}
      <CloseButton
        size="sm"
        aria-label={t('drop', { filter: `${words.column(column)} ${text}` })}
        onClick={() => filter((before) => without(before, column))}
      />
    </span>
  )
}

function AddFilter({ question, taken }: { question: Question; taken: readonly string[] }) {
  const { t } = useTranslation('explore')
  const words = useWords()
  const [column, setColumn] = useState<string | null>(null)
  const free = question.subject.columns.filter((each) => !taken.includes(each) || each === column)
  const chosen = column === null ? [] : (question.filters[column] ?? [])
  return (
    <Menu width={280} onClose={() => setColumn(null)} position="bottom-start">
      <Menu.Target>
        <Button
          variant="subtle"
          className={styles.add}
          leftSection={<IconPlus size={14} aria-hidden />}
          disabled={free.length === 0}
        >
          {t('addFilter')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown className={styles.menu}>
        {column === null ? (
          free.map((each) => (
            <Menu.Item key={each} closeMenuOnClick={false} onClick={() => setColumn(each)}>
              {words.column(each)}
            </Menu.Item>
          ))
        ) : (
          <>
            <Menu.Label>{words.column(column)}</Menu.Label>
            <Values question={question} column={column} chosen={chosen} />
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  )
}

/** The values that a column has under the other filters, the busiest first. */
function Values({ question, column, chosen }: { question: Question; column: string; chosen: readonly string[] }) {
  const { t: common } = useTranslation()
  const format = useFormat()
  const { query } = useRange()
  const { filter } = useChange()
  const others = {
    ...question,
    filters: within(
      question.filters,
      question.subject.columns.filter((each) => each !== column),
    ),
  }
  const reading = useApi('/api/v1/rollups', {
    query: {
      ...query,
      ...rollupsQuery(others, [column]),
      step: 'all',
      limit: 10_000,
    } as unknown as QueryOf<'/api/v1/rollups'>,
  })
  const found = reading.data?.by.includes(column as never)
    ? [...reading.data.rows]
        .sort((a, b) => b.records - a.records)
        .map((row) => ({ value: String(row[column] ?? ''), note: format.count(row.records) }))
    : undefined
  const values = [
    ...(found ?? []),
    ...chosen.filter((each) => !found?.some(({ value }) => value === each)).map((value) => ({ value, note: '' })),
  ]
  return (
    <ValueChoices
      values={found ? values : undefined}
      chosen={chosen}
      noValue={common('noValue')}
      onToggle={(value) => filter((before) => toggled(before, column, value))}
    />
  )
}

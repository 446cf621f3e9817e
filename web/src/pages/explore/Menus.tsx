/** The menus that the sentence is made of: each a button with the present choice, opening the others. */
import { Button, Menu } from '@mantine/core'
import { IconChevronDown } from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import styles from './explore.module.css'

interface WordMenuProps {
  /** What the choice is about; with the present one it names the button. */
  label: string
  shown: string
  width?: number
  children: ReactNode
}

export function WordMenu({ label, shown, width, children }: WordMenuProps) {
  return (
    <Menu position="bottom-start" width={width}>
      <Menu.Target>
        <Button
          className={styles.word}
          rightSection={<IconChevronDown size={13} aria-hidden />}
          aria-label={`${label}: ${shown}`}
        >
          <span className="cut">{shown}</span>
        </Button>
      </Menu.Target>
      <Menu.Dropdown className={styles.menu}>{children}</Menu.Dropdown>
    </Menu>
  )
}

export interface Choice<T extends string> {
  value: T
  name: string
  /** Why it cannot be chosen. */
  why?: string
  hint?: string
}

interface ChoicesProps<T extends string> {
  choices: readonly Choice<T>[]
  value: T
  onChoose: (value: T) => void
}

export function Choices<T extends string>({ choices, value, onChoose }: ChoicesProps<T>) {
  return choices.map((choice) => (
    <Menu.RadioItem
      key={choice.value}
      value={choice.value}
      checked={choice.value === value}
      disabled={choice.why !== undefined}
      title={choice.why}
      onChange={() => onChoose(choice.value)}
    >
      {choice.name}
      {(choice.hint ?? choice.why) && <span className={styles.hint}>{choice.hint ?? choice.why}</span>}
    </Menu.RadioItem>
  ))
}

interface ColumnChoicesProps {
  columns: readonly string[]
  chosen: readonly string[]
  name: (column: string) => string
  onChange: (columns: string[]) => void
  /** Most that can be chosen at once. */
  most?: number
}

/** Any of the columns, in the order in which they were chosen. */
export function ColumnChoices({ columns, chosen, name, onChange, most = 3 }: ColumnChoicesProps) {
  return columns.map((column) => {
    const on = chosen.includes(column)
    return (
      <Menu.CheckboxItem
        key={column}
        checked={on}
        disabled={!on && chosen.length >= most}
        onChange={() => onChange(on ? chosen.filter((each) => each !== column) : [...chosen, column])}
      >
        {name(column)}
      </Menu.CheckboxItem>
    )
  })
}

interface ValueChoicesProps {
  values: readonly { value: string; note: string }[] | undefined
  chosen: readonly string[]
  noValue: string
  onToggle: (value: string) => void
}

/** Most values that are listed; the search finds the others. */
const mostListed = 60

/** A column's values to choose from, with a field to find them. */
export function ValueChoices({ values, chosen, noValue, onToggle }: ValueChoicesProps) {
  const { t } = useTranslation('explore')
  const { t: common } = useTranslation()
  const [search, setSearch] = useState('')
  const wanted = search.trim().toLowerCase()
  const found = (values ?? []).filter(({ value }) => value.toLowerCase().includes(wanted))
  return (
    <>
      <Menu.Search
        aria-label={t('findValue')}
        placeholder={t('findValue')}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      <div className={styles.values}>
        {found.slice(0, mostListed).map(({ value, note }) => (
          <Menu.CheckboxItem
            key={value}
            checked={chosen.includes(value)}
            onChange={() => onToggle(value)}
            rightSection={<span className={styles.note}>{note}</span>}
          >
            <span className="cut">{value || noValue}</span>
          </Menu.CheckboxItem>
        ))}
      </div>
      {values === undefined && <Menu.Label>{common('loading')}</Menu.Label>}
      {values !== undefined && found.length === 0 && <Menu.Label>{t('noValues')}</Menu.Label>}
      {found.length > mostListed && <Menu.Label>{t('top', { n: mostListed, of: found.length })}</Menu.Label>}
    </>
  )
}

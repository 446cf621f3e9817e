/**
 * A filter as a button that says its choice, "Application shop", and a list of values to tick behind it. None ticked is
 * all. What is chosen but not among the values stays in the list, so that it can be dropped.
 */
import { Button, Checkbox, Popover, TextInput } from '@mantine/core'
import { IconChevronDown } from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormat } from '~/format/useFormat'
import styles from './choice.module.css'

export interface Choice {
  value: string
  /** As it is shown; the value itself without. */
  label?: string
  shown?: ReactNode
  /** How many there are of it. */
  count?: number | null
}

interface ChoiceMenuProps {
  label: string
  choices: readonly Choice[]
  chosen: readonly string[]
  onChange: (chosen: string[]) => void
  /** The list opens or closes: values may be asked for only then. */
  onOpen?: (opened: boolean) => void
  /** The button's word for none ticked, "All" without. */
  none?: string
}

/** From so many values on there is a field to find one. */
const findable = 8

export function ChoiceMenu({ label, choices, chosen, onChange, onOpen, none }: ChoiceMenuProps) {
  const { t } = useTranslation()
  const [find, setFind] = useState('')
  const known = new Map(choices.map((choice) => [choice.value, choice]))
  const missing = chosen.filter((value) => !known.has(value)).map((value): Choice => ({ value }))
  const all = [...missing, ...choices]
  const nameOf = (value: string) => known.get(value)?.label ?? (value || t('noValue'))
  const listed = all.filter(({ value }) => nameOf(value).toLowerCase().includes(find.trim().toLowerCase()))
  const flip = (value: string) =>
    onChange(chosen.includes(value) ? chosen.filter((each) => each !== value) : [...chosen, value])
  return (
    <Popover position="bottom-start" width={260} trapFocus onChange={onOpen} onDismiss={() => setFind('')}>
      <Popover.Target>
        <Button
          className={styles.choice}
          data-chosen={chosen.length > 0 || undefined}
          rightSection={<IconChevronDown size={14} aria-hidden />}
        >
          <span className={styles.name}>{label}</span> <b>{chosenText(chosen.map(nameOf), none ?? t('all'))}</b>
        </Button>
      </Popover.Target>
      <Popover.Dropdown className={styles.list} aria-label={label}>
        {all.length >= findable && (
          <TextInput
            aria-label={t('findValue')}
            placeholder={t('findValue')}
            value={find}
            onChange={({ currentTarget }) => setFind(currentTarget.value)}
          />
        )}
        <ul>
          {listed.map((choice) => (
            <Row
              key={choice.value}
              choice={choice}
              name={nameOf(choice.value)}
              checked={chosen.includes(choice.value)}
              onFlip={() => flip(choice.value)}
            />
          ))}
        </ul>
        {all.length === 0 && <p className="secondary">{t('noChoices')}</p>}
        <Button size="xs" disabled={chosen.length === 0} onClick={() => onChange([])}>
          {none ?? t('all')}
        </Button>
      </Popover.Dropdown>
    </Popover>
  )
}

/** "shop", "shop, ops", "shop +2": what the button has room for. */
export function chosenText(names: readonly string[], none: string): string {
  const [first, second] = names
  if (first === undefined) return none
  if (second === undefined) return first
  return names.length === 2 && first.length + second.length <= 18
    ? `${first}, ${second}`
    : `${first} +${names.length - 1}`
}

interface RowProps {
  choice: Choice
  name: string
  checked: boolean
  onFlip: () => void
}

function Row({ choice, name, checked, onFlip }: RowProps) {
  const format = useFormat()
  const { count, shown } = choice
  return (
    <li>
      <Checkbox size="xs" checked={checked} aria-label={name} label={shown ?? name} onChange={onFlip} />
      {count !== undefined && count !== null && <span className="secondary">{format.count(count)}</span>}
    </li>
  )
}

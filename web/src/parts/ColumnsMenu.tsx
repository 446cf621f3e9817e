/** Chooses the list's columns, their order and widths: ticked ones first, moved by arrows, the rest below. */
import { ActionIcon, Button, Checkbox, NumberInput, Popover, TextInput } from '@mantine/core'
import { IconChevronDown, IconChevronUp, IconColumns } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import styles from './choice.module.css'
import { moved } from './chosenColumns'
import { narrowestColumn, useChosenWidths, widestColumn } from './columnWidths'
import { useColumnName } from './Filters'

interface ColumnsMenuProps {
  columns: readonly string[]
  /** What else there is to choose from. */
  others: readonly string[]
  onChoose: (columns: readonly string[] | null) => void
  /** An icon alone. */
  short: boolean
  /** Rows of one line, whose columns have widths. */
  widths: boolean
}

/** Where the arrow keys begin in a column without a chosen width. */
const usualStart = 160

export function ColumnsMenu({ columns, others, onChoose, short, widths }: ColumnsMenuProps) {
  const { t } = useTranslation()
  const name = useColumnName()
  const [find, setFind] = useState('')
  const rest = [...new Set(others)].filter((column) => !columns.includes(column))
  const matches = (column: string) => `${column} ${name(column)}`.toLowerCase().includes(find.trim().toLowerCase())
  const attribute = /^attr\.\S+$/.test(find.trim()) && !columns.includes(find.trim()) ? [find.trim()] : []
  return (
    <Popover position="bottom-end" width={340} trapFocus>
      <Popover.Target>
        {short ? (
          <ActionIcon aria-label={t('columns')}>
            <IconColumns size={16} aria-hidden />
          </ActionIcon>
        ) : (
          <Button leftSection={<IconColumns size={14} aria-hidden />}>{t('columns')}</Button>
        )}
      </Popover.Target>
      <Popover.Dropdown className={styles.list}>
        <TextInput
          aria-label={t('findColumn')}
          placeholder={t('findColumn')}
          value={find}
          onChange={(event) => setFind(event.currentTarget.value)}
        />
        <ul>
          {columns.filter(matches).map((column) => (
            <li key={column}>
              <Checkbox
                size="xs"
                checked
                label={name(column)}
                onChange={() => onChoose(columns.filter((each) => each !== column))}
              />
              {widths && <Width column={column} />}
              <ActionIcon
                variant="subtle"
                size={24}
                disabled={columns[0] === column}
                aria-label={t('columnEarlier', { name: name(column) })}
                onClick={() => onChoose(moved(columns, column, -1))}
              >
                <IconChevronUp size={14} aria-hidden />
              </ActionIcon>
              <ActionIcon
                variant="subtle"
                size={24}
                disabled={columns.at(-1) === column}
                aria-label={t('columnLater', { name: name(column) })}
                onClick={() => onChoose(moved(columns, column, 1))}
              >
                <IconChevronDown size={14} aria-hidden />
              </ActionIcon>
            </li>
          ))}
          {[...attribute, ...rest.filter(matches)].map((column) => (
            <li key={column}>
              <Checkbox
                size="xs"
                checked={false}
                label={name(column)}
                onChange={() => {
                  setFind('')
                  onChoose([...columns, column])
                }}
              />
            </li>
          ))}
        </ul>
        <Button size="xs" onClick={() => onChoose(null)}>
          {t('usualColumns')}
        </Button>
      </Popover.Dropdown>
    </Popover>
  )
}

/** A column's width in pixels, for those who do not drag its edge; empty, it is that of its values. */
function Width({ column }: { column: string }) {
  const { t } = useTranslation()
  const name = useColumnName()
  const { chosen, resize } = useChosenWidths()
  const [typed, setTyped] = useState<string | number>(chosen[column] ?? '')
  const change = (value: string | number) => {
    setTyped(value)
    if (value === '') resize(column, null)
    // Half typed it would be the least width for a moment.
    else if (Number(value) >= narrowestColumn) resize(column, Number(value))
  }
  return (
    <NumberInput
      size="xs"
      w={72}
      classNames={{ input: styles.width }}
      hideControls
      allowDecimal={false}
      min={narrowestColumn}
      max={widestColumn}
      step={16}
      startValue={usualStart}
      suffix=" px"
      placeholder={t('ownWidth')}
      aria-label={t('columnWidth', { name: name(column) })}
      value={typed}
      onChange={change}
    />
  )
}

/** One menu for all that leaves as a file, and the way a text or picture becomes a download. */
import { ActionIcon, Menu } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type english from '~/i18n/en/common.json'

export type ExportKind = keyof typeof english.exportAs

interface ExportMenuProps {
  /** What is offered; each is made when it is chosen. */
  kinds: readonly { kind: ExportKind; save: () => void | Promise<void> }[]
}

export function ExportMenu({ kinds }: ExportMenuProps) {
  const { t } = useTranslation()
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon aria-label={t('export')}>
          <IconDownload size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {kinds.map(({ kind, save }) => (
          <Menu.Item key={kind} onClick={() => void save()}>
            {t(`exportAs.${kind}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

/** Hands a file to the browser's downloads. */
export function download(name: string, content: Blob | string, type = 'text/plain'): void {
  const url = URL.createObjectURL(typeof content === 'string' ? new Blob([content], { type }) : content)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

/** Rows as CSV after RFC 4180. */
export function csv(rows: readonly (readonly (string | number | null | undefined)[])[]): string {
  const cell = (value: string | number | null | undefined) => {
    const text = value === null || value === undefined ? '' : String(value)
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('')
}

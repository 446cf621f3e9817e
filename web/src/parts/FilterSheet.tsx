/** Filters beside each other in the page's bar; on the phone behind one button with their count, in a sheet. */
import { Button, Drawer } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { IconFilter } from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import styles from './choice.module.css'

interface FilterSheetProps {
  /** How many filters are set. */
  count: number
  children: ReactNode
}

export function FilterSheet({ count, children }: FilterSheetProps) {
  const { t } = useTranslation()
  const [opened, setOpened] = useState(false)
  const phone = useMediaQuery('(max-width: 719px)', false, { getInitialValueInEffect: false })
  if (!phone) return children
  return (
    <>
      <Button
        className={styles.sheetButton}
        data-chosen={count > 0 || undefined}
        leftSection={<IconFilter size={14} aria-hidden />}
        onClick={() => setOpened(true)}
      >
        {t('filters')} {count > 0 && <b>{count}</b>}
      </Button>
      <Drawer
        opened={opened}
        onClose={() => setOpened(false)}
        position="bottom"
        size="75%"
        title={t('filters')}
        closeButtonProps={{ 'aria-label': t('close') }}
      >
        <div className={styles.sheet}>{children}</div>
      </Drawer>
    </>
  )
}

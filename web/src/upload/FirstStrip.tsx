/** The first screen on pages that have something to show even so: one line, with the same two ways in. */
import { Button } from '@mantine/core'
import { IconFileUpload } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { useMay } from '~/access/session'
import { DropTarget, useFileChoice } from './DropTarget'
import styles from './upload.module.css'

interface FirstStripProps {
  /** Whether the page has no place of its own to drop files on. */
  drop: boolean
}

export default function FirstStrip({ drop }: FirstStripProps) {
  const { t } = useTranslation('first')
  const may = useMay()
  const { input, choose } = useFileChoice()
  return (
    <div className={styles.strip} role="status">
      {drop && <DropTarget />}
      <IconFileUpload size={16} aria-hidden />
      {t('strip')}
      {input}
      <Button size="xs" onClick={choose} {...may('admin')}>
        {t('choose')}
      </Button>
    </div>
  )
}

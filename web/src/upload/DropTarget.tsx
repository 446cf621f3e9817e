/**
 * The page as a place to drop log files on, and the button that chooses one. Either way the files wait until each has
 * been looked at and handed over, in the shell's dialog.
 */
import { IconFileDownload } from '@tabler/icons-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import styles from './upload.module.css'
import { takeFiles } from './waiting'

const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false

/** Once on a page: hears drags anywhere on it. */
export function DropTarget() {
  const { t } = useTranslation('first')
  const [over, setOver] = useState(false)
  useEffect(() => {
    // Entering a child comes before leaving its parent: the page is left when as many were left as entered.
    let depth = 0
    const enter = (event: DragEvent) => {
      if (!hasFiles(event)) return
      event.preventDefault()
      depth += 1
      setOver(true)
    }
    const leave = (event: DragEvent) => {
      if (!hasFiles(event)) return
      depth = Math.max(0, depth - 1)
      if (depth === 0) setOver(false)
    }
    const hold = (event: DragEvent) => {
      if (hasFiles(event)) event.preventDefault()
    }
    const drop = (event: DragEvent) => {
      if (!hasFiles(event)) return
      event.preventDefault()
      depth = 0
      setOver(false)
      takeFiles(event.dataTransfer?.files ?? [])
    }
    const heard = { dragenter: enter, dragleave: leave, dragover: hold, drop }
    for (const [name, handler] of Object.entries(heard)) document.addEventListener(name, handler as EventListener)
    return () => {
      for (const [name, handler] of Object.entries(heard)) document.removeEventListener(name, handler as EventListener)
    }
  }, [])
  if (!over) return null
  return (
    <div className={styles.over} aria-hidden>
      <span>
        <IconFileDownload size={32} stroke={1.5} />
        {t('drop')}
      </span>
    </div>
  )
}

/** An unseen field for files and what opens it; the page also needs a `DropTarget`. */
export function useFileChoice(): { input: ReactNode; choose: () => void } {
  const { t } = useTranslation('first')
  const field = useRef<HTMLInputElement>(null)
  return {
    input: (
      <input
        ref={field}
        type="file"
        multiple
        hidden
        aria-label={t('choose')}
        onChange={(event) => {
          takeFiles(event.currentTarget.files ?? [])
          event.currentTarget.value = ''
        }}
      />
    ),
    choose: () => field.current?.click(),
  }
}

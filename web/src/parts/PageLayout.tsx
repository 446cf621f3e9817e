/**
 * The frame of a page under the top bar: filter bar, content, and a drawer that stands beside the content from 1180 px,
 * over it below, and as a bottom sheet on the phone. The drawer's width is dragged or moved by arrow keys, and kept.
 */
import { ActionIcon } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import { IconX } from '@tabler/icons-react'
import { type CSSProperties, type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useKeys } from '~/app/keys'
import { Boundary } from './Messages'
import styles from './parts.module.css'

interface PageLayoutProps {
  /** The 48 px row of filters and views. */
  filterBar?: ReactNode
  children: ReactNode
  /** What is selected; nothing closes the drawer. */
  drawer?: DrawerContent | null
}

export interface DrawerContent {
  /** Names the drawer for screen readers. */
  label: string
  /** The first line, beside the closing cross. */
  head?: ReactNode
  children: ReactNode
  onClose: () => void
}

export function PageLayout({ filterBar, children, drawer }: PageLayoutProps) {
  const [width, setWidth] = useLocalStorage({ key: 'magpie.drawer', defaultValue: 360, getInitialValueInEffect: false })
  const resize = (to: number) => setWidth(Math.round(Math.min(widest, Math.max(narrowest, to))))
  // Told to the content as well: what must not lie below the drawer can keep out of its way.
  const room = { '--drawer': `${width}px` } as CSSProperties
  return (
    <div className={styles.page} style={room}>
      <div className={styles.column}>
        {filterBar && <div className={styles.filterbar}>{filterBar}</div>}
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
        <div className={styles.content} tabIndex={0}>
          <Boundary>{children}</Boundary>
        </div>
      </div>
      {drawer && <Drawer {...drawer} width={width} resize={resize} />}
    </div>
  )
}

const narrowest = 320
const widest = 640

interface DrawerProps extends DrawerContent {
  width: number
  resize: (to: number) => void
}

function Drawer({ label, head, children, onClose, width, resize }: DrawerProps) {
  const { t } = useTranslation()
  const [full, setFull] = useState(false)
  useKeys({ Escape: onClose })
  return (
    <aside className={styles.drawer} style={{ width }} data-full={full} aria-label={label}>
      {/* biome-ignore lint/a11y/useSemanticElements: a separator that moves is no <hr> */}
      <div
        className={styles.handle}
        role="separator"
        aria-orientation="vertical"
        aria-label={t('resize')}
        aria-valuenow={width}
        aria-valuemin={narrowest}
        aria-valuemax={widest}
        tabIndex={0}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={(event) => {
          if (event.currentTarget.hasPointerCapture(event.pointerId)) resize(window.innerWidth - event.clientX)
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowLeft') resize(width + 16)
          if (event.key === 'ArrowRight') resize(width - 16)
        }}
      />
      <button
        type="button"
        className={styles.grip}
        aria-label={full ? t('sheetHalf') : t('sheetFull')}
        onClick={() => setFull(!full)}
      />
      <div className={styles.drawerHead}>
        {head}
        <ActionIcon variant="subtle" aria-label={t('close')} onClick={onClose}>
          <IconX size={16} />
        </ActionIcon>
      </div>
      <div className={styles.drawerBody}>
        <Boundary>{children}</Boundary>
      </div>
    </aside>
  )
}

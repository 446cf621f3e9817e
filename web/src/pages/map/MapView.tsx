/** The picture with what floats on it: hover's explanation, zoom, and the walk for the keyboard; or why it is empty. */
import { ActionIcon, Button, Tooltip } from '@mantine/core'
import { IconMaximize, IconMinus, IconPlus, IconRefreshDot } from '@tabler/icons-react'
import { type ReactNode, type RefObject, useCallback, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNewest } from '~/api/useNewest'
import { Empty, EmptyRange, ErrorPanel } from '~/parts/Messages'
import { Skeleton } from '~/parts/Panel'
import { rememberCamera } from './camera'
import type { Hit, Stage } from './draw/Stage'
import { HoverCard } from './HoverCard'
import type { Point } from './layout/types'
import type { Change } from './MapBar'
import { MapCanvas } from './MapCanvas'
import styles from './map.module.css'
import type { View } from './model/view'
import type { MapSearch } from './search'
import type { MapData } from './useMapData'
import type { Picture } from './usePicture'
import { Walk, type WalkItem } from './Walk'

interface MapViewProps {
  data: MapData
  view: View | null
  picture: Picture
  search: MapSearch
  change: Change
  phone: boolean
  selected: string | null
  stage: RefObject<Stage | null>
  onStage: (stage: Stage | null) => void
  onHiddenLabels: (count: number) => void
  onHold: (held: boolean) => void
  onSelect: (hit: Hit) => void
  onEnter: (hit: Hit) => void
  onWalk: (item: WalkItem) => void
}

const idOf = (hit: Hit) => (hit?.kind === 'card' ? hit.shape.card.id : hit?.kind === 'line' ? hit.line.link.id : null)

export function MapView(props: MapViewProps) {
  const { data, view, picture, search, change, selected, stage } = props
  const { t } = useTranslation('map')
  const [hover, setHover] = useState<{ hit: Hit; at: Point }>({ hit: null, at: { x: 0, y: 0 } })
  const [focused, setFocused] = useState<string | null>(null)
  const hovered = idOf(hover.hit)
  const marks = useMemo(() => ({ selected, hovered, focused }), [selected, hovered, focused])
  const onHover = useCallback(
    (hit: Hit, at: Point) => setHover((before) => (idOf(before.hit) === null && hit === null ? before : { hit, at })),
    [],
  )
  const onFocus = useCallback(
    (item: WalkItem | null) => {
      setFocused(item?.id ?? null)
      const scene = stage.current?.scene
      const card = scene?.cards.find((shape) => shape.card.id === item?.id)
      const line = scene?.lines.find((shape) => shape.link.id === item?.id)
      const rect = card ?? line?.bounds
      if (rect) stage.current?.reveal(rect)
    },
    [stage],
  )
  const redo = () => {
    rememberCamera(picture.place, null)
    picture.redo()
  }
  const { reading } = data
  if (!reading.data) return reading.error ? <ErrorPanel error={reading.error} onRetry={reading.retry} /> : <Skeleton />
  if (view && view.links.length === 0)
    return (
      <div className={styles.nothing}>
        <Nothing {...{ view, search, change }} />
      </div>
    )
  return (
    <div className={styles.view}>
      {picture.scene && (
        <>
          <MapCanvas
            scene={picture.scene}
            look={picture.look}
            marks={marks}
            fresh={picture.fresh}
            place={picture.place}
            onStage={props.onStage}
            onHover={onHover}
            onSelect={props.onSelect}
            onEnter={props.onEnter}
            onHiddenLabels={props.onHiddenLabels}
            onHold={props.onHold}
          />
          <Walk
            scene={picture.scene}
            wording={picture.wording}
            selected={selected}
            onFocus={onFocus}
            onSelect={props.onWalk}
          />
          {!props.phone && (
            <HoverCard
              hit={hovered === selected ? null : hover.hit}
              at={hover.at}
              wording={picture.wording}
              scene={picture.scene}
            />
          )}
        </>
      )}
      <section className={styles.zoom} aria-label={t('zoom')}>
        <ZoomButton label={t('zoomIn')} onClick={() => stage.current?.zoomBy(1.25)}>
          <IconPlus size={15} />
        </ZoomButton>
        <ZoomButton label={t('zoomOut')} onClick={() => stage.current?.zoomBy(0.8)}>
          <IconMinus size={15} />
        </ZoomButton>
        <ZoomButton label={t('fit')} onClick={() => stage.current?.fit()}>
          <IconMaximize size={15} />
        </ZoomButton>
        <ZoomButton label={t('tidy')} onClick={redo}>
          <IconRefreshDot size={15} />
        </ZoomButton>
      </section>
    </div>
  )
}

function ZoomButton({ label, onClick, children }: { label: string; onClick: () => void; children: ReactNode }) {
  return (
    <Tooltip label={label} position="left">
      <ActionIcon aria-label={label} onClick={onClick}>
        {children}
      </ActionIcon>
    </Tooltip>
  )
}

/** Empty says why, and names what to drop. */
function Nothing({ view, search, change }: { view: View; search: MapSearch; change: Change }) {
  const { t } = useTranslation('map')
  const newest = useNewest()
  if (view.hidden.filtered > 0) {
    return (
      <Empty
        title={t('noMatch')}
        hint={search.find ? t('noMatchHint', { find: search.find }) : t('noTierHint')}
        action={
          <Button onClick={() => change({ find: undefined, hide: undefined, tier: undefined })}>
            {t('dropFilters')}
          </Button>
        }
      />
    )
  }
  if (view.hidden.idle > 0)
    return (
      <Empty title={t('allIdle')} action={<Button onClick={() => change({ idle: true })}>{t('showIdle')}</Button>} />
    )
  return <EmptyRange title={t('empty')} newest={newest} />
}

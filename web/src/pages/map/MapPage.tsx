/**
 * The map: who calls whom, what is broken and where it starts. This file holds the page's state, which is the URL, and
 * joins data, picture, list, ribbon and panel; each of these is elsewhere.
 */
import { useMediaQuery } from '@mantine/hooks'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useKeys } from '~/app/keys'
import { PageLayout } from '~/parts/PageLayout'
import { LoadingBar } from '~/parts/Panel'
import { useClock } from '~/time/clock'
import { secondsWithData } from '~/time/range'
import { useRange } from '~/time/useRange'
import { type Hit, roomIn, type Stage } from './draw/Stage'
import { MapBar } from './MapBar'
import { MapList } from './MapList'
import { MapStatus } from './MapStatus'
import { MapView } from './MapView'
import styles from './map.module.css'
import { parseExpression } from './model/expression'
import type { MapEdge } from './model/graph'
import { parseChoice } from './model/labels'
import { cardId, type Link } from './model/view'
import { Ribbon } from './Ribbon'
import type { MapSearch } from './search'
import { useDrawer } from './useDrawer'
import { useExports } from './useExports'
import { useMapData } from './useMapData'
import { usePicture } from './usePicture'
import { usePace, useReplay } from './useReplay'
import { useView } from './useView'

export function MapPage() {
  const search = useSearch({ from: '/map' })
  const navigate = useNavigate({ from: '/map' })
  const { from, to } = useRange()
  const { dataSince } = useClock()
  const phone = useMediaQuery('(max-width: 719px)', false, { getInitialValueInEffect: false })
  const change = useCallback(
    (part: Partial<MapSearch>, { replace = false }: { replace?: boolean } = {}) =>
      void navigate({ search: (before) => ({ ...before, ...part }), replace }),
    [navigate],
  )

  const replay = useReplay()
  const [held, setHeld] = useState(false)
  const data = useMapData(search, replay.frame, held)
  usePace(replay, data.arrived)
  const { graph, fields, comparing } = data

  const expression = useMemo(
    () => (graph && search.find ? parseExpression(search.find, graph, fields) : null),
    [graph, fields, search.find],
  )
  const shown = useView({ search, graph, expression, phone, replaying: replay.frame !== null })
  const { view, focus, edge, link, card } = shown
  const choice = useMemo(() => parseChoice(search.label), [search.label])
  const mode = !phone && search.view === 'free' ? 'free' : 'tree'
  const seconds = secondsWithData(replay.frame ?? { from, to }, dataSince)
  const { area, room } = useRoom()
  const picture = usePicture({
    view,
    name: [search.by ?? data.reading.data?.monitor, focus, search.hosts, ...(search.turned ?? [])].join('|'),
    mode,
    direction: phone ? 'down' : 'right',
    choice,
    fields,
    comparing,
    sparse: phone,
    seconds,
    window: room,
    match: expression && !search.hide ? expression.test : null,
  })

  const stage = useRef<Stage | null>(null)
  const finder = useRef<HTMLInputElement>(null)
  const [hiddenLabels, setHiddenLabels] = useState(0)
  const selectEdge = useCallback((each: MapEdge) => change({ edge: each.id, node: undefined }), [change])
  const selectLink = useCallback(
    (each: Link) => change({ edge: each.edges.length === 1 ? each.edges[0]?.id : each.id, node: undefined }),
    [change],
  )
  const selectCard = useCallback((id: string) => change({ node: id, edge: undefined }), [change])
  const enter = useCallback(
    (id: string | undefined) => change({ focus: id, edge: undefined, node: undefined }),
    [change],
  )
  const close = useCallback(
    // An edge that was found, and not chosen, would be found again: what finds it goes too.
    () => change({ edge: undefined, node: undefined, ...(shown.found ? { find: undefined } : {}) }),
    [change, shown.found],
  )
  const onSelect = useCallback(
    (hit: Hit) => {
      if (hit?.kind === 'line') selectLink(hit.line.link)
      else if (hit?.kind === 'card') selectCard(hit.shape.card.id)
      else close()
    },
    [selectLink, selectCard, close],
  )
  const enterNode = useCallback(
    (id: string) => {
      const node = graph?.nodes.get(id)
      if (node) enter(cardId(node))
    },
    [graph, enter],
  )

  useKeys({
    f: () => finder.current?.focus(),
    '1': () => change({ view: undefined }),
    '2': () => change({ view: 'free' }),
    '+': () => stage.current?.zoomBy(1.25),
    '=': () => stage.current?.zoomBy(1.25),
    '-': () => stage.current?.zoomBy(0.8),
    '0': () => stage.current?.fit(),
    Escape: () => (replay.frame ? replay.stop() : search.focus ? enter(undefined) : close()),
  })

  const exports = useExports({
    stage,
    view,
    graph,
    choice,
    wording: picture.wording,
    name: data.reading.data?.monitor ?? 'map',
  })
  const drawer = useDrawer({
    edge,
    link,
    card,
    graph,
    view,
    data,
    wording: picture.wording,
    seconds,
    search,
    focus,
    change,
    unfold: shown.unfold,
    opened: shown.opened,
    enter,
    enterNode,
    selectEdge,
    close,
  })
  const list = search.view === 'list'
  const { t } = useTranslation('map')

  return (
    <PageLayout
      filterBar={<MapBar {...{ search, change, data, finder, exports, phone }} mistakes={expression?.mistakes ?? []} />}
      drawer={drawer}
    >
      <section
        ref={area}
        className={styles.map}
        aria-label={t('graph')}
        data-list={list}
        data-drawer={drawer !== null}
        aria-busy={data.reading.busy}
      >
        <LoadingBar on={data.reading.busy || picture.busy} />
        <MapStatus
          {...{ search, change, data, view, focus, comparing, phone }}
          focusName={view?.cards.find(({ id }) => id === focus)?.name ?? focus?.replace(/^(module|host)\//, '') ?? ''}
          found={expression ? (view?.links.flatMap((each) => each.edges).filter(expression.test).length ?? 0) : null}
          hiddenLabels={list ? 0 : hiddenLabels}
          busy={picture.busy}
          onLeave={() => enter(phone ? '*' : undefined)}
        />
        {list && view && graph ? (
          <MapList
            {...{ view, graph, comparing }}
            wording={picture.wording}
            selected={edge?.id ?? null}
            onSelect={selectEdge}
          />
        ) : (
          <MapView
            {...{ data, view, picture, search, change, phone }}
            selected={link?.id ?? card?.id ?? null}
            onStage={(made) => {
              stage.current = made
            }}
            stage={stage}
            onHiddenLabels={setHiddenLabels}
            onHold={setHeld}
            onSelect={onSelect}
            onEnter={(hit) => {
              if (hit?.kind === 'card') enter(hit.shape.card.id)
            }}
            onWalk={(item) => (item.kind === 'card' ? selectCard(item.id) : selectLink(item.link))}
          />
        )}
        <Ribbon data={data} replay={replay} />
      </section>
    </PageLayout>
  )
}

/** What stands above and below the picture: the line that tells what is shown, and the ribbon. */
const aroundPicture = 136

/** What a picture has for itself, asked when it is laid out; null where nothing is measured. */
function useRoom() {
  const area = useRef<HTMLElement>(null)
  const room = useCallback(() => {
    const { width = 0, height = 0 } = area.current?.getBoundingClientRect() ?? {}
    return width > 0 ? roomIn({ width, height: height - aroundPicture }) : null
  }, [])
  return { area, room }
}

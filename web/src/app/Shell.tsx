/** The frame of every page: navigation left, top bar, the strip when Magpie does not answer, and the page's keys. */
import { Burger, Drawer } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { Link, Outlet, useMatches, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '~/api/useApi'
import { DemoStrip } from '~/demo/DemoStrip'
import { Boundary } from '~/parts/Messages'
import { shortJob, splitFlow } from '~/runs/names'
import { refresh, setBucket, setDataSince, setLive, useClock, useTicking } from '~/time/clock'
import { RefreshMenu } from '~/time/RefreshMenu'
import { parseSpan, shifted } from '~/time/range'
import { TimePicker } from '~/time/TimePicker'
import { useRange } from '~/time/useRange'
import { UploadHost } from '~/upload/UploadHost'
import { useNothingRead } from '~/upload/useNothingRead'
import { AlertCounts, useAlertCounts } from './AlertCounts'
import { KeyList } from './KeyList'
import { useKeys } from './keys'
import { LostStrip } from './LostStrip'
import { Navigation } from './Navigation'
import { pages } from './pages'
import { SearchBox } from './SearchBox'
import styles from './shell.module.css'

const FirstScreen = lazy(() => import('~/upload/FirstScreen'))
const FirstStrip = lazy(() => import('~/upload/FirstStrip'))
/** Pages that have something to show before the first line was read. */
const earlyPages: readonly (string | undefined)[] = [
  '/sources',
  '/health',
  '/monitors',
  '/overview',
  '/runs',
  '/runs/$job',
  '/schedules',
  '/flows',
  '/flows/$flow',
]

export function Shell() {
  const { t } = useTranslation('shell')
  const [menu, setMenu] = useState(false)
  const [keyList, setKeyList] = useState(false)
  const [picking, setPicking] = useState(false)
  const [searching, setSearching] = useState(false)
  const phone = useMediaQuery('(max-width: 719px)', false, { getInitialValueInEffect: false })
  const path = useMatches({ select: (matches) => matches.at(-1)?.fullPath })
  const { under, timeless = false } = useMatches({ select: (matches) => matches.at(-1)?.staticData ?? {} })
  const inner = useMatches({ select: (matches) => nameOf(matches.at(-1)) })
  const page = pages.find((each) => each.path === (under ?? path))
  const counts = useAlertCounts()
  const nothingRead = useNothingRead()
  const early = earlyPages.includes(path)

  useTicking()
  useServerBucket()
  useServerData()
  useShellKeys({
    list: () => setKeyList(true),
    range: timeless ? null : () => setPicking(true),
    search: () => setSearching(true),
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: the menu closes whenever a page opens
  useEffect(() => setMenu(false), [path])
  const title = inner ?? (page ? t(`page.${page.name}`) : t('notFound.title'))
  useEffect(() => {
    document.title = `${counts.firing > 0 ? `(${counts.firing}) ` : ''}${title} · Magpie`
  }, [title, counts.firing])

  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#content">
        {t('skip')}
      </a>
      {!phone && <Navigation firing={counts.firing} onKeys={() => setKeyList(true)} />}
      <div className={styles.main}>
        <header className={styles.top}>
          {phone && <Burger size="sm" opened={menu} onClick={() => setMenu(!menu)} aria-label={t('menu')} />}
          {inner && page && !phone && (
            <span className={styles.under}>
              <Link to={page.path}>{t(`page.${page.name}`)}</Link> /
            </span>
          )}
          <h1 className={styles.title}>{title}</h1>
          <AlertCounts {...counts} short={phone} />
          <div className={styles.tools}>
            <SearchBox opened={searching} onOpen={setSearching} short={phone} />
            {!timeless && <TimePicker opened={picking} onOpen={setPicking} short={phone} />}
            {!phone && <RefreshMenu />}
          </div>
        </header>
        <LostStrip />
        <DemoStrip />
        {nothingRead && early && (
          <Suspense fallback={null}>
            <FirstStrip drop={path !== '/sources'} />
          </Suspense>
        )}
        <main id="content" className={styles.content} tabIndex={-1}>
          <Boundary key={path}>
            {nothingRead && !early ? (
              <Suspense fallback={null}>
                <FirstScreen />
              </Suspense>
            ) : (
              <Outlet />
            )}
          </Boundary>
        </main>
      </div>
      {phone && (
        <Drawer opened={menu} onClose={() => setMenu(false)} size={264} title={t('product')} padding={0}>
          <div className={styles.menuTools}>
            <RefreshMenu />
          </div>
          <Navigation firing={counts.firing} onKeys={() => setKeyList(true)} inMenu />
        </Drawer>
      )}
      <UploadHost />
      <KeyList opened={keyList} onClose={() => setKeyList(false)} />
    </div>
  )
}

/** What a page about one thing is called: the flow without its namespace, the run by the end of its job id. */
function nameOf(match: { staticData: { named?: 'job' | 'flow' }; params: object } | undefined): string | null {
  const { job, flow } = (match?.params ?? {}) as { job?: string; flow?: string }
  if (match?.staticData.named === 'flow' && flow) return splitFlow(flow).name
  return match?.staticData.named === 'job' && job ? `…${shortJob(job)}` : null
}

/** The server's bucket decides which steps charts may have. */
function useServerBucket() {
  const { data } = useApi('/api/v1/monitors', { still: true })
  const bucket = data ? parseSpan(data.bucket) : null
  useEffect(() => {
    if (bucket) setBucket(bucket / 1000)
  }, [bucket])
}

/** The longest of the pages' default ranges. */
const longestDefault = 86_400_000

/** Of a young store the default ranges begin where its data do; of an older one it need not be asked. */
function useServerData() {
  const { now, dataSince } = useClock()
  const { data } = useApi('/api/v1/health', { enabled: dataSince === null || now - dataSince < longestDefault })
  const oldest = data?.oldest
  useEffect(() => {
    if (oldest !== undefined) setDataSince(oldest === null ? null : Date.parse(oldest))
  }, [oldest])
}

interface Opens {
  list: () => void
  /** None on a page that follows no range. */
  range: (() => void) | null
  search: () => void
}

function useShellKeys({ list, range, search }: Opens) {
  const navigate = useNavigate()
  const span = useRange()
  const { live } = useClock()
  useKeys({
    '/': search,
    '?': list,
    ...(range && {
      t: range,
      '[': () => span.setRange(shifted(span, -1)),
      ']': () => span.setRange(shifted(span, 1)),
    }),
    R: refresh,
    L: () => setLive(!live),
    ...Object.fromEntries(pages.map((page) => [`g ${page.key}`, () => void navigate({ to: page.path })])),
  })
}

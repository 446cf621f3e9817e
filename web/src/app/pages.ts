/**
 * The pages as the navigation shows them, and the key that `g` is followed by. A page is added here, in `router.tsx`,
 * and with a namespace of its own in `i18n/`.
 */
import {
  IconActivity,
  IconBell,
  IconCalendarClock,
  IconChartLine,
  IconDatabase,
  IconFileText,
  IconGauge,
  IconLayoutGrid,
  IconList,
  IconRoute,
  IconSitemap,
  type TablerIcon,
} from '@tabler/icons-react'

export interface Page {
  name:
    | 'map'
    | 'explore'
    | 'alerts'
    | 'records'
    | 'overview'
    | 'runs'
    | 'schedules'
    | 'flows'
    | 'monitors'
    | 'sources'
    | 'health'
  path:
    | '/map'
    | '/explore'
    | '/alerts'
    | '/records'
    | '/overview'
    | '/runs'
    | '/schedules'
    | '/flows'
    | '/monitors'
    | '/sources'
    | '/health'
  icon: TablerIcon
  /** Pressed after `g`. */
  key: string
}

export interface Section {
  name: 'interactions' | 'runs' | 'system'
  pages: readonly Page[]
}

/** A section without pages is not shown. */
export const sections: readonly Section[] = [
  {
    name: 'interactions',
    pages: [
      { name: 'map', path: '/map', icon: IconSitemap, key: 'm' },
      { name: 'explore', path: '/explore', icon: IconChartLine, key: 'e' },
      { name: 'alerts', path: '/alerts', icon: IconBell, key: 'a' },
      { name: 'records', path: '/records', icon: IconList, key: 'r' },
    ],
  },
  {
    name: 'runs',
    pages: [
      { name: 'overview', path: '/overview', icon: IconLayoutGrid, key: 'o' },
      { name: 'runs', path: '/runs', icon: IconFileText, key: 'l' },
      { name: 'schedules', path: '/schedules', icon: IconCalendarClock, key: 's' },
      { name: 'flows', path: '/flows', icon: IconRoute, key: 'f' },
    ],
  },
  {
    name: 'system',
    pages: [
      { name: 'monitors', path: '/monitors', icon: IconGauge, key: 'i' },
      { name: 'sources', path: '/sources', icon: IconDatabase, key: 'u' },
      { name: 'health', path: '/health', icon: IconActivity, key: 'h' },
    ],
  },
]

export const pages: readonly Page[] = sections.flatMap((section) => section.pages)

/** What the map keeps in the URL: the picture, what is looked for, what is selected. Not pan and zoom. */
import { oneOf, present, text, texts } from '../searching'

export interface MapSearch {
  monitor?: string
  /** Any set of columns instead of a monitor's; one text with commas. */
  by?: string
  /** The selected edge or card. */
  edge?: string
  node?: string
  /** The card whose neighbourhood is shown alone. */
  focus?: string
  /** What is looked for; with `hide` the rest is hidden. */
  find?: string
  hide?: true
  /** What labels tell: thresholds without. */
  label?: string
  /** Tree without; `list` is the table. */
  view?: 'free' | 'list'
  idle?: true
  tier?: 'front' | 'back'
  /** Modules whose hosts are shown: as fits without. */
  hosts?: 'all' | 'none'
  /** Modules that differ from that. */
  turned?: string[]
  /** How far back the range lies that this one is compared with, or its first and last moment with `..` between. */
  compare?: string
}

export const mapSearch = (search: Record<string, unknown>): MapSearch =>
  present({
    monitor: text(search.monitor),
    by: text(search.by),
    edge: text(search.edge),
    node: text(search.node),
    focus: text(search.focus),
    find: text(search.find),
    hide: search.hide === true ? true : undefined,
    label: text(search.label),
    view: oneOf('free', 'list')(search.view),
    idle: search.idle === true ? true : undefined,
    tier: oneOf('front', 'back')(search.tier),
    hosts: oneOf('all', 'none')(search.hosts),
    turned: texts(search.turned),
    compare: text(search.compare),
  })

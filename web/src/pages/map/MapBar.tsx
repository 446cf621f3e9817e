/** The map's row of choices: which graph, what its labels tell, what is looked for, how it is laid out, what it leaves out. */
import { ActionIcon, Button, Checkbox, Menu, Popover, SegmentedControl, TextInput, Tooltip } from '@mantine/core'
import { IconAdjustmentsHorizontal, IconChevronDown, IconEyeOff, IconSearch, IconX } from '@tabler/icons-react'
import { type RefObject, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type ExportKind, ExportMenu } from '~/parts/ExportMenu'
import { useColumnName } from '~/parts/Filters'
import { CompareMenu } from './CompareMenu'
import styles from './map.module.css'
import type { Mistake } from './model/expression'
import { fieldName } from './model/labels'
import type { MapSearch } from './search'
import type { MapData } from './useMapData'

export type Change = (part: Partial<MapSearch>, how?: { replace?: boolean }) => void

interface MapBarProps {
  search: MapSearch
  change: Change
  data: MapData
  mistakes: readonly Mistake[]
  finder: RefObject<HTMLInputElement | null>
  exports: readonly { kind: ExportKind; save: () => void | Promise<void> }[]
  phone: boolean
}

export function MapBar({ search, change, data, mistakes, finder, exports, phone }: MapBarProps) {
  const { t } = useTranslation('map')
  const view = (
    <SegmentedControl
      aria-label={t('layout')}
      value={search.view === 'list' ? 'list' : phone ? 'tree' : (search.view ?? 'tree')}
      onChange={(value) => change({ view: value === 'tree' ? undefined : (value as 'free' | 'list') })}
      data={
        phone
          ? [
              { value: 'tree', label: t('mapWord') },
              { value: 'list', label: t('list') },
            ]
          : [
              { value: 'tree', label: t('tree') },
              { value: 'free', label: t('free') },
              { value: 'list', label: t('list') },
            ]
      }
    />
  )
  if (phone) {
    return (
      <>
        <MonitorMenu {...{ search, change, data }} grow />
        {view}
        <Popover position="bottom-end" width={320} trapFocus>
          <Popover.Target>
            <ActionIcon aria-label={t('options')}>
              <IconAdjustmentsHorizontal size={16} />
            </ActionIcon>
          </Popover.Target>
          <Popover.Dropdown>
            <div className={styles.sheet}>
              <Finder {...{ search, change, mistakes, finder }} />
              <LabelMenu {...{ search, change, data }} />
              <Options {...{ search, change }} />
              <div className={styles.sheetRow}>
                <CompareMenu search={search} change={change} />
                <ExportMenu kinds={exports} />
              </div>
            </div>
          </Popover.Dropdown>
        </Popover>
      </>
    )
  }
  return (
    <>
      <MonitorMenu {...{ search, change, data }} />
      <LabelMenu {...{ search, change, data }} />
      <Finder {...{ search, change, mistakes, finder }} />
      {view}
      <Popover position="bottom-end" width={260}>
        <Popover.Target>
          <Tooltip label={t('options')}>
            <ActionIcon
              aria-label={t('options')}
              data-active={Boolean(search.idle || search.tier || search.hosts || search.turned)}
            >
              <IconAdjustmentsHorizontal size={16} />
            </ActionIcon>
          </Tooltip>
        </Popover.Target>
        <Popover.Dropdown>
          <Options {...{ search, change }} />
        </Popover.Dropdown>
      </Popover>
      <CompareMenu search={search} change={change} />
      <ExportMenu kinds={exports} />
    </>
  )
}

const dimensions = ['source', 'source_module', 'service', 'target', 'target_module'] as const
/** What belongs to one graph and means nothing in another. */
const ownToGraph = { edge: undefined, node: undefined, focus: undefined, label: undefined, turned: undefined } as const

function MonitorMenu({
  search,
  change,
  data,
  grow = false,
}: Pick<MapBarProps, 'search' | 'change' | 'data'> & { grow?: boolean }) {
  const { t } = useTranslation('map')
  const name = useColumnName()
  const by = search.by?.split(',') ?? []
  const present = search.by ? by.map(name).join(' · ') : (search.monitor ?? data.monitor?.name ?? '…')
  return (
    <Menu position="bottom-start" width={280}>
      <Menu.Target>
        <Button className={grow ? styles.grow : styles.menu} rightSection={<IconChevronDown size={14} />}>
          <span className={styles.menuName}>{t('monitor')} </span>
          <span className="cut">{present}</span>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('monitors')}</Menu.Label>
        {data.monitors.map((monitor) => (
          <Menu.RadioItem
            key={monitor.name}
            value={monitor.name}
            closeMenuOnClick
            checked={!search.by && monitor.name === data.monitor?.name}
            onChange={() => change({ monitor: monitor.name, by: undefined, ...ownToGraph })}
          >
            <span className={styles.choice}>
              <b>{monitor.name} </b>
              <span className="secondary cut">{monitor.by.map(name).join(' · ')}</span>
            </span>
          </Menu.RadioItem>
        ))}
        <Menu.Divider />
        <Menu.Label>{t('anyColumns')}</Menu.Label>
        {dimensions.map((column) => {
          const on = by.includes(column)
          const next = dimensions.filter((each) => (each === column ? !on : by.includes(each)))
          return (
            <Menu.CheckboxItem
              key={column}
              checked={on}
              onChange={() =>
                change({
                  by: next.length > 0 ? next.join(',') : undefined,
                  ...(next.length > 0 ? { monitor: undefined } : {}),
                  ...ownToGraph,
                })
              }
            >
              {name(column)}
            </Menu.CheckboxItem>
          )
        })}
      </Menu.Dropdown>
    </Menu>
  )
}

function LabelMenu({ search, change, data }: Pick<MapBarProps, 'search' | 'change' | 'data'>) {
  const { t } = useTranslation('map')
  const fields = data.monitor ? data.fields.filter(({ name }) => data.monitor?.fields.includes(name)) : data.fields
  const choices = fields.flatMap((field) =>
    field.aggregates.map((aggregate) => ({
      value: `${aggregate} ${field.name}`,
      name: fieldName(data.fields, field.name, aggregate),
    })),
  )
  const all = [{ value: undefined, name: t('thresholds') }, { value: 'calls', name: t('callsWord') }, ...choices]
  const present = all.find(({ value }) => value === search.label)?.name ?? search.label ?? ''
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <Button className={styles.menu} rightSection={<IconChevronDown size={14} />}>
          <span className={styles.menuName}>{t('label')} </span>
          <span className="cut">{present}</span>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {all.map(({ value, name }) => (
          <Menu.RadioItem
            key={name}
            value={name}
            closeMenuOnClick
            checked={value === search.label}
            onChange={() => change({ label: value })}
          >
            {name}
          </Menu.RadioItem>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

const typingPause = 250

function Finder({ search, change, mistakes, finder }: Pick<MapBarProps, 'search' | 'change' | 'mistakes' | 'finder'>) {
  const { t } = useTranslation('map')
  const [typed, setTyped] = useState(search.find ?? '')
  const [sent, setSent] = useState(search.find ?? '')
  // What comes from elsewhere (a link, going back) replaces the text; the echo of what was typed does not.
  if ((search.find ?? '') !== sent) {
    setSent(search.find ?? '')
    setTyped(search.find ?? '')
  }
  useEffect(() => {
    if (typed === sent) return
    const timer = setTimeout(() => {
      setSent(typed.trim() === '' ? '' : typed)
      change({ find: typed.trim() === '' ? undefined : typed }, { replace: true })
    }, typingPause)
    return () => clearTimeout(timer)
  }, [typed, sent, change])
  const [mistake] = mistakes
  return (
    <TextInput
      ref={finder}
      className={styles.finder}
      aria-label={t('find')}
      placeholder={t('findHint')}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Escape') event.currentTarget.blur()
      }}
      leftSection={<IconSearch size={15} />}
      rightSectionWidth={typed ? 60 : 30}
      rightSection={
        <span className={styles.finderTools}>
          {typed && (
            <Tooltip label={t('clearFind')}>
              <ActionIcon variant="subtle" size={24} aria-label={t('clearFind')} onClick={() => setTyped('')}>
                <IconX size={14} />
              </ActionIcon>
            </Tooltip>
          )}
          <Tooltip label={t('hideRest')}>
            <ActionIcon
              variant={search.hide ? 'light' : 'subtle'}
              size={24}
              aria-pressed={search.hide === true}
              aria-label={t('hideRest')}
              onClick={() => change({ hide: search.hide ? undefined : true })}
            >
              <IconEyeOff size={14} />
            </ActionIcon>
          </Tooltip>
        </span>
      }
      error={mistake ? t(`mistake.${mistake.kind}`, { term: mistake.term }) : undefined}
      errorProps={{ className: styles.finderError }}
    />
  )
}

function Options({ search, change }: Pick<MapBarProps, 'search' | 'change'>) {
  const { t } = useTranslation('map')
  return (
    <div className={styles.options}>
      <Checkbox
        size="xs"
        label={t('showIdle')}
        checked={search.idle === true}
        onChange={(event) => change({ idle: event.currentTarget.checked ? true : undefined })}
      />
      <span id="map-tier">{t('tier')}</span>
      <SegmentedControl
        fullWidth
        size="xs"
        aria-labelledby="map-tier"
        value={search.tier ?? 'all'}
        onChange={(value) => change({ tier: value === 'all' ? undefined : (value as 'front' | 'back') })}
        data={[
          { value: 'all', label: t('tierAll') },
          { value: 'front', label: t('tierFront') },
          { value: 'back', label: t('tierBack') },
        ]}
      />
      <span id="map-hosts">{t('hostsWord')}</span>
      <SegmentedControl
        fullWidth
        size="xs"
        aria-labelledby="map-hosts"
        value={search.hosts ?? 'auto'}
        onChange={(value) =>
          change({ hosts: value === 'auto' ? undefined : (value as 'all' | 'none'), turned: undefined })
        }
        data={[
          { value: 'auto', label: t('hostsAuto') },
          { value: 'all', label: t('hostsAll') },
          { value: 'none', label: t('hostsNone') },
        ]}
      />
    </div>
  )
}

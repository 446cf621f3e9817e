/**
 * Search or jump: pages, modules, services and monitors by a part of their name; any other words lead to the records.
 * What there is to jump to is asked for when the box opens.
 */
import { ActionIcon, Combobox, Modal, TextInput, useCombobox } from '@mantine/core'
import { IconGauge, IconList, IconRoute, IconSearch, IconStack2, type TablerIcon } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '~/api/useApi'
import { useRange } from '~/time/useRange'
import { pages } from './pages'
import styles from './shell.module.css'

interface SearchBoxProps {
  opened: boolean
  onOpen: (opened: boolean) => void
  short: boolean
}

export function SearchBox({ opened, onOpen, short }: SearchBoxProps) {
  const { t } = useTranslation('shell')
  return (
    <>
      {short ? (
        <ActionIcon variant="subtle" aria-label={t('search.open')} onClick={() => onOpen(true)}>
          <IconSearch size={18} />
        </ActionIcon>
      ) : (
        <button
          type="button"
          className={styles.searchButton}
          aria-label={t('search.open')}
          onClick={() => onOpen(true)}
        >
          <IconSearch size={14} aria-hidden />
          <span>{t('search.open')}</span>
          <kbd className={styles.key}>/</kbd>
        </button>
      )}
      <Modal
        opened={opened}
        onClose={() => onOpen(false)}
        withCloseButton={false}
        padding={8}
        size={560}
        yOffset="12vh"
        centered={false}
        attributes={{ content: { 'aria-label': t('search.open') } }}
      >
        <Palette onDone={() => onOpen(false)} />
      </Modal>
    </>
  )
}

interface Target {
  id: string
  name: string
  icon: TablerIcon
  go: () => void
}

interface TargetGroup {
  title: string
  targets: Target[]
}

const mostOfAKind = 6

function Palette({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation('shell')
  const [text, setText] = useState('')
  const combobox = useCombobox({ opened: true })
  const groups = useTargets(text)
  const chosen = (id: string) => {
    onDone()
    groups
      .flatMap((group) => group.targets)
      .find((target) => target.id === id)
      ?.go()
  }
  return (
    <Combobox store={combobox} onOptionSubmit={chosen} withinPortal={false}>
      <Combobox.EventsTarget>
        <TextInput
          data-autofocus
          variant="unstyled"
          size="md"
          leftSection={<IconSearch size={16} />}
          aria-label={t('search.open')}
          placeholder={t('search.placeholder')}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value)
            combobox.updateSelectedOptionIndex()
            combobox.selectFirstOption()
          }}
        />
      </Combobox.EventsTarget>
      <Combobox.Options className={styles.results} aria-label={t('search.open')}>
        {groups.map(({ title, targets }) => (
          <Combobox.Group key={title} label={title}>
            {targets.map(({ id, name, icon: Icon }) => (
              <Combobox.Option key={id} value={id} className={styles.option}>
                <Icon size={16} stroke={1.6} aria-hidden />
                <span className="cut">{name}</span>
              </Combobox.Option>
            ))}
          </Combobox.Group>
        ))}
      </Combobox.Options>
    </Combobox>
  )
}

function useTargets(text: string): TargetGroup[] {
  const { t } = useTranslation('shell')
  const navigate = useNavigate()
  const { query } = useRange()
  const modules = useApi('/api/v1/records/top/{column}', {
    path: { column: 'target_module' },
    query: { ...query, limit: 100 },
  })
  const services = useApi('/api/v1/records/top/{column}', {
    path: { column: 'service' },
    query: { ...query, limit: 100 },
  })
  const monitors = useApi('/api/v1/monitors', { still: true })

  const words = text.trim()
  const matches = (name: string) => name.toLowerCase().includes(words.toLowerCase())
  const names = (values: readonly { value: string }[] | undefined) =>
    (values ?? [])
      .map(({ value }) => value)
      .filter((value) => value && matches(value))
      .slice(0, mostOfAKind)
  const groups: TargetGroup[] = [
    {
      title: t('search.pages'),
      targets: pages
        .map(({ name, path, icon }) => ({
          id: path,
          name: t(`page.${name}`),
          icon,
          go: () => void navigate({ to: path }),
        }))
        .filter(({ name, id }) => matches(name) || matches(id)),
    },
  ]
  if (words) {
    groups.push(
      {
        title: t('search.modules'),
        targets: names(modules.data?.values).map((name) => ({
          id: `module ${name}`,
          name,
          icon: IconStack2,
          go: () => void navigate({ to: '/records', search: { q: `target_module:${quoted(name)}` } }),
        })),
      },
      {
        title: t('search.services'),
        targets: names(services.data?.values).map((name) => ({
          id: `service ${name}`,
          name,
          icon: IconRoute,
          go: () => void navigate({ to: '/records', search: { q: `service:${quoted(name)}` } }),
        })),
      },
      {
        title: t('search.monitors'),
        targets: names(monitors.data?.monitors.map(({ name }) => ({ value: name }))).map((name) => ({
          id: `monitor ${name}`,
          name,
          icon: IconGauge,
          go: () => void navigate({ to: '/map', search: { monitor: name } }),
        })),
      },
      {
        title: t('page.records'),
        targets: [
          {
            id: 'records',
            name: t('search.records', { text: words }),
            icon: IconList,
            go: () => void navigate({ to: '/records', search: { q: words } }),
          },
        ],
      },
    )
  }
  return groups.filter((group) => group.targets.length > 0)
}

/** A value as the query line takes it. */
const quoted = (value: string) => (/^[\w./-]+$/.test(value) ? value : JSON.stringify(value))

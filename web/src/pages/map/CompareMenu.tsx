/** Which time the picture is compared with: as long and so much earlier, or any two moments. */
import { Button, Popover, TextInput } from '@mantine/core'
import { IconArrowsDiff } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { describeSpan, parseMoment } from '~/time/range'
import { useRange, useZone } from '~/time/useRange'
import type { Change } from './MapBar'
import styles from './map.module.css'
import { compareChoices, parseCompare, writeCompare } from './model/compare'
import type { MapSearch } from './search'

interface CompareMenuProps {
  search: MapSearch
  change: Change
}

export function CompareMenu({ search, change }: CompareMenuProps) {
  const { t } = useTranslation('map')
  const [opened, setOpened] = useState(false)
  const { from, to } = useRange()
  const zone = useZone()
  const other = search.compare ? parseCompare(search.compare, { from, to }) : null
  const choose = (compare: string | undefined) => {
    setOpened(false)
    change({ compare })
  }
  const known = compareChoices.find((each) => each === search.compare)
  const name = known ? t(`compareTo.${known}`) : other ? describeSpan(other, zone, to) : t('compare')
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" width={270} trapFocus>
      <Popover.Target>
        <Button
          leftSection={<IconArrowsDiff size={15} />}
          aria-label={other ? `${t('compare')}: ${name}` : t('compare')}
          variant={other ? 'light' : 'default'}
          onClick={() => setOpened(!opened)}
        >
          <span className="cut">{name}</span>
        </Button>
      </Popover.Target>
      <Popover.Dropdown p={4} aria-label={t('compare')}>
        <div>
          {other && (
            <Button fullWidth variant="subtle" justify="flex-start" onClick={() => choose(undefined)}>
              {t('compareOff')}
            </Button>
          )}
          {compareChoices.map((choice) => (
            <Button
              key={choice}
              fullWidth
              variant="subtle"
              justify="flex-start"
              aria-pressed={choice === search.compare}
              onClick={() => choose(choice)}
            >
              {t(`compareTo.${choice}`)}
            </Button>
          ))}
        </div>
        <Custom key={search.compare} zone={zone} now={to} onApply={choose} />
      </Popover.Dropdown>
    </Popover>
  )
}

function Custom({ zone, now, onApply }: { zone: string; now: number; onApply: (compare: string) => void }) {
  const { t } = useTranslation(['map', 'common'])
  const [ends, setEnds] = useState({ from: '', to: '' })
  const [from, to] = [parseMoment(ends.from, now, zone), parseMoment(ends.to, now, zone)]
  const good = from !== null && to !== null && from < to
  return (
    <form
      className={styles.custom}
      onSubmit={(event) => {
        event.preventDefault()
        if (good) onApply(writeCompare({ from, to }))
      }}
    >
      <TextInput
        label={t('compareFrom')}
        placeholder="now-2h"
        value={ends.from}
        onChange={(event) => setEnds({ ...ends, from: event.currentTarget.value })}
      />
      <TextInput
        label={t('compareUntil')}
        placeholder="2026-11-20 10:00"
        value={ends.to}
        onChange={(event) => setEnds({ ...ends, to: event.currentTarget.value })}
      />
      <Button type="submit" variant="filled" disabled={!good}>
        {t('apply', { ns: 'common' })}
      </Button>
    </form>
  )
}

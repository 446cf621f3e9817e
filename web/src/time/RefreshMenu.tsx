/** Auto-refresh: a switch, its interval when on, live mode, and a refresh by hand. */
import { Menu, UnstyledButton } from '@mantine/core'
import { IconChevronDown, IconPlayerPlay, IconRefresh } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { intervals, refresh, setLive, setRefresh, useClock } from './clock'
import styles from './time.module.css'

export function RefreshMenu() {
  const { t } = useTranslation('time')
  const { auto, interval, live } = useClock()
  const name = (ms: number) => (ms < 60_000 ? t('refresh.s', { n: ms / 1000 }) : t('refresh.m', { n: ms / 60_000 }))
  const state = live ? t('refresh.live') : auto ? name(interval) : t('refresh.off')
  return (
    <div className={styles.group} data-live={live}>
      <UnstyledButton className={styles.step} aria-label={t('refresh.now')} onClick={refresh}>
        {live ? <IconPlayerPlay size={14} /> : <IconRefresh size={14} />}
      </UnstyledButton>
      <Menu position="bottom-end" width={200} closeOnItemClick={false}>
        <Menu.Target>
          <UnstyledButton className={styles.button} aria-label={`${t('refresh.label')}: ${state}`}>
            <b>{state}</b>
            <IconChevronDown size={14} aria-hidden />
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.CheckboxItem checked={live} onChange={() => setLive(!live)}>
            {t('refresh.live')}
          </Menu.CheckboxItem>
          <Menu.CheckboxItem checked={auto} onChange={() => setRefresh({ auto: !auto })}>
            {t('refresh.auto')}
          </Menu.CheckboxItem>
          {auto && (
            <>
              <Menu.Label>{t('refresh.interval')}</Menu.Label>
              {intervals.map((each) => (
                <Menu.RadioItem
                  key={each}
                  value={String(each)}
                  checked={each === interval}
                  onChange={() => setRefresh({ interval: each })}
                >
                  {name(each)}
                </Menu.RadioItem>
              ))}
            </>
          )}
        </Menu.Dropdown>
      </Menu>
    </div>
  )
}

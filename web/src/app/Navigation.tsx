/** The pages by section, the number of firing alerts beside theirs, and settings at the foot. */
import { Menu, useMantineColorScheme } from '@mantine/core'
import { IconSettings } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { AccountMenu } from '~/access/AccountMenu'
import { useFormat } from '~/format/useFormat'
import { chooseLanguage, languages, useLang } from '~/i18n'
import { sections } from './pages'
import styles from './shell.module.css'

interface NavigationProps {
  firing: number
  onKeys: () => void
  inMenu?: boolean
}

export function Navigation({ firing, onKeys, inMenu = false }: NavigationProps) {
  const { t } = useTranslation('shell')
  const format = useFormat()
  return (
    <nav className={styles.nav} data-menu={inMenu} aria-label={t('navigation')}>
      {!inMenu && (
        <Link className={styles.brand} to="/map">
          <Bird />
          <span>{t('product')}</span>
        </Link>
      )}
      {sections
        .filter((section) => section.pages.length > 0)
        .map((section) => (
          <div key={section.name}>
            <h2 className={styles.section}>{t(`section.${section.name}`)}</h2>
            <ul className={styles.list}>
              {section.pages.map(({ name, path, icon: Icon }) => (
                <li key={name}>
                  <Link className={styles.item} to={path} title={t(`page.${name}`)}>
                    <Icon size={16} stroke={1.6} aria-hidden />
                    <span className={styles.label}>{t(`page.${name}`)}</span>
                    {name === 'alerts' && firing > 0 && (
                      <span className={styles.badge}>
                        <span aria-hidden>{format.count(firing)}</span>
                        <span className={styles.label} style={{ position: 'absolute', clipPath: 'inset(50%)' }}>
                          {t('firing', { count: firing, n: format.count(firing) })}
                        </span>
                      </span>
                    )}
                  </Link>
                </li>
              ))}
            </ul>
          </div>
        ))}
      <div className={styles.foot}>
        <Settings />
        <button type="button" className={styles.key} aria-label={t('keys.title')} onClick={onKeys}>
          ?
        </button>
      </div>
    </nav>
  )
}

function Settings() {
  const { t } = useTranslation('shell')
  const lang = useLang()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <Menu position="top-start" width={240} closeOnItemClick={false}>
      <Menu.Target>
        <button type="button" className={styles.item}>
          <IconSettings size={16} stroke={1.6} aria-hidden />
          <span className={styles.label}>{t('settings.title')}</span>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <AccountMenu />
        <Menu.Label>{t('settings.language')}</Menu.Label>
        {languages.map(({ code, name, html }) => (
          <Menu.RadioItem
            key={code}
            checked={code === lang}
            onChange={() => void chooseLanguage(code)}
            value={code}
            lang={html}
          >
            {name}
          </Menu.RadioItem>
        ))}
        <Menu.Label>{t('settings.scheme')}</Menu.Label>
        {(['auto', 'light', 'dark'] as const).map((scheme) => (
          <Menu.RadioItem
            key={scheme}
            value={scheme}
            checked={scheme === colorScheme}
            onChange={() => setColorScheme(scheme)}
          >
            {t(`settings.${scheme}`)}
          </Menu.RadioItem>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

function Bird() {
  return (
    <svg width={20} height={20} viewBox="0 0 24 24" aria-hidden>
      <circle cx="12" cy="12" r="11" fill="var(--text)" />
      <path
        d="M5.500 17.500C7 11 10.500 6.500 16 6.200c1.300-.1 2.300.6 2.700 1.700l1.500.8-1.800.7C17.800 14 13.500 16.500 5.500 17.500Z"
        fill="var(--bg)"
      />
    </svg>
  )
}

/** Who is signed in, at the head of the settings, and the way out or in; nothing where no access is configured. */
import { Menu } from '@mantine/core'
import { IconLogin2, IconLogout2 } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { entrance } from './entrance'
import { useSession, useSigning } from './session'

export function AccountMenu() {
  const { t } = useTranslation('access')
  const { configured, name, role } = useSession()
  const { signOut } = useSigning()
  if (!configured) return null
  return (
    <>
      <Menu.Label>{name === null ? t('nobody') : t('who', { name, role })}</Menu.Label>
      {name === null ? (
        <Menu.Item leftSection={<IconLogin2 size={14} aria-hidden />} onClick={() => entrance.ask(true)}>
          {t('signIn')}
        </Menu.Item>
      ) : (
        <Menu.Item leftSection={<IconLogout2 size={14} aria-hidden />} onClick={() => void signOut()}>
          {t('signOut')}
        </Menu.Item>
      )}
    </>
  )
}

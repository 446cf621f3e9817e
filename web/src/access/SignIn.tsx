/** Where one shows one's token. It is kept nowhere: the browser gets a session in its place. */
import { Button, PasswordInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { chooseLanguage, languages, useLang } from '~/i18n'
import { useTold } from '~/i18n/told'
import styles from './access.module.css'
import { entrance } from './entrance'
import { useSigning } from './session'

export default function SignIn({ onBack }: { onBack?: () => void }) {
  const { t } = useTranslation('access')
  const told = useTold()
  const lang = useLang()
  const { signIn } = useSigning()
  const [token, setToken] = useState('')
  const enter = useMutation({ mutationFn: signIn, onSuccess: () => entrance.ask(false) })
  const send = (event: FormEvent) => {
    event.preventDefault()
    if (token.trim()) enter.mutate(token.trim())
  }
  return (
    <main className={styles.page}>
      <title>{`${t('title')} · Magpie`}</title>
      <form className={styles.form} onSubmit={send}>
        <h1>{t('title')}</h1>
        <PasswordInput
          classNames={{ input: styles.field }}
          label={t('token')}
          description={t('hint')}
          autoComplete="current-password"
          data-autofocus
          autoFocus
          value={token}
          error={enter.error ? told.error(enter.error) : undefined}
          onChange={({ currentTarget }) => setToken(currentTarget.value)}
          visibilityToggleButtonProps={{ 'aria-label': t('show'), tabIndex: 0 }}
        />
        <div className={styles.end}>
          {onBack && <Button onClick={onBack}>{t('back')}</Button>}
          <Button type="submit" variant="filled" disabled={!token.trim()} loading={enter.isPending}>
            {t('signIn')}
          </Button>
        </div>
        <p className={styles.languages}>
          {languages
            .filter(({ code }) => code !== lang)
            .map(({ code, name, html }) => (
              <Button key={code} variant="subtle" lang={html} onClick={() => void chooseLanguage(code)}>
                {name}
              </Button>
            ))}
        </p>
      </form>
    </main>
  )
}

/** What people wrote about an alert, oldest first, and a place to write more. */
import { Button, Textarea, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '~/access/session'
import { useWho } from '~/attention/who'
import { useFormat } from '~/format/useFormat'
import { ErrorPanel } from '~/parts/Messages'
import styles from './alerts.module.css'
import type { Alert } from './grouping'
import { useAttention } from './useAttention'

export function Comments({ alert }: { alert: Alert }) {
  const { t } = useTranslation('alerts')
  const format = useFormat()
  const { name, setName, fixed } = useWho()
  const { comment } = useAttention(alert)
  const may = useMay()
  const [text, setText] = useState('')
  const send = (event: FormEvent) => {
    event.preventDefault()
    comment.mutate({ by: name.trim(), text: text.trim() }, { onSuccess: () => setText('') })
  }
  return (
    <section>
      <h3>{t('comments')}</h3>
      <ol className={styles.comments}>
        {alert.comments.map((each) => (
          <li key={each.id}>
            <span className="secondary">{t('byAt', { who: each.by, time: format.dateMinutes(each.at) })}</span>
            <p>{each.text}</p>
          </li>
        ))}
      </ol>
      <form className={styles.form} onSubmit={send}>
        <Textarea
          aria-label={t('comment')}
          placeholder={t('commentHint')}
          autosize
          minRows={1}
          maxRows={6}
          value={text}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
        />
        <div className={styles.formEnd}>
          <TextInput
            aria-label={t('yourName')}
            placeholder={t('yourName')}
            value={name}
            readOnly={fixed}
            onChange={({ currentTarget }) => setName(currentTarget.value)}
          />
          <Button
            type="submit"
            disabled={!text.trim() || !name.trim()}
            loading={comment.isPending}
            {...may('operator')}
          >
            {t('send')}
          </Button>
        </div>
      </form>
      {comment.error && <ErrorPanel error={comment.error} />}
    </section>
  )
}

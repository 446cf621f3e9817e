/** Asks once who acts; the browser remembers the answer. */
import { Button, Modal, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import styles from './attention.module.css'
import { useWho } from './who'

interface WhoModalProps {
  title: string
  onName: (name: string) => void
  onClose: () => void
}

export function WhoModal({ title, onName, onClose }: WhoModalProps) {
  const { t } = useTranslation('alerts')
  const { t: common } = useTranslation()
  const { name, setName, fixed } = useWho()
  const [typed, setTyped] = useState(name)
  const go = (event: FormEvent) => {
    event.preventDefault()
    setName(typed.trim())
    onName(typed.trim())
  }
  return (
    <Modal opened title={title} onClose={onClose}>
      <form className={styles.form} onSubmit={go}>
        <TextInput
          label={t('yourName')}
          description={t('nameHint')}
          data-autofocus
          value={typed}
          readOnly={fixed}
          onChange={({ currentTarget }) => setTyped(currentTarget.value)}
        />
        <div className={styles.formEnd}>
          <Button onClick={onClose}>{common('cancel')}</Button>
          <Button type="submit" variant="filled" disabled={!typed.trim()}>
            {title}
          </Button>
        </div>
      </form>
    </Modal>
  )
}

/** Who acts, asked in the dialog itself; the browser remembers it. */
import { TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useWho } from './who'

export function WhoField() {
  const { t } = useTranslation()
  const { name, setName, fixed } = useWho()
  return (
    <TextInput
      label={t('yourName')}
      description={t('yourNameHint')}
      value={name}
      readOnly={fixed}
      onChange={({ currentTarget }) => setName(currentTarget.value)}
    />
  )
}

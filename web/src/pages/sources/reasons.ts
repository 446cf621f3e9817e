/** Why lines were not understood and senders refused, in the reader's language; a reason that users write themselves stays. */
import { useTranslation } from 'react-i18next'
import english from '~/i18n/en/sources.json'

type Unparsed = keyof typeof english.unparsedReason
type Refused = keyof typeof english.refusedReason

/** The server's words for lines that were not understood, as the column `parse_error` has them. */
const unparsed: Record<string, Unparsed> = Object.fromEntries(
  Object.entries(english.unparsedReason).map(([key, words]) => [words, key as Unparsed]),
)

const isRefused = (name: string): name is Refused => name in english.refusedReason

export function useReasons(): { unparsed: (reason: string) => string; refused: (name: string) => string } {
  const { t } = useTranslation('sources')
  return {
    unparsed: (reason) => {
      const key = unparsed[reason]
      return key === undefined ? reason : t(`unparsedReason.${key}`)
    },
    refused: (name) => (isRefused(name) ? t(`refusedReason.${name}`) : name),
  }
}

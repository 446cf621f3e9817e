/**
 * What the server tells people, in the language of the interface. The server's own words are English; for any other
 * language `server.json` has a text for each code, which `translations.test.ts` compares with `openapi.json`. What bears no
 * code is for those who write programs and stays as it is.
 */
import { useTranslation } from 'react-i18next'
import { ApiError, type Problem, type Schemas } from '~/api/client'

type Told = { code?: Schemas['Code']; values?: Record<string, string> }
type Mistake = Told & { message: string; fix?: string; column?: number | null }

/** Values that are English words for things of ours, not of the reader's; several are joined by "or". */
const words = ['what', 'kind', 'wanted', 'rule'] as const

export interface Teller {
  /** What is wrong with a request. */
  detail: (problem: Problem) => string
  /** What to do about it; the server's own words where there are none. */
  fix: (problem: Problem) => string
  /** What is wrong, of any failure. */
  error: (error: Error) => string
  notice: (notice: Schemas['Notice']) => string
  /** A mistake in a document, a parser or a flow, and what to write instead where that is known. */
  mistake: (mistake: Mistake) => string
}

export function useTold(): Teller {
  const { i18n } = useTranslation()
  // The texts of codes are no part of the English ones, by which keys are typed.
  const texts = i18n as unknown as {
    exists: (key: string, options: object) => boolean
    t: (key: string, options: object) => string
  }
  const text = (key: string, values: Record<string, string> = {}) =>
    texts.exists(key, { ns: 'server' }) ? texts.t(key, { ...values, ns: 'server' }) : null
  // Not by a key: names of things may have the signs that part keys.
  const things: Record<string, string> = i18n.getResourceBundle(i18n.language, 'server')?.things ?? {}
  const thing = (named: string) =>
    named
      .split(' or ')
      .map((one) => things[one] ?? one)
      .join(text('at.or') ?? '')
  const say = ({ code, values = {} }: Told, part: 'says' | 'fix', english: string) => {
    if (!code) return english
    const said = words.flatMap((name) => (values[name] === undefined ? [] : [[name, thing(values[name])] as const]))
    return text(`${code}.${part}`, { ...values, ...Object.fromEntries(said) }) ?? english
  }
  const detail = (problem: Problem) => say(problem, 'says', problem.detail || problem.title)
  return {
    detail,
    fix: (problem) => say(problem, 'fix', problem.fix),
    error: (error) => (error instanceof ApiError && error.problem ? detail(error.problem) : error.message),
    notice: (notice) => say(notice, 'says', notice.message),
    mistake: (mistake) => {
      const english = [mistake.message, mistake.fix].filter(Boolean).join('; ')
      const says = say(mistake, 'says', english)
      if (says === english) return english
      // The English says by itself at which character it is.
      const at = mistake.column ? (text('at.character', { n: String(mistake.column) }) ?? '') : ''
      return at + says + say(mistake, 'fix', '')
    },
  }
}

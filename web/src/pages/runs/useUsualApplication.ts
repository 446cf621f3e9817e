/**
 * Which application the run logs open with: the one this person looked at last, else the one with the newest record.
 * Null while it is asked for, and when there is none.
 */
import { useLocalStorage } from '@mantine/hooks'
import { useEffect } from 'react'
import { useApi } from '~/api/useApi'
import { everyApplication } from './search'

export interface UsualApplication {
  usual: string | null
  /** It is known, or known that there is none. */
  ready: boolean
}

/** `chosen` is what the URL says; a single application is remembered. */
export function useUsualApplication(chosen: readonly string[] | undefined): UsualApplication {
  const [last, setLast] = useLocalStorage<string | null>({
    key: 'magpie.application',
    defaultValue: null,
    getInitialValueInEffect: false,
  })
  const [only, second] = chosen ?? []
  const single = only !== undefined && second === undefined && only !== everyApplication ? only : null
  useEffect(() => {
    if (single !== null && single !== last) setLast(single)
  }, [single, last, setLast])
  const asked = chosen === undefined && last === null
  const { data, error } = useApi('/api/v1/runs/overview', { enabled: asked, still: true })
  return { usual: last ?? data?.newest_application ?? null, ready: !asked || data !== undefined || error !== null }
}

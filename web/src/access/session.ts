/**
 * Who uses this browser and what they may. The server decides; here it is known beforehand, so that a control that would be refused
 * is disabled and says why. Where no access is configured everybody may do everything, and nothing of this is seen.
 */
import { useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import { answer, client } from '~/api/client'
import { useApi } from '~/api/useApi'

export type Role = 'viewer' | 'operator' | 'admin'

const rank: Record<Role, number> = { viewer: 0, operator: 1, admin: 2 }

export interface Session {
  /** Not known yet. */
  first: boolean
  /** Whether it matters who uses it. */
  configured: boolean
  name: string | null
  role: Role | null
}

export function useSession(): Session {
  const { data, first } = useApi('/api/v1/session', { still: true })
  return {
    first,
    configured: data?.configured ?? false,
    name: data?.name ?? null,
    role: (data?.role ?? null) as Role | null,
  }
}

interface Refused {
  disabled?: true
  title?: string
}

/** For each control that changes something: `{...may('operator')}`, behind its own properties. */
export function useMay(): (needs: Role) => Refused {
  const { t } = useTranslation('access')
  const { configured, name, role } = useSession()
  return (needs) => {
    if (!configured || (role !== null && rank[role] >= rank[needs])) return {}
    const who = name === null ? t('nobody') : t('who', { name, role })
    return { disabled: true, title: t('needs', { needs, who }) }
  }
}

/** Signing in and out. What was read as somebody else is forgotten. */
export function useSigning() {
  const queryClient = useQueryClient()
  const signIn = useCallback(
    async (token: string) => {
      await answer('POST session', client.POST('/api/v1/session', { body: { token } }))
      await queryClient.resetQueries()
    },
    [queryClient],
  )
  const signOut = useCallback(async () => {
    await answer('DELETE session', client.DELETE('/api/v1/session', { body: {} }))
    await queryClient.resetQueries()
  }, [queryClient])
  return { signIn, signOut }
}

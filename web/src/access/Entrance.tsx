/**
 * Before the shell: who may see nothing signs in first. The address stays, so that one then is on the page one came for, also when
 * a session ends in the middle of work.
 */
import { lazy, Suspense, useEffect } from 'react'
import { useInvalidate } from '~/api/useApi'
import { Shell } from '~/app/Shell'
import { entrance, useAsked } from './entrance'
import { useSession } from './session'

const SignIn = lazy(() => import('./SignIn'))

export function Entrance() {
  const session = useSession()
  const asked = useAsked()
  const invalidate = useInvalidate()
  useEffect(() => entrance.onEnd(() => void invalidate('/api/v1/session')), [invalidate])
  if (session.first) return null
  if (!session.configured || (session.role !== null && !asked)) return <Shell />
  return (
    <Suspense fallback={null}>
      <SignIn onBack={session.role === null ? undefined : () => entrance.ask(false)} />
    </Suspense>
  )
}

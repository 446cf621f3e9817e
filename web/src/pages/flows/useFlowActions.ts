/** Saving, publishing, switching a flow on and off; each answer makes what shows flows be read anew. */
import { useMutation } from '@tanstack/react-query'
import { answer, client } from '~/api/client'
import { useInvalidate } from '~/api/useApi'
import { useWho } from '~/attention/who'

interface Saving {
  /** The id it has; null for a new one. */
  flow: string | null
  source: string
  /** The revision that was edited: another change that came first is not overwritten. */
  expected?: number
  comment?: string
  publish: boolean
}

export function useFlowActions() {
  const invalidate = useInvalidate()
  const { name } = useWho()
  const by = name.trim() || undefined
  const again = () =>
    invalidate('/api/v1/flows', '/api/v1/flows/{flow}', '/api/v1/flows/{flow}/versions', '/api/v1/schedules')
  const save = useMutation({
    mutationFn: async ({ flow, ...saved }: Saving) => {
      const body = { ...saved, by }
      const { expected: _expected, ...first } = body
      if (flow === null) return await answer('POST flow', client.POST('/api/v1/flows', { body: first }))
      return await answer('PUT flow', client.PUT('/api/v1/flows/{flow}', { params: { path: { flow } }, body }))
    },
    onSuccess: again,
  })
  const publish = useMutation({
    mutationFn: ({ flow, ...body }: { flow: string; revision?: number; comment?: string }) =>
      answer(
        'POST publish',
        client.POST('/api/v1/flows/{flow}/publish', { params: { path: { flow } }, body: { ...body, by } }),
      ),
    onSuccess: again,
  })
  const enable = useMutation({
    mutationFn: ({ flow, enabled }: { flow: string; enabled: boolean }) =>
      answer(
        'PUT enabled',
        client.PUT('/api/v1/flows/{flow}/enabled', { params: { path: { flow } }, body: { enabled, by } }),
      ),
    onSuccess: again,
  })
  return { save, publish, enable }
}

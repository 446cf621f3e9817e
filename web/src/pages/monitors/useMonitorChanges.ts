/** Saving, deleting and restoring monitors; every answer makes what depends on them be read anew. */
import { useMutation } from '@tanstack/react-query'
import { answer, client } from '~/api/client'
import { useInvalidate } from '~/api/useApi'
import { documentOf, type MonitorDraft } from './draft'

interface Saving {
  draft: MonitorDraft
  /** The name it has now; null for a new one. */
  before: string | null
  /** The version that was edited: another one that came meanwhile is not overwritten. */
  version: number | null
  by: string
}

export function useMonitorChanges() {
  const invalidate = useInvalidate()
  const again = () =>
    invalidate('/api/v1/monitors', '/api/v1/monitors/{name}/versions', '/api/v1/alerts', '/api/v1/graph')
  const save = useMutation({
    mutationFn: async ({ draft, before, version, by }: Saving) => {
      const body = { monitor: documentOf(draft), by, ...(version === null ? {} : { version }) }
      if (before === null) return await answer('POST monitor', client.POST('/api/v1/monitors', { body }))
      const params = { path: { name: before } }
      return await answer('PUT monitor', client.PUT('/api/v1/monitors/{name}', { params, body }))
    },
    onSuccess: again,
  })
  const remove = useMutation({
    mutationFn: ({ name, by }: { name: string; by: string }) =>
      answer('DELETE monitor', client.DELETE('/api/v1/monitors/{name}', { params: { path: { name } }, body: { by } })),
    onSuccess: again,
  })
  const restore = useMutation({
    mutationFn: ({ name, version, by }: { name: string; version: number; by: string }) =>
      answer(
        'POST restore',
        client.POST('/api/v1/monitors/{name}/restore', { params: { path: { name } }, body: { version, by } }),
      ),
    onSuccess: again,
  })
  return { save, remove, restore }
}

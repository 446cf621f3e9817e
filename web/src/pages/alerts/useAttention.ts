/** What people do about an alert, written to the server; every answer makes the lists be read anew. */
import { useMutation } from '@tanstack/react-query'
import { answer, client } from '~/api/client'
import { useInvalidate } from '~/api/useApi'
import type { Alert } from './grouping'

export function useAttention(alert: Alert) {
  const invalidate = useInvalidate()
  const again = () => invalidate('/api/v1/alerts', '/api/v1/alerts/{id}')
  const params = { path: { id: alert.id } }
  const acknowledge = useMutation({
    mutationFn: (body: { by: string; comment?: string }) =>
      answer('PUT acknowledgement', client.PUT('/api/v1/alerts/{id}/acknowledgement', { params, body })),
    onSuccess: again,
  })
  const withdraw = useMutation({
    mutationFn: () =>
      answer('DELETE acknowledgement', client.DELETE('/api/v1/alerts/{id}/acknowledgement', { params })),
    onSuccess: again,
  })
  const comment = useMutation({
    mutationFn: (body: { by: string; text: string }) =>
      answer('POST comment', client.POST('/api/v1/alerts/{id}/comments', { params, body })),
    onSuccess: again,
  })
  return { acknowledge, withdraw, comment }
}

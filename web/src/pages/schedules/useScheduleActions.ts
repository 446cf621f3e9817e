/** Pausing and resuming a schedule, written to the server; the lists are read anew after it. */
import { useMutation } from '@tanstack/react-query'
import { answer, client } from '~/api/client'
import { useInvalidate } from '~/api/useApi'
import { useWho } from '~/attention/who'

export function useScheduleActions(flow: string) {
  const invalidate = useInvalidate()
  const { name } = useWho()
  const by = name.trim() || undefined
  const again = () => invalidate('/api/v1/schedules', '/api/v1/schedules/{flow}/due', '/api/v1/flows')
  const params = { path: { flow } }
  const pause = useMutation({
    mutationFn: (reason: string) =>
      answer('POST pause', client.POST('/api/v1/schedules/{flow}/pause', { params, body: { reason, by } })),
    onSuccess: again,
  })
  const resume = useMutation({
    mutationFn: () => answer('POST resume', client.POST('/api/v1/schedules/{flow}/resume', { params, body: { by } })),
    onSuccess: again,
  })
  return { pause, resume }
}

/** What people do with runs, written to the server and signed; every answer makes what shows runs be read anew. */
import { useMutation } from '@tanstack/react-query'
import { answer, client } from '~/api/client'
import { mostRuns, type RetryBody, type RetryManyBody } from '~/api/runs'
import { useInvalidate } from '~/api/useApi'
import { useWho } from '~/attention/who'

/** Does something with many runs, as many at once as the server takes, and gives what became of each. */
async function inParts<Outcome>(
  jobs: readonly string[],
  act: (jobs: string[]) => Promise<{ results: Outcome[] }>,
): Promise<{ results: Outcome[] }> {
  const results: Outcome[] = []
  for (let at = 0; at < jobs.length; at += mostRuns) {
    results.push(...(await act(jobs.slice(at, at + mostRuns))).results)
  }
  return { results }
}

export function useRunActions() {
  const invalidate = useInvalidate()
  const { name } = useWho()
  const by = name.trim() || undefined
  const again = () =>
    invalidate(
      '/api/v1/runs',
      '/api/v1/runs/overview',
      '/api/v1/runs/{job_id}',
      '/api/v1/runs/{job_id}/steps',
      '/api/v1/runs/logs',
      '/api/v1/schedules',
      '/api/v1/flows',
    )
  const retry = useMutation({
    mutationFn: ({ job_id, ...body }: RetryBody & { job_id: string }) =>
      answer(
        'POST retry',
        client.POST('/api/v1/runs/{job_id}/retry', { params: { path: { job_id } }, body: { ...body, by } }),
      ),
    onSuccess: again,
  })
  const retryAll = useMutation({
    mutationFn: ({ job_ids, ...body }: RetryManyBody) =>
      inParts(job_ids, (job_ids) =>
        answer('POST retry', client.POST('/api/v1/runs/retry', { body: { ...body, job_ids, by } })),
      ),
    onSuccess: again,
  })
  const waiveAll = useMutation({
    mutationFn: ({ job_ids, ...body }: { job_ids: string[]; reason: string }) =>
      inParts(job_ids, (job_ids) =>
        answer('POST waive', client.POST('/api/v1/runs/waive', { body: { ...body, job_ids, by } })),
      ),
    onSuccess: again,
  })
  const cancel = useMutation({
    mutationFn: ({ job_id, comment }: { job_id: string; comment?: string }) =>
      answer(
        'POST cancel',
        client.POST('/api/v1/runs/{job_id}/cancel', { params: { path: { job_id } }, body: { comment, by } }),
      ),
    onSuccess: again,
  })
  const start = useMutation({
    mutationFn: ({ flow, input, revision }: { flow: string; input?: unknown; revision?: number }) =>
      answer(
        'POST run',
        client.POST('/api/v1/flows/{flow}/runs', { params: { path: { flow } }, body: { input, revision, by } }),
      ),
    onSuccess: again,
  })
  return { retry, retryAll, waiveAll, cancel, start }
}

/** What the server finds in a source, asked a moment after the last letter; the old answer stays until the new one comes. */
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type ApiError, answer, client } from '~/api/client'
import type { Flow, Validation } from '~/api/runs'

const pause = 350

export function useValidation(source: string) {
  const [settled] = useDebouncedValue(source, pause)
  const { data, error, isPlaceholderData } = useQuery<Validation, ApiError>({
    queryKey: ['validation', settled],
    queryFn: () => answer('POST validate', client.POST('/api/v1/flows/validate', { body: { source: settled } })),
    placeholderData: keepPreviousData,
    enabled: settled.trim() !== '',
  })
  return { validation: data, error, current: settled === source && !isPlaceholderData && data !== undefined }
}

/**
 * What a check says of a flow that is shown. It counts the due times of an interval from now on, which is right for what is published
 * next; for what is in force they are others, and the page's head has the next.
 */
export function toTell(
  validation: Validation,
  { draft, schedule }: Pick<Flow, 'draft' | 'schedule'>,
  changed: boolean,
): Validation {
  const inForce = !changed && draft === null
  return inForce && schedule?.kind !== 'cron' ? { ...validation, due: [] } : validation
}

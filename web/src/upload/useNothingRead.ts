/** Whether Magpie has read nothing yet: then pages show the way in. Asked at each refresh until the first record. */
import { useEffect, useState } from 'react'
import { useApi } from '~/api/useApi'

export function useNothingRead(): boolean {
  const [seen, setSeen] = useState(false)
  const { data } = useApi('/api/v1/health', { enabled: !seen })
  const records = data ? data.store.rows + data.store.open_rows + reading(data.queues) : null
  useEffect(() => {
    if (records !== null && records > 0) setSeen(true)
  }, [records])
  return !seen && records === 0
}

/** What is on its way to become records counts, too. */
const reading = (queues: readonly { length: number }[]) => queues.reduce((sum, { length }) => sum + length, 0)

/** Which columns the list shows: those of the URL, else those this browser chose last, else the usual ones. */
import { useLocalStorage } from '@mantine/hooks'
import { useNavigate, useSearch } from '@tanstack/react-router'

export const usualColumns: readonly string[] = ['source_module', 'target_module', 'service', 'status', 'host']

/** `columns` with one moved by so many places; at an end it stays. */
export function moved(columns: readonly string[], column: string, by: -1 | 1): string[] {
  const from = columns.indexOf(column)
  const to = from + by
  if (from < 0 || to < 0 || to >= columns.length) return [...columns]
  const next = [...columns]
  next.splice(from, 1)
  next.splice(to, 0, column)
  return next
}

export function useColumns() {
  const { columns } = useSearch({ from: '/records' })
  const navigate = useNavigate({ from: '/records' })
  const [kept, setKept] = useLocalStorage<readonly string[]>({
    key: 'magpie.recordColumns',
    defaultValue: usualColumns,
    getInitialValueInEffect: false,
  })
  return {
    columns: columns ?? kept,
    choose: (next: readonly string[] | null) => {
      setKept(next ?? usualColumns)
      void navigate({
        search: (before) => ({ ...before, columns: next && next.length > 0 ? [...next] : undefined }),
        replace: true,
      })
    },
  }
}

/** Which columns a list of lines shows: those of the URL, else those this browser chose last for it, else the usual ones. */
import { useLocalStorage } from '@mantine/hooks'

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

interface ChosenColumns {
  /** Under which this browser keeps the choice. */
  key: string
  usual: readonly string[]
  inUrl: readonly string[] | undefined
  /** Without columns the URL leaves the choice to the browser. */
  onUrl: (columns: string[] | undefined) => void
}

export function useChosenColumns({ key, usual, inUrl, onUrl }: ChosenColumns) {
  const [kept, setKept] = useLocalStorage<readonly string[]>({
    key,
    defaultValue: usual,
    getInitialValueInEffect: false,
  })
  return {
    columns: inUrl ?? kept,
    choose: (next: readonly string[] | null) => {
      setKept(next ?? usual)
      onUrl(next && next.length > 0 ? [...next] : undefined)
    },
  }
}

/** The columns of the records, kept in the URL and in this browser. */
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useChosenColumns } from '~/parts/chosenColumns'

export const usualColumns: readonly string[] = ['source_module', 'target_module', 'service', 'status', 'host']

export function useColumns() {
  const { columns } = useSearch({ from: '/records' })
  const navigate = useNavigate({ from: '/records' })
  return useChosenColumns({
    key: 'magpie.recordColumns',
    usual: usualColumns,
    inUrl: columns,
    onUrl: (next) => void navigate({ search: (before) => ({ ...before, columns: next }), replace: true }),
  })
}

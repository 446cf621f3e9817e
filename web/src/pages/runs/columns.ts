/** The columns of the run logs, kept in the URL and in this browser. */
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useChosenColumns } from '~/parts/chosenColumns'

/** Between level and summary; the status of the run stands beside its id. */
export const usualColumns: readonly string[] = [
  'application',
  'job_id',
  'run_status',
  'flow',
  'component',
  'operation',
  'category',
]

export function useColumns() {
  const { columns } = useSearch({ from: '/runs' })
  const navigate = useNavigate({ from: '/runs' })
  return useChosenColumns({
    key: 'magpie.runLogColumns',
    usual: usualColumns,
    inUrl: columns,
    onUrl: (next) => void navigate({ search: (before) => ({ ...before, columns: next }), replace: true }),
  })
}

/** Failures that are alike: of one flow, in the same step, with the same error. The question for the runs of a group, and its answer whole. */
import { type FailureGroup, mostRuns, type Run } from '~/api/runs'
import { type QueryOf, read } from '~/api/useApi'

export const alikeQuery = ({ newest: { flow, fault } }: FailureGroup): QueryOf<'/api/v1/runs'> => ({
  open: true,
  flow: [flow],
  fault_type: fault?.type ?? '',
  fault_status: fault?.status ?? 0,
  fault_pointer: fault?.pointer ?? '',
})

/** The same for all runs of a group. */
export const failureKey = ({ flow, fault }: Run): string =>
  JSON.stringify([flow, fault?.type, fault?.status, fault?.pointer])

/** All runs of some groups, the newest of each first. */
export async function runsOfGroups(groups: readonly FailureGroup[]): Promise<Run[]> {
  const found: Run[] = []
  for (const group of groups) {
    let cursor: string | undefined
    do {
      const page = await read('/api/v1/runs', { query: { ...alikeQuery(group), limit: mostRuns, cursor } })
      found.push(...page.runs)
      cursor = page.next ?? undefined
    } while (cursor)
  }
  return found
}

/** Short names for the API's types about runs, which many files use. */
import type { Schemas } from './client'

/** Most runs that the API gives in one answer, and takes in one request. */
export const mostRuns = 1000

export type Run = Schemas['Run']
export type RunDetail = Schemas['RunDetail']
export type RunStatus = Schemas['RunStatus']
export type Trigger = Schemas['RunTrigger']
export type Step = Schemas['Step']
export type StepStatus = Step['status']
export type StepData = Schemas['StepData']
export type RetryPreview = Schemas['RetryPreview']
export type RetryBody = Schemas['Retry']
export type RetryManyBody = Schemas['RetryMany']
export type Flow = Schemas['Flow']
export type FlowDetail = Schemas['FlowDetail']
export type FlowVersion = Schemas['FlowVersion']
export type FlowProblem = Schemas['FlowProblem']
export type Validation = Schemas['FlowValidation']
export type Diagram = Schemas['Diagram']
export type Scheduled = Schemas['Schedule']
export type WatchdogNote = Schemas['WatchdogNote']
export type DueRow = Schemas['DueRow']
export type DueOutcome = DueRow['outcome']
export type Tally = Schemas['Tally']
export type FlowTally = Schemas['FlowTally']
export type TrendBucket = Schemas['TrendBar']
export type RunsOverview = Schemas['RunOverview']
export type FailureGroup = Schemas['FailureGroup']
export type RunLogs = Schemas['RunLogs']

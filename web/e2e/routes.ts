/** The pages that smoke tests and screenshots visit, with the title that each bears in both languages. */
import type { Lang } from './browser.ts'
import { until } from './magpie.ts'

export interface Route {
  /** Where it is, or how to find that out from the demo. */
  path: string | ((url: string) => Promise<string>)
  name: string
  title: Record<Lang, string | RegExp>
}

const same = (title: string | RegExp) => ({ en: title, zh: title })

/**
 * The newest run of the flow that fails until a person helps: it has steps, attempts, a fault and what waits for a person. Where
 * another test has helped already, the flow is started again.
 */
async function failedRun(url: string): Promise<string> {
  const flow = 'demo.price-check'
  const runsOf = async (question: string) =>
    (await (await fetch(`${url}/api/v1/runs?flow=${flow}${question}`)).json()) as {
      runs: { job_id: string; status: string }[]
    }
  const newest = (await runsOf('')).runs[0]
  if (newest?.status === 'succeeded')
    await fetch(`${url}/api/v1/flows/${flow}/runs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
  let job = ''
  await until('a run that failed', async () => {
    job = (await runsOf('&open=true')).runs[0]?.job_id ?? ''
    return job !== ''
  })
  return `/runs/${job}`
}

export const routes: readonly Route[] = [
  { path: '/map', name: 'map', title: { en: 'Map', zh: '拓扑' } },
  { path: '/explore', name: 'explore', title: { en: 'Explore', zh: '分析' } },
  { path: '/alerts', name: 'alerts', title: { en: 'Alerts', zh: '告警' } },
  { path: '/monitors', name: 'monitors', title: { en: 'Monitors', zh: '监视器' } },
  { path: '/records', name: 'records', title: { en: 'Records', zh: '记录' } },
  { path: '/overview', name: 'overview', title: { en: 'Overview', zh: '概览' } },
  { path: '/runs', name: 'runs', title: { en: 'Run logs', zh: '运行日志' } },
  { path: '/runs?list=runs', name: 'run-list', title: { en: 'Run logs', zh: '运行日志' } },
  { path: failedRun, name: 'run', title: same(/^…[0-9a-f]{8}$/) },
  { path: '/schedules', name: 'schedules', title: { en: 'Scheduled tasks', zh: '定时任务' } },
  { path: '/flows', name: 'flows', title: { en: 'Flows', zh: '流程' } },
  { path: '/flows/demo.order-sync', name: 'flow', title: same('order-sync') },
  { path: '/sources', name: 'sources', title: { en: 'Sources', zh: '数据源' } },
  { path: '/health', name: 'health', title: { en: 'Health', zh: '自身状态' } },
]

export const pathOf = async ({ path }: Route, url: string): Promise<string> =>
  typeof path === 'string' ? path : path(url)

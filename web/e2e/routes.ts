/** The pages that smoke tests and screenshots visit, with the title that each bears in both languages. */
import type { Lang } from './browser.ts'

export const routes: readonly { path: string; name: string; title: Record<Lang, string> }[] = [
  { path: '/map', name: 'map', title: { en: 'Map', zh: '拓扑' } },
  { path: '/explore', name: 'explore', title: { en: 'Explore', zh: '分析' } },
  { path: '/alerts', name: 'alerts', title: { en: 'Alerts', zh: '告警' } },
  { path: '/monitors', name: 'monitors', title: { en: 'Monitors', zh: '监视器' } },
  { path: '/records', name: 'records', title: { en: 'Records', zh: '记录' } },
  { path: '/overview', name: 'overview', title: { en: 'Overview', zh: '概览' } },
  { path: '/runs', name: 'runs', title: { en: 'Run logs', zh: '运行日志' } },
  { path: '/runs?list=runs', name: 'run-list', title: { en: 'Run logs', zh: '运行日志' } },
  { path: '/schedules', name: 'schedules', title: { en: 'Scheduled tasks', zh: '定时任务' } },
  { path: '/flows', name: 'flows', title: { en: 'Flows', zh: '流程' } },
  { path: '/flows/demo.order-sync', name: 'flow', title: { en: 'Flow', zh: '流程' } },
  { path: '/sources', name: 'sources', title: { en: 'Sources', zh: '数据源' } },
  { path: '/health', name: 'health', title: { en: 'Health', zh: '自身状态' } },
]

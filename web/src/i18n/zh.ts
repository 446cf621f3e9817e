/** All namespaces of one language, one file per page, so that pages do not meet in one file; and what the server tells. */
import access from './zh/access.json'
import alerts from './zh/alerts.json'
import charts from './zh/charts.json'
import common from './zh/common.json'
import demo from './zh/demo.json'
import explore from './zh/explore.json'
import first from './zh/first.json'
import flows from './zh/flows.json'
import health from './zh/health.json'
import map from './zh/map.json'
import monitors from './zh/monitors.json'
import overview from './zh/overview.json'
import records from './zh/records.json'
import run from './zh/run.json'
import runlogs from './zh/runlogs.json'
import runs from './zh/runs.json'
import schedules from './zh/schedules.json'
import server from './zh/server.json'
import shell from './zh/shell.json'
import sources from './zh/sources.json'
import time from './zh/time.json'

export default {
  access,
  alerts,
  charts,
  common,
  demo,
  explore,
  first,
  flows,
  health,
  map,
  monitors,
  overview,
  records,
  run,
  runlogs,
  runs,
  schedules,
  server,
  shell,
  sources,
  time,
}

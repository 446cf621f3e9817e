/** All namespaces of one language, one file per page, so that pages do not meet in one file. */
import access from './en/access.json'
import alerts from './en/alerts.json'
import charts from './en/charts.json'
import common from './en/common.json'
import demo from './en/demo.json'
import explore from './en/explore.json'
import first from './en/first.json'
import flows from './en/flows.json'
import health from './en/health.json'
import map from './en/map.json'
import monitors from './en/monitors.json'
import overview from './en/overview.json'
import records from './en/records.json'
import run from './en/run.json'
import runlogs from './en/runlogs.json'
import runs from './en/runs.json'
import schedules from './en/schedules.json'
import shell from './en/shell.json'
import sources from './en/sources.json'
import time from './en/time.json'

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
  shell,
  sources,
  time,
}

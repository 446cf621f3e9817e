/** Generated from crates/api/openapi.json by `npm run api`. */
export interface paths {
    "/api/v1/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Alerts
         * @description Newest `since` first. Those pending or firing now, unless `state` says otherwise.
         */
        get: operations["listAlerts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One alert
         * @description Its id stays the same from pending to resolved.
         */
        get: operations["getAlert"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts/{id}/acknowledgement": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Look after an alert
         * @description Noted with who, when and why, in place of who did before.
         */
        put: operations["acknowledgeAlert"];
        post?: never;
        /**
         * Look after an alert no longer
         * @description No change when nobody did.
         */
        delete: operations["unacknowledgeAlert"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts/{id}/comments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Remark on an alert
         * @description Remarks stay as long as the alert.
         */
        post: operations["commentAlert"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts/{id}/series": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * An alert's value over time
         * @description From thirty buckets before it began to thirty after it ended, as its monitor is now. Where points stand for several buckets, each is the one that is furthest on the wrong side of the threshold.
         */
        get: operations["getAlertSeries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who changed what
         * @description Every change that a person made over the API, of alerts, monitors, parsers, flows, schedules and runs, and what the watched folder of flows published; newest first, kept as long as alerts or runs.
         */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/demo/faults": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The faults of the demo
         * @description None when this is not a demo: a page that asks need not know whether it is.
         */
        get: operations["listFaults"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/demo/faults/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One fault of the demo
         * @description 404 when this is not a demo.
         */
        get: operations["getFault"];
        /**
         * Switch a fault of the demo on or off
         * @description It begins or ends with the next call. 404 when this is not a demo.
         */
        put: operations["setFault"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Tell of an event
         * @description Starts the flows that are scheduled on it, and reaches the runs that listen for it.
         */
        post: operations["sendEvent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/fields": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Fields, columns and their values
         * @description What filters and rollups can name.
         */
        get: operations["listFields"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/flows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Flows
         * @description By name, watched jobs among them.
         */
        get: operations["listFlows"];
        put?: never;
        /**
         * Make a flow
         * @description Its id comes from the document. A draft, unless `publish` is true; 409 when it exists.
         */
        post: operations["createFlow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/flows/schema": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The JSON Schema of flows
         * @description That of the Serverless Workflow DSL 1.0, with Magpie's connectors as functions.
         */
        get: operations["getFlowSchema"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/flows/validate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Check a flow's document
         * @description Nothing is stored. With each problem's line, and the next times it would be due.
         */
        post: operations["validateFlow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/flows/{flow}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One flow
         * @description With its newest save and the published one.
         */
        get: operations["getFlow"];
        /**
         * Save a flow
         * @description A new version, a draft unless `publish` is true. With `expected`, 409 when another change came first.
         */
        put: operations["putFlow"];
        post?: never;
        /**
         * Delete a flow
         * @description Its runs and versions stay. One of the watched folder is refused with 409: its file says what to delete.
         */
        delete: operations["deleteFlow"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/flows/{flow}/enabled": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Switch a flow on or off
         * @description Off, no trigger starts it; runs that have begun go on.
         */
        put: operations["enableFlow"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/flows/{flow}/publish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Publish a flow
         * @description Triggers use it from now on; 422 with each mistake when it is not valid, and the old one stays live.
         */
        post: operations["publishFlow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/flows/{flow}/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run a flow now
         * @description The answer comes when the run is stored, not when it has ended.
         */
        post: operations["startRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/flows/{flow}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The saves of a flow
         * @description Newest first; none is ever changed.
         */
        get: operations["listFlowVersions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/flows/{flow}/versions/{revision}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One save of a flow
         * @description As it was written.
         */
        get: operations["getFlowVersion"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/graph": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who calls whom
         * @description Values are those of the whole range; alert states are those of now. With a range to compare with, every edge says how it changed, and edges that are gone are listed without calls: `worse` and `better` by the share of errors (three standard errors and a hundredth apart), else `slower` and `faster` by the average of elapsed_ms (a fifth and 1 ms apart, on five calls in each range).
         */
        get: operations["getGraph"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How Magpie is
         * @description `/readyz` answers by the same verdict, with a status for machines.
         */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/hooks/{flow}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Webhook of a flow
         * @description The whole body is the input of the run; without one it is `{}`. For what posts JSON, or nothing, and knows nothing of Magpie.
         */
        post: operations["callHook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/monitors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The monitors
         * @description Those of the configuration file are read-only (design 13). Those made here come after them; one that does not fit the configuration any more is listed with its `problem` and is not in force.
         */
        get: operations["listMonitors"];
        put?: never;
        /**
         * Make a monitor
         * @description In force at once: what comes from now on is counted and judged, and what is stored is back-filled in the background.
         */
        post: operations["createMonitor"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/monitors.yaml": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All monitors made here, as YAML
         * @description The `monitors:` section of a configuration file.
         */
        get: operations["getMonitorsYaml"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/monitors/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try a monitor on the stored past
         * @description Its thresholds are judged over the stored records as they would have been, and nothing is stored. The day before `to` without `from`. Where that is too much at once, the newest part is judged and `truncated` says so.
         */
        post: operations["previewMonitor"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/monitors/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One monitor
         * @description Also how far its back-fill is.
         */
        get: operations["getMonitor"];
        /**
         * Change a monitor
         * @description Makes a new version. With `version`, refused when another change came first.
         */
        put: operations["putMonitor"];
        post?: never;
        /**
         * Delete a monitor
         * @description Its versions stay, so that it can be brought back; alerts that it raised end.
         */
        delete: operations["deleteMonitor"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/monitors/{name}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Bring an earlier version back
         * @description As a new version: nothing is forgotten, and this can be undone too.
         */
        post: operations["restoreMonitor"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/monitors/{name}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The versions of a monitor
         * @description Newest first, also of one that is deleted.
         */
        get: operations["listMonitorVersions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/monitors/{name}/yaml": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A monitor as YAML
         * @description To be put into the configuration file.
         */
        get: operations["getMonitorYaml"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * This document
         * @description OpenAPI 3.1.
         */
        get: operations["getOpenApi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/parse": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try a parser
         * @description Nothing is stored. At most one of `format`, `pattern`, `regex`, `grok` and `json`; the format is detected without.
         */
        post: operations["parse"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/records": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Search records
         * @description Newest first. Several values of one name mean any of them, several names all of them.
         */
        get: operations["searchRecords"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/records/complete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What may follow in a query line
         * @description Names of columns, fields and attributes, or the most frequent values in the range. `replace` says which part of the line an item stands for.
         */
        get: operations["completeQuery"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/records/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Records as a file
         * @description Newest first, sent as they are read. `jsonl`: a Record a line; `csv`: RFC 4180 with a header. A connection that breaks off means that the file is not whole.
         */
        get: operations["exportRecords"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/records/histogram": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Number of records over time
         * @description Bars without records are left out.
         */
        get: operations["getRecordHistogram"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/records/top/{column}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The most frequent values of a column
         * @description Most frequent first.
         */
        get: operations["getTopValues"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/records/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One record
         * @description The id stays the same through compaction, so this address can be kept.
         */
        get: operations["getRecord"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/records/{id}/around": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lines around a record in its file
         * @description Records of the same host and file by offset, of the same incarnation of the file where it was rotated. A record that came from no file stands alone.
         */
        get: operations["getRecordsAround"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Read the configuration again
         * @description Refused with all mistakes, and the old one kept, when it does not fit.
         */
        post: operations["reload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rollups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Rollups over time
         * @description One row per bucket and combination. Of a call known from both logs the callee's counts, else the caller's. Counts and sums are exact; percentiles are within 1/128 of the value. Columns that neither the monitor nor the base dimension has are folded from the records when asked, newest first and up to a number of them: `scan` says how far.
         */
        get: operations["getRollups"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rollups/heatmap": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Values of a field over time
         * @description Counts by time and value, from the sketches; combinations of a bucket are added up.
         */
        get: operations["getHeatmap"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Runs
         * @description Newest trigger first. Several values of one name mean any of them, several names all of them.
         */
        get: operations["listRuns"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/failures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The failure inbox
         * @description Failures that wait for a person, those that failed alike as one group. Its runs: `open`, `flow` and the three `fault_…` of the list.
         */
        get: operations["listFailures"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Tell that a watched job begins
         * @description Told twice with the same job id, it is one run.
         */
        post: operations["startJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/jobs/{job_id}/attempts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Tell how an attempt of a watched job stands
         * @description A running attempt tells it, or hands over lines, at least once a minute; one that is not heard of for five minutes has failed.
         */
        post: operations["tellJobAttempt"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/jobs/{job_id}/lines": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Hand over what a watched job wrote
         * @description Lines that are known already are not taken twice. The answer comes when they are on disk.
         */
        post: operations["addJobLines"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What runs logged
         * @description Newest first. When a run has succeeded after a retry, the attempts before are left out and counted in `folded`.
         */
        get: operations["searchRunLogs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/logs/histogram": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Number of run log records over time
         * @description Bars without records are left out.
         */
        get: operations["getRunLogHistogram"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/logs/top/{column}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The most frequent values of a column in run logs
         * @description Most frequent first.
         */
        get: operations["getTopRunLogValues"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Runs in figures
         * @description Counted by trigger time. A run counts once, however many attempts it took.
         */
        get: operations["getRunOverview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Retry many runs
         * @description Each for itself: the answer says of each whether it was done.
         */
        post: operations["retryRuns"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/waive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give many failed runs up
         * @description Each for itself: the answer says of each whether it was done.
         */
        post: operations["waiveRuns"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{job_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One run
         * @description With its attempts, and what it was given and gave, redacted.
         */
        get: operations["getRun"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{job_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a run
         * @description Its processes are killed and its calls closed; 409 when it has ended.
         */
        post: operations["cancelRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{job_id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a retry would do
         * @description Nothing is changed.
         */
        get: operations["previewRetry"];
        put?: never;
        /**
         * Retry a run
         * @description The same run goes on with its next attempt; 409 when it cannot be retried as it stands.
         */
        post: operations["retryRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{job_id}/steps": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The steps of a run
         * @description Of all attempts, with iterations; also those that the last attempt did not reach.
         */
        get: operations["listRunSteps"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{job_id}/steps/data": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a step was given and gave
         * @description Redacted, and shortened where it is long.
         */
        get: operations["getRunStepData"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{job_id}/waive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give a failed run up
         * @description It leaves the failure inbox, and its kept input may go; 409 when it has not failed.
         */
        post: operations["waiveRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Scheduled flows and jobs
         * @description By name, with what became of the times in the range.
         */
        get: operations["listSchedules"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules/hours": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The hours of flows and jobs
         * @description For a calendar: of each flow with a schedule or with runs in the range, the hours in which something was due or ran, each with what became of it. Hours are those of `zone`.
         */
        get: operations["listScheduleHours"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules/{flow}/due": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The due times of a schedule
         * @description Newest first: past ones with their outcome, future ones as they are computed now.
         */
        get: operations["listDueTimes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules/{flow}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pause a schedule
         * @description Due times pass as `paused`; other triggers still start the flow.
         */
        post: operations["pauseSchedule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules/{flow}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resume a schedule
         * @description From its next due time on; what passed meanwhile stays as it is.
         */
        post: operations["resumeSchedule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who one is
         * @description Also for those who are not signed in: it says whether anybody has to.
         */
        get: operations["getSession"];
        put?: never;
        /**
         * Sign in
         * @description Gives a cookie for 12 hours, which programs do not need: they send the token itself, as `Authorization: Bearer`.
         */
        post: operations["signIn"];
        /**
         * Sign out
         * @description The session ends at once, also for who has a copy of its cookie.
         */
        delete: operations["signOut"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/silences": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Silences
         * @description Newest first. An alert that one of them covers is judged as ever, and marked as silenced.
         */
        get: operations["listSilences"];
        put?: never;
        /**
         * Silence alerts for a time
         * @description All matchers must fit. Either `ends` or `for` says how long.
         */
        post: operations["createSilence"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/silences/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End a silence now
         * @description It stays in the list of those that are over.
         */
        delete: operations["endSilence"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sources": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The sources
         * @description What is read, in which format, and how far behind. Counters begin at the start, at a reload, and when a parser is chosen.
         */
        get: operations["listSources"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sources/{name}/parser": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Choose a parser for a source
         * @description In force for lines that are read from now on, without a restart, and kept as a version; lines that were read before stay as they are.
         */
        put: operations["setSourceParser"];
        post?: never;
        /**
         * Read a source by the configuration file again
         * @description No change when it is read so already.
         */
        delete: operations["removeSourceParser"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sources/{name}/yaml": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A source as YAML
         * @description As it is in force, to be pasted under `sources:` of the configuration file.
         */
        get: operations["getSourceYaml"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What happens now
         * @description Server-sent events. `record`: a Record. `rollup`: a RollupEvent, when a bucket is closed or changed by late data. `alert`: an Alert, when it begins or changes. `run`: a Run, when its status changes. `lagged`: a Lagged, where events are missing because the client reads too slowly. `hello` comes first; `end` comes last, at shutdown. The record filters choose records; `region`, `application`, `version`, `flow` and `job_id` choose runs too; `monitor` chooses rollups and alerts.
         */
        get: operations["watch"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/uploads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Hand over a log file
         * @description Piece by piece; a piece that came already is not written twice. The built-in source `uploads` reads it like any other file. A name that is taken by another file is made unique: the answer says how.
         */
        post: operations["uploadFile"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether the process answers
         * @description Asks nothing of the stores.
         */
        get: operations["isAlive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Metrics in Prometheus' text format
         * @description With `traces_service_graph_request_*`, which Grafana draws as a service graph. Counters begin with the process and never decrease.
         */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether answers are right
         * @description 503 with the reasons while it starts, or when it fails.
         */
        get: operations["isReady"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @description The aggregation judged; null for `records` and `new`.
         * @enum {string|null}
         */
        AggregateName: "avg" | "count" | "sum" | "min" | "max" | "p50" | "p90" | "p95" | "p99" | "rate" | "distinct" | null;
        Alert: {
            /** @description Who looks after it; null for nobody. */
            acknowledged: components["schemas"]["Signature"] | null;
            aggregate: components["schemas"]["AggregateName"];
            /** @description Oldest first. */
            comments: components["schemas"]["Comment"][];
            /** @description Share of lines behind the value. */
            complete: number;
            condition: components["schemas"]["Condition"];
            /** @description Values of the combination; a missing one is left out. */
            dimensions: {
                [key: string]: string;
            };
            /** @description The field, or `records`. */
            field: string;
            /**
             * Format: date-time
             * @description When it began to fire.
             */
            fired: string | null;
            /** @description Stable id of the episode. */
            id: string;
            /**
             * Format: date-time
             * @description Start of the last judged bucket.
             */
            judged: string;
            /** @description Labels of the threshold. */
            labels: {
                [key: string]: string;
            };
            /** @description The monitor. */
            monitor: string;
            /** @description The last judged bucket had no data: `value` is older. */
            no_data: boolean;
            /** @description Judged on a bucket that is still open. */
            provisional: boolean;
            /**
             * Format: date-time
             * @description When it ended.
             */
            resolved: string | null;
            /**
             * @description How much it matters.
             * @enum {string}
             */
            severity: "info" | "warning" | "critical";
            /** @description Id of the silence that covers it: one in force now, or when it ended. */
            silenced: string | null;
            /**
             * Format: date-time
             * @description Start of the first bucket in which it was exceeded.
             */
            since: string;
            /**
             * @description Where it stands.
             * @enum {string}
             */
            state: "pending" | "firing" | "resolved";
            /** @description The value in the last judged bucket, in the field's unit; null without data. */
            value: number | null;
        };
        AlertSeries: {
            /**
             * Format: date-time
             * @description Start of the first point.
             */
            from: string;
            /** @description Every one of the range. */
            points: {
                /**
                 * Format: date-time
                 * @description Start.
                 */
                bucket: string;
                /** @description Share of lines behind it. */
                complete: number;
                /** @description The value, in the field's unit; null without data. */
                value: number | null;
            }[];
            /** @description Length of a point. */
            step_seconds: number;
            /** @description The limit, in the field's unit; null for `new`. */
            threshold: number | null;
            /**
             * Format: date-time
             * @description End of the last point.
             */
            to: string;
        };
        Alerts: {
            /** @description Newest `since` first. */
            alerts: components["schemas"]["Alert"][];
            /** @description Whether there are more. */
            truncated: boolean;
        };
        /** @description Any JSON value: the input of the run. */
        AnyInput: unknown;
        Audit: {
            /** @description Newest first. */
            entries: {
                /**
                 * @description `runs`: flows, schedules and runs; `state`: everything else.
                 * @enum {string}
                 */
                about: "state" | "runs";
                /** @description What was done, such as `acknowledge`, `put monitor` or `retry run`. */
                action: string;
                /**
                 * Format: date-time
                 * @description When.
                 */
                at: string;
                /** @description Who: whatever they call themselves. */
                by: string;
                /** @description Why, or what was said. */
                comment: string;
                /** @description Ascending with time among those of the same `about`. */
                id: number;
                /** @description To what: id of an alert, silence or run, name of a document or flow. */
                subject: string;
            }[];
            /** @description `cursor` of the next page; null at the end. */
            next: string | null;
        };
        Backfill: {
            /** @description Records done. */
            done: number;
            /** @description Why it could not go on. */
            error: string | null;
            /**
             * Format: date-time
             * @description Time of the oldest record.
             */
            from: string;
            /**
             * @description `failed`: it could not go on, and tries again.
             * @enum {string}
             */
            state: "running" | "done" | "failed";
            /**
             * Format: date-time
             * @description Time just after the newest.
             */
            to: string;
            /** @description Records in all. */
            total: number;
        };
        ClockChange: {
            /** @description Offset from UTC after, in seconds. */
            after: number;
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /** @description Offset from UTC before, in seconds. */
            before: number;
        };
        /** @description A CloudEvent 1.0 in structured JSON. */
        CloudEvent: {
            /** @description The event itself. */
            data?: unknown;
            /** @description Media type of `data`; only JSON is read. */
            datacontenttype?: string;
            /** @description Its id: the same of the same source is heard once. */
            id: string;
            /** @description URI of what sent it. */
            source: string;
            /** @constant */
            specversion: "1.0";
            /** @description About what. */
            subject?: string;
            /** @description When, as RFC 3339. */
            time?: string;
            /** @description What happened. */
            type: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * @description What is told to people, for texts in other languages.
         * @enum {string}
         */
        Code: "internal" | "store_closed" | "question_unfit" | "too_busy" | "too_many_exports" | "too_many_streams" | "no_answer_in_time" | "body_too_long" | "body_unread" | "body_late" | "body_unfit" | "unknown_name" | "not_a_time" | "not_a_duration" | "range_reversed" | "too_many_bars" | "text_too_long" | "name_missing" | "not_signed_in" | "token_wrong" | "role_needed" | "role_needed_of_anybody" | "access_open" | "name_reserved" | "member_too_long" | "query_too_long" | "query_too_many_terms" | "query_unknown_name" | "query_unknown_value" | "query_no_order" | "query_not_a_number" | "query_no_pattern" | "query_one_value" | "query_star_misplaced" | "query_quote_within" | "query_quote_open" | "query_value_missing" | "query_space_missing" | "no_such_alert" | "alerts_monitor_gone" | "comment_empty" | "too_many_comments" | "no_such_silence" | "too_many_silences" | "silence_ends_before" | "silence_too_long" | "matchers_missing" | "too_many_matchers" | "matcher_unknown" | "matcher_not_an_expression" | "no_such_monitor" | "monitor_of_file" | "monitor_exists" | "monitor_changed" | "too_many_monitors" | "monitor_mistakes" | "monitor_not_stored" | "no_such_version" | "unknown_near" | "unknown_word" | "not_a_mapping" | "not_a_single_value" | "not_a_number" | "access_users_missing" | "access_user_twice" | "access_name_unfit" | "access_role_missing" | "access_token_one_of" | "access_token_unfit" | "access_token_shared" | "access_token_file" | "environment_unset" | "environment_open" | "column_twice" | "column_not_in_base" | "monitor_too_many_columns" | "monitor_free_columns" | "monitor_name_missing" | "monitor_name_taken" | "monitor_name_unfit" | "monitor_name_too_long" | "monitor_by_missing" | "threshold_field_missing" | "threshold_conditions" | "pattern_unclosed" | "pattern_names_nothing" | "pattern_name_twice" | "pattern_name_unfit" | "pattern_form_of_other" | "pattern_end_twice" | "pattern_nothing_between" | "time_format_empty" | "time_format_open" | "time_format_unknown" | "regex_unfit" | "regex_names_nothing" | "grok_names_nothing" | "grok_unclosed" | "grok_endless" | "expression_brace_stray" | "expression_not_ended" | "expression_too_deep" | "expression_sign_missing" | "expression_sign_misplaced" | "expression_equality" | "expression_value_missing" | "expression_not_a_number" | "expression_text_open" | "expression_name_open" | "expression_arguments" | "expression_regex_unquoted" | "expression_group_unfit" | "expression_group_unknown" | "document_too_long" | "document_not_yaml" | "document_empty" | "document_second" | "document_too_deep" | "document_too_many_values" | "alias_as_key" | "alias_into_itself" | "tag_unfit" | "number_not_json" | "key_not_single" | "key_twice" | "key_missing" | "key_missing_of" | "key_needed" | "kind_unfit" | "constant_unfit" | "limit_broken" | "nothing_allowed" | "value_forbidden" | "item_twice" | "items_of_list" | "forms_several" | "forms_together" | "text_unmatched" | "text_not_a_version" | "text_not_a_name" | "text_not_an_iso_duration" | "text_not_an_expression" | "text_not_a_uri" | "text_not_a_moment" | "text_not_a_pointer" | "schema_too_deep" | "schema_reference" | "schema_keyword" | "schema_format" | "dsl_unknown" | "evaluate_language" | "evaluate_mode" | "none_declared" | "expression_open" | "zone_unknown" | "not_a_text" | "labels_unfit" | "part_unfit" | "run_retry_conditions" | "duration_not_fixed" | "schedule_kinds" | "strategy_missing" | "not_positive" | "cron_fields" | "cron_never" | "cron_step" | "cron_range" | "cron_number" | "task_keyword_missing" | "process_missing" | "task_twice" | "tasks_missing" | "switch_defaults" | "then_of_branch" | "then_of_namesake" | "then_endless" | "no_such_function" | "no_such_function_near" | "argument_missing" | "argument_unknown" | "database_unsupported" | "call_unsupported" | "not_fetched" | "grant_needs_person" | "client_method" | "shell_expression" | "container_expression" | "container_cleanup" | "script_language" | "set_of_text" | "all_of_none" | "jq_too_long" | "jq_too_many_signs" | "jq_unfit" | "jq_undefined" | "jq_not_compiled" | "no_such_record" | "no_percentiles" | "too_many_columns" | "step_not_whole" | "column_elsewhere" | "parser_unfit" | "parser_not_stored" | "upload_not_next" | "upload_no_room" | "upload_not_written" | "configuration_mistakes" | "no_such_flow" | "no_such_revision" | "flow_exists" | "flow_changed" | "flow_other" | "flow_of_folder" | "flow_watched" | "flow_without_schedule" | "flow_mistakes" | "flow_disabled" | "no_such_run" | "not_a_job_id" | "input_too_large" | "run_overlaps" | "run_state" | "run_succeeded" | "input_not_kept" | "input_hidden" | "retry_doubtful" | "retry_twice" | "retry_revision" | "retry_needs_input" | "no_such_step" | "run_member_unfit" | "runs_away" | "not_stored" | "reason_empty" | "too_many_runs" | "reading_starts" | "triggers_wait" | "disk_slow" | "not_backfilled" | "stdin_not_logged" | "stdin_failed" | "sent_not_logged" | "log_entry_unread" | "not_judged" | "batch_not_stored" | "parsers_unread" | "upkeep_failed" | "uploads_not_removed";
        Comment: {
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /** @description Who: whatever they call themselves. */
            by: string;
            /** @description Ascending with time. */
            id: number;
            /** @description What they say. */
            text: string;
        };
        Completeness: {
            /**
             * Format: date-time
             * @description Start of the bucket, or of the range.
             */
            bucket: string;
            /** @description Events lost. */
            dropped: number;
            /** @description Sources that were expected to report. */
            expected: number;
            /** @description Events that came as counts of an agent, of those understood or not. */
            from_agent: number;
            /** @description Events that came late. */
            late: number;
            /** @description Events understood. */
            parsed: number;
            /** @description Sources that did. */
            reporting: number;
            /** @description Share of lines that the numbers stand for. */
            share: number;
            /** @description Events not understood. */
            unparsed: number;
            /**
             * Format: date-time
             * @description Up to when every active source has been read.
             */
            watermark: string;
        };
        Completion: {
            /** @description The likeliest first. */
            items: {
                /** @description What to write. */
                insert: string;
                /**
                 * @description What it is.
                 * @enum {string}
                 */
                kind: "column" | "field" | "attribute" | "operator" | "value";
                /** @description What to show. */
                label: string;
                /** @description Records with this value in the range; null where they are not counted. */
                records: number | null;
            }[];
            replace: {
                /** @description First unit of the line that an item stands for, in UTF-16 units. */
                from: number;
                /** @description First unit after. */
                to: number;
            };
        };
        Condition: {
            /** @description Exceeded when the value is greater, in the field's unit. */
            above: number;
        } | {
            /** @description Exceeded when the value is less, in the field's unit. */
            below: number;
        } | {
            new: {
                /** @description How far back "seen before" reaches, in ns. */
                within: number;
            };
        };
        DayTally: {
            /**
             * Format: date-time
             * @description Start of the day in `zone`.
             */
            day: string;
            /** @description Runs that failed or timed out for good. */
            failed: number;
            /** @description Runs that were cancelled, or have not ended. */
            other: number;
            /** @description Runs that ended well. */
            succeeded: number;
        };
        DeletedFlow: {
            /** @description The flow that was deleted; its versions and runs stay. */
            flow: string;
        };
        Diagram: {
            /** @description What follows what. */
            edges: {
                /** @description Id of a node. */
                from: string;
                /** @description When it is taken; null for always. */
                label: string | null;
                /** @description Id of a node. */
                to: string;
            }[];
            /** @description Tasks, and `start` and `end`. */
            nodes: {
                /** @description JSON pointer of the task, `start` or `end`. */
                id: string;
                /** @description Keyword of the task, `start` or `end`. */
                kind: string;
                /** @description Name of the task. */
                name: string;
                /** @description Id of the task around it; null for one at the top. */
                parent: string | null;
            }[];
        };
        /** @description An OpenAPI 3.1 document. */
        Document: Record<string, never>;
        DoubtfulStep: {
            /** @description Counters of the loops around it; empty outside of all. */
            iteration: string;
            /** @description JSON pointer of the step. */
            pointer: string;
        };
        DueRow: {
            /**
             * Format: date-time
             * @description When it was, or is, due.
             */
            due: string;
            /** @description The flow. */
            flow: string;
            /**
             * @description What became of it; `due`: still to come.
             * @enum {string}
             */
            outcome: "ran" | "late" | "skipped" | "missed" | "paused" | "due" | "running" | "retrying" | "failed" | "cancelled";
            /** @description Why, such as `overlap`, `down`, `paused`, `dst`, `age`, `policy`; null where it ran. */
            reason: string | null;
            /** @description Its run; null when there is none. */
            run: components["schemas"]["Run"] | null;
            /**
             * @description How a change of the clock moved it; null when it did not.
             * @enum {string|null}
             */
            shift: "dst forward" | "dst back" | null;
        };
        DueRows: {
            /** @description Newest first. */
            due: components["schemas"]["DueRow"][];
            /** @description Runs of the range that no due time made: by hand, by events. Newest trigger first. */
            others: components["schemas"]["Run"][];
            /** @description Whether there are more than `limit` of either. */
            truncated: boolean;
        };
        Edge: {
            /** @enum {string|null} */
            alert: "pending" | "firing" | "resolved" | null;
            /** @description Against the other range; null where none is given. */
            compare: components["schemas"]["EdgeComparison"] | null;
            /** @description Value of the monitor's free column, if it has one. */
            extra: string | null;
            /** @description By name of the field. */
            fields: {
                [key: string]: {
                    [key: string]: number;
                };
            };
            /** @description Number of calls. */
            records: number;
            /** @description The service, if the graph has it. */
            service: string | null;
            /** @description Id of the calling node. */
            source: string;
            /** @description Id of the called node. */
            target: string;
            /** @description Each threshold of the monitor. */
            thresholds: {
                /** @description `field: threshold`. */
                label: string;
                /**
                 * @description How much it matters.
                 * @enum {string}
                 */
                severity: "info" | "warning" | "critical";
                /** @enum {string|null} */
                state: "pending" | "firing" | "resolved" | null;
                /** @description The value over the range, in the field's unit. */
                value: number | null;
            }[];
        };
        EdgeComparison: {
            /** @description Values in the other range. */
            fields: {
                [key: string]: {
                    [key: string]: number;
                };
            };
            /** @description Calls in the other range. */
            records: number;
            /**
             * @description How it changed.
             * @enum {string}
             */
            state: "new" | "gone" | "worse" | "better" | "slower" | "faster" | "same";
        };
        Empty: Record<string, never>;
        Enable: {
            /** @description Who; `(unknown)` without. */
            by?: string;
            /** @description Whether triggers shall start it. */
            enabled: boolean;
            /** @description Why. */
            reason?: string;
        };
        EventHeard: {
            /** @description Id of the event. */
            event_id: string;
            /** @description Waiting runs that heard it. */
            heard: number;
            /** @description Job ids of the runs that it started. */
            triggered: string[];
        };
        FailureGroup: {
            /** @description Runs that failed alike: of the same flow, in the same step, with the same kind of error and status. */
            count: number;
            /**
             * Format: date-time
             * @description When the first of them failed.
             */
            first: string;
            /**
             * Format: date-time
             * @description When the last of them, `newest`, failed.
             */
            last: string;
            newest: components["schemas"]["Run"];
            /**
             * Format: date-time
             * @description When the oldest of them was triggered.
             */
            since: string;
        };
        Failures: {
            /** @description What failed last first. */
            groups: components["schemas"]["FailureGroup"][];
            /** @description Runs in all of them. */
            runs: number;
            /** @description Groups that the filters mean. */
            total: number;
        };
        Fault: {
            /** @description What it does. */
            description: string;
            /** @description Name. */
            name: string;
            /** @description Whether it is on. */
            on: boolean;
        };
        FaultSwitch: {
            /** @description Whether it shall be on. */
            on: boolean;
        };
        Faults: {
            /** @description All faults. */
            faults: components["schemas"]["Fault"][];
        };
        FieldValues: {
            /** @description Sum divided by the number of values; null without values. */
            avg: number | null;
            /** @description Records where the field is present; of a flag, where it is set. Exact. */
            count: number;
            /** @description Number of different values, about; null where it is not kept. */
            distinct: number | null;
            /** @description Greatest value; null without values. */
            max: number | null;
            /** @description Least value; null without values. */
            min: number | null;
            /** @description Percentile in the field's unit, within 1/128 of the value; null where it is not kept. */
            p50: number | null;
            /** @description Percentile in the field's unit, within 1/128 of the value; null where it is not kept. */
            p90: number | null;
            /** @description Percentile in the field's unit, within 1/128 of the value; null where it is not kept. */
            p95: number | null;
            /** @description Percentile in the field's unit, within 1/128 of the value; null where it is not kept. */
            p99: number | null;
            /** @description `count` per second of the row's time. */
            rate: number | null;
            /** @description Sum in the field's unit, written exactly. */
            sum: number;
        };
        Fields: {
            /** @description Columns of words. */
            columns: {
                /** @description Whether rollups can be asked by it without a monitor. */
                base: boolean;
                /** @description Whether it is one of the five dimensions. */
                dimension: boolean;
                /** @description Name. */
                name: string;
            }[];
            /** @description Measured fields. */
            fields: {
                /** @description Declared aggregations, the default first. */
                aggregates: string[];
                /** @description For a distinct count: the column counted. */
                distinct_of: string | null;
                /** @description Whether `count` counts only where it is set. */
                flag: boolean;
                /** @description Name. */
                name: string;
                /** @description Decimal digits kept. */
                scale: number;
                /** @description Unit after UCUM: ms, By, 1. */
                unit: string | null;
            }[];
            /** @description Kinds of records. */
            kinds: string[];
            /** @description Marks that a record may bear. */
            marks: string[];
            /** @description Mildest first. */
            severities: string[];
        };
        Flow: {
            /** @description What it belongs to; empty for none. */
            application: string;
            /** @description Most runs at once. */
            concurrency: number;
            /** @description The newest save, when it is not the published one; else null. */
            draft: number | null;
            /** @description Whether triggers start it. */
            enabled: boolean;
            /**
             * Format: date-time
             * @description Since when it is enabled; intervals count from here.
             */
            enabled_at: string;
            /** @description The file; null when it is none. */
            file: string | null;
            /** @description `namespace.name`, or the name that a watched job was given. */
            flow: string;
            /** @description Of an expected job: how late a run may come; null where nobody said it. */
            grace_ms: number | null;
            /**
             * @description `job`: something that others run and `magpie exec` tells of.
             * @enum {string}
             */
            kind: "flow" | "job";
            /** @description Labels from `document.metadata`. */
            labels: {
                [key: string]: string;
            };
            /** @description Its newest run; null without any. */
            last_run: components["schemas"]["Run"] | null;
            /** @description `document.name`. */
            name: string;
            /** @description `document.namespace`; empty for a job. */
            namespace: string;
            /**
             * @description A file of the watched folder, saved over this API, or told by `magpie exec`.
             * @enum {string}
             */
            origin: "folder" | "api" | "exec";
            /**
             * @description What becomes of a trigger while another run has not ended.
             * @enum {string}
             */
            overlap: "skip" | "queue" | "replace" | "allow";
            /** @description Who paused its schedule; null when nobody did. */
            paused: components["schemas"]["Pause"] | null;
            /** @description Why the newest save could not be published; null when it could, or nobody tried. */
            problem: components["schemas"]["PublishProblem"] | null;
            /** @description The save that triggers use; null when none is published. */
            published: number | null;
            /** @description Where it runs; empty for none. */
            region: string;
            /** @description The newest save, from 1; 0 for a job. */
            revision: number;
            /** @description When it runs by itself; null when it does not. */
            schedule: components["schemas"]["FlowSchedule"] | null;
            /** @description `document.summary`. */
            summary: string | null;
            /** @description `document.title`. */
            title: string | null;
            /** @description What can start it. */
            triggers: ("schedule" | "event" | "manual" | "webhook" | "exec")[];
            /** @description 95 of 100 past successes took no longer; null while nothing is known. */
            usual_ms: number | null;
            /** @description `document.version` of the published definition, else of the newest; empty for a job. */
            version: string;
            /** @description What its watchdog says; null while all is well. */
            watchdog: components["schemas"]["WatchdogNote"] | null;
        };
        FlowDetail: {
            /** @description What it belongs to; empty for none. */
            application: string;
            /** @description Most runs at once. */
            concurrency: number;
            /** @description Of the newest save; null when it cannot be read. */
            diagram: components["schemas"]["Diagram"] | null;
            /** @description The newest save, when it is not the published one; else null. */
            draft: number | null;
            /** @description Whether triggers start it. */
            enabled: boolean;
            /**
             * Format: date-time
             * @description Since when it is enabled; intervals count from here.
             */
            enabled_at: string;
            /** @description The file; null when it is none. */
            file: string | null;
            /** @description `namespace.name`, or the name that a watched job was given. */
            flow: string;
            /** @description Of an expected job: how late a run may come; null where nobody said it. */
            grace_ms: number | null;
            /**
             * @description `job`: something that others run and `magpie exec` tells of.
             * @enum {string}
             */
            kind: "flow" | "job";
            /** @description Labels from `document.metadata`. */
            labels: {
                [key: string]: string;
            };
            /** @description Its newest run; null without any. */
            last_run: components["schemas"]["Run"] | null;
            /** @description `document.name`. */
            name: string;
            /** @description `document.namespace`; empty for a job. */
            namespace: string;
            /**
             * @description A file of the watched folder, saved over this API, or told by `magpie exec`.
             * @enum {string}
             */
            origin: "folder" | "api" | "exec";
            /**
             * @description What becomes of a trigger while another run has not ended.
             * @enum {string}
             */
            overlap: "skip" | "queue" | "replace" | "allow";
            /** @description Who paused its schedule; null when nobody did. */
            paused: components["schemas"]["Pause"] | null;
            /** @description Why the newest save could not be published; null when it could, or nobody tried. */
            problem: components["schemas"]["PublishProblem"] | null;
            /** @description The save that triggers use; null when none is published. */
            published: number | null;
            /** @description The published definition as it was written; null when none is. */
            published_source: string | null;
            /** @description Where it runs; empty for none. */
            region: string;
            /** @description The newest save, from 1; 0 for a job. */
            revision: number;
            /** @description When it runs by itself; null when it does not. */
            schedule: components["schemas"]["FlowSchedule"] | null;
            /** @description The newest save as it was written, or the file that could not be published (`problem`); null for a job. */
            source: string | null;
            /** @description `document.summary`. */
            summary: string | null;
            /** @description `document.title`. */
            title: string | null;
            /** @description What can start it. */
            triggers: ("schedule" | "event" | "manual" | "webhook" | "exec")[];
            /** @description 95 of 100 past successes took no longer; null while nothing is known. */
            usual_ms: number | null;
            /** @description `document.version` of the published definition, else of the newest; empty for a job. */
            version: string;
            /** @description What its watchdog says; null while all is well. */
            watchdog: components["schemas"]["WatchdogNote"] | null;
        };
        FlowHours: {
            /** @description What it belongs to; empty for none. */
            application: string;
            /** @description The flow. */
            flow: string;
            /** @description Ascending; an hour in which nothing was due or ran is left out. */
            hours: components["schemas"]["HourTally"][];
            /**
             * @description `job`: something that others run.
             * @enum {string}
             */
            kind: "flow" | "job";
        };
        FlowProblem: {
            code?: components["schemas"]["Code"];
            /** @description Character of the line, from 1. */
            column: number | null;
            /** @description Line of the document, from 1; 0 for the whole. */
            line: number;
            /** @description What is wrong, and what to write instead. */
            message: string;
            /** @description JSON pointer of the place; empty for the whole. */
            pointer: string;
            /**
             * @description `unsupported`: it is valid, but asks for what this Magpie does not do; it can be saved, but not published.
             * @enum {string}
             */
            severity: "error" | "unsupported";
            /** @description What stands in the message, by name. */
            values?: {
                [key: string]: string;
            };
        };
        FlowSchedule: {
            /**
             * @description Which form of schedule it is.
             * @enum {string}
             */
            kind: "cron" | "every" | "after" | "on";
            /**
             * Format: date-time
             * @description When it is due next; null when never, and for `on`.
             */
            next: string | null;
            /** @description As it was written. */
            text: string;
            /** @description IANA name of the zone it is meant in. */
            timezone: string;
        };
        /** @description A JSON Schema of flow documents, with Magpie's connectors as functions. */
        FlowSchema: Record<string, never>;
        FlowSource: {
            /** @description The document, YAML or JSON. */
            source: string;
        };
        FlowTally: {
            /** @description Runs that have not ended. */
            active: number;
            /** @description What it belongs to; empty for none. */
            application: string;
            /** @description Average time of the successes; null without any. */
            avg_ms: number | null;
            /** @description Runs that a person ended. */
            cancelled: number;
            /** @description The last seven days, whatever the range, oldest first. */
            days: components["schemas"]["DayTally"][];
            /** @description Runs that failed or timed out for good. */
            failed: number;
            /** @description Runs that succeeded with their first attempt. */
            first_try: number;
            /** @description The flow. */
            flow: string;
            /**
             * @description `job`: something that others run.
             * @enum {string}
             */
            kind: "flow" | "job";
            /** @description Its newest run, whatever the range; null without any. */
            last: components["schemas"]["Run"] | null;
            /** @description Failed runs that nobody has retried with success or waived. */
            open: number;
            /** @description 95 of 100 successes took no longer; null without any. */
            p95_ms: number | null;
            /** @description Runs that succeeded after a retry. */
            retried: number;
            /** @description Attempts that were made by themselves after a failure. */
            retries: number;
            /** @description Runs that were triggered. */
            runs: number;
            /** @description Runs that ended well, whichever attempt it was. */
            succeeded: number;
            /** @description 95 of 100 past successes took no longer; null while nothing is known. */
            usual_ms: number | null;
        };
        FlowValidation: {
            /** @description Null when it cannot be read. */
            diagram: components["schemas"]["Diagram"] | null;
            /** @description The next five times; none without a schedule. */
            due: {
                /**
                 * Format: date-time
                 * @description When.
                 */
                due: string;
                /**
                 * @description How a change of the clock moves it; null when it does not.
                 * @enum {string|null}
                 */
                shift: "dst forward" | "dst back" | null;
            }[];
            /** @description `namespace.name`; null when the document does not say. */
            flow: string | null;
            /** @description In the order of the document. */
            problems: components["schemas"]["FlowProblem"][];
            /** @description The next changes of the clock in its zone, as far as they matter to it. */
            transitions: components["schemas"]["ClockChange"][];
            /** @description Whether it could be published. */
            valid: boolean;
        };
        FlowVersion: {
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /** @description Who saved it; `magpie` for a file of the watched folder. */
            by: string;
            /** @description Why. */
            comment: string;
            /** @description Whether triggers use it. */
            live: boolean;
            /**
             * Format: date-time
             * @description When it was last published; null when never.
             */
            published_at: string | null;
            /** @description Number of the save, from 1. */
            revision: number;
            /** @description `document.version`; empty when the document cannot be read. */
            version: string;
        };
        FlowVersionSource: {
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /** @description Who saved it; `magpie` for a file of the watched folder. */
            by: string;
            /** @description Why. */
            comment: string;
            /** @description Whether triggers use it. */
            live: boolean;
            /**
             * Format: date-time
             * @description When it was last published; null when never.
             */
            published_at: string | null;
            /** @description Number of the save, from 1. */
            revision: number;
            /** @description As it was written. */
            source: string;
            /** @description `document.version`; empty when the document cannot be read. */
            version: string;
        };
        FlowVersions: {
            /** @description Newest first. */
            versions: components["schemas"]["FlowVersion"][];
        };
        Flows: {
            /** @description By name. */
            flows: components["schemas"]["Flow"][];
        };
        Graph: {
            /** @description Columns of the graph. */
            by: string[];
            /** @description The range compared with, in whole buckets. */
            compared: {
                /**
                 * Format: date-time
                 * @description Start.
                 */
                from: string;
                /**
                 * Format: date-time
                 * @description End.
                 */
                to: string;
            } | null;
            completeness: components["schemas"]["Completeness"] | null;
            /** @description One per combination. */
            edges: components["schemas"]["Edge"][];
            /** @description Edges that `q` means, of which the busiest and those with alerts are given. */
            edges_total: number;
            /**
             * Format: date-time
             * @description Start of the range.
             */
            from: string;
            /** @description The monitor, or `(base)`. */
            monitor: string;
            /** @description Ascending by id; those that an edge of the answer touches. */
            nodes: components["schemas"]["Node"][];
            /**
             * Format: date-time
             * @description End of the range.
             */
            to: string;
            /** @description Whether there are more edges than `limit`; the busiest are given. */
            truncated: boolean;
        };
        Health: {
            /** @description Bytes read per second, over the last minute. */
            bytes_per_second: number;
            disk: {
                /** @description Bytes free. */
                free_bytes: number;
                /** @description Bytes in all. */
                total_bytes: number;
                /** @description Bytes that the data directory takes. */
                used_bytes: number;
            } | null;
            /** @description The last errors, newest first. */
            errors: {
                code: components["schemas"]["Code"];
                /** @description How many times. */
                count: number;
                /** @description What happened, in English. */
                message: string;
                /**
                 * Format: date-time
                 * @description When it last happened.
                 */
                time: string;
                /** @description What stands in it, by name. */
                values: {
                    [key: string]: string;
                };
            }[];
            /** @description How far judging is behind the watermark, in ms. */
            judge_lag_ms: number | null;
            /**
             * Format: date-time
             * @description When a segment was last sealed.
             */
            last_seal: string | null;
            memory: {
                /** @description Bytes it may take: the limit of its control group, else those of the machine. */
                limit_bytes: number | null;
                /** @description Bytes resident. */
                used_bytes: number;
            } | null;
            /**
             * Format: date-time
             * @description Time of the oldest stored record.
             */
            oldest: string | null;
            /** @description Normalising operators. */
            operators: {
                /** @description Values and combinations folded. */
                folded: number;
                /** @description Name. */
                name: string;
                /** @description Open buckets. */
                open_buckets: number;
                /** @description Records made. */
                records: number;
            }[];
            /** @description Every queue between tasks. */
            queues: {
                /** @description Most entries. */
                bound: number;
                /** @description Entries dropped. */
                dropped: number;
                /** @description Entries now. */
                length: number;
                /** @description Between whom. */
                name: string;
            }[];
            /** @description Why it is not `ok`. */
            reasons: components["schemas"]["Notice"][];
            /** @description Events per second that become records, over the last minute. */
            records_per_second: number;
            retention: {
                /** @description Age up to which things are kept. */
                age_seconds: number;
                /** @description Bytes up to which they are kept; null for no limit. */
                size_bytes: number | null;
            };
            /**
             * Format: date-time
             * @description When the process started.
             */
            started: string;
            store: {
                /** @description Bytes of their files. */
                bytes: number;
                /** @description Bytes of the write-ahead log. */
                log_bytes: number;
                /** @description Bytes of memory they take, about. */
                open_bytes: number;
                /** @description Records that are not durable yet. */
                open_rows: number;
                /** @description Partials without percentiles because their field's scale changed. */
                rescaled: number;
                /** @description Records in them. */
                rows: number;
                /** @description Sealed segments. */
                segments: number;
                /** @description Bytes cut from torn ends when the store was opened. */
                torn_bytes: number;
            };
            /**
             * @description All in one word.
             * @enum {string}
             */
            verdict: "ok" | "degraded" | "starting" | "failing";
            /** @description Version of the program. */
            version: string;
        };
        Heatmap: {
            /** @description The field. */
            field: string;
            /**
             * Format: date-time
             * @description Start of the first bucket.
             */
            from: string;
            /** @description Ascending; buckets without values are left out. */
            rows: {
                /** @description Ascending; those without values are left out. */
                bins: {
                    /** @description Number of values. */
                    count: number;
                    /** @description First value after. */
                    high: number;
                    /** @description Least value, in the field's unit. */
                    low: number;
                }[];
                /**
                 * Format: date-time
                 * @description Start of the bucket.
                 */
                bucket: string;
            }[];
            scan: components["schemas"]["Scan"];
            /** @description Length of a bucket. */
            step_seconds: number;
            /**
             * Format: date-time
             * @description End of the last bucket.
             */
            to: string;
            /** @description Its unit after UCUM. */
            unit: string | null;
        };
        Histogram: {
            /** @description Ascending by time and value; those without records are left out. */
            bars: {
                /** @description Number of records. */
                records: number;
                /**
                 * Format: date-time
                 * @description Start of the bar.
                 */
                time: string;
                /** @description Severity or value of the column; empty for none. */
                value: string;
            }[];
            /** @description `severity`, or a column. */
            by: string;
            /**
             * Format: date-time
             * @description First moment.
             */
            from: string;
            /** @description Length of a bar, as a duration. */
            step: string;
            /** @description The same in seconds. */
            step_seconds: number;
            /**
             * Format: date-time
             * @description First moment after.
             */
            to: string;
        };
        HourTally: {
            /** @description Came, and were ended by a person. */
            cancelled: number;
            /** @description Are still to come. */
            due: number;
            /** @description Came, and failed for good. */
            failed: number;
            /**
             * Format: date-time
             * @description Start of the hour.
             */
            hour: string;
            /** @description Came after their grace, and succeeded. */
            late: number;
            /** @description Did not come. */
            missed: number;
            others: {
                /** @description Failed or timed out for good. */
                failed: number;
                /** @description Were cancelled, or have not ended. */
                other: number;
                /** @description Ended well. */
                succeeded: number;
            };
            /** @description Passed while the schedule was paused. */
            paused: number;
            /** @description Came in time, and succeeded. */
            ran: number;
            /** @description Came, failed, and are tried again. */
            retrying: number;
            /** @description Came, and have not ended. */
            running: number;
            /** @description Were left out on purpose. */
            skipped: number;
        };
        JobAttempt: {
            /** @description From 1. */
            attempt: number;
            /** @description Exit code. */
            code?: number | null;
            /** @description What went wrong, when it is not the exit code. */
            detail?: string;
            /** @description When it ended, RFC 3339. */
            ended?: string;
            /** @description When the next attempt begins, RFC 3339; without, this was the last. */
            next_try?: string;
            /** @description Signal that ended it. */
            signal?: number | null;
            /** @description When it began, RFC 3339. */
            started: string;
            /**
             * @description `running` begins an attempt, and is a sign of life.
             * @enum {string}
             */
            status: "running" | "succeeded" | "failed" | "timed_out" | "cancelled";
        };
        JobLine: {
            /** @description As detected; `info` on stdout and `warn` on stderr without. */
            severity?: string;
            /**
             * @description Where it was written; `magpie` for what the wrapper says itself.
             * @enum {string}
             */
            stream: "stdout" | "stderr" | "magpie";
            /** @description The line without its end, at most 64 KiB. */
            text: string;
            /** @description When it was written, RFC 3339. */
            time: string;
        };
        JobLines: {
            /** @description Attempt that wrote them, from 1. */
            attempt: number;
            /** @description Lines of the run before these: those that are known already are not taken twice. */
            first: number;
            /** @description In order, at most 1,000. */
            lines: components["schemas"]["JobLine"][];
            /** @description Lines lost between those before and these. */
            lost?: number;
        };
        JobLinesTaken: {
            /** @description Lines known of the run: `first` of the next ones. */
            lines: number;
        };
        JobSchedule: {
            /** @description When it should run, a cron expression of 5 or 6 fields. */
            cron: string;
            /** @description How late it may come before an alert says that it is missing; 5 minutes without. */
            grace_ms?: number;
            /** @description IANA name of the zone; the configured one without. */
            timezone?: string;
        };
        JobStarted: {
            /** @description Id of the run. */
            job_id: string;
            /** @description Lines known of it: `first` of the next ones. */
            lines: number;
        };
        Lagged: {
            /** @description Alerts missed. */
            alerts: number;
            /** @description Events skipped unseen because the filters could not keep up; their records are among `records`. */
            batches: number;
            /** @description Records missed; where whole batches were skipped, before filtering. */
            records: number;
            /** @description Rollup rows missed. */
            rollups: number;
            /** @description Runs missed. */
            runs: number;
        };
        LoggedRun: {
            /** @description The attempt that stands for the run. */
            attempt: number;
            /** @description Attempts so far. */
            attempts: number;
            status: components["schemas"]["RunStatus"];
        };
        ManyDone: {
            /** @description One for each run, in the order asked. */
            results: {
                /** @description The run. */
                job_id: string;
                /** @description Whether it was done. */
                ok: boolean;
                /** @description Why not; null when it was. */
                problem: components["schemas"]["Notice"] | null;
            }[];
        };
        Matcher: {
            /** @description `monitor`, `severity`, `field`, a column, or a label of a threshold. */
            name: string;
            /**
             * @description `matches`: the whole value matches this regular expression.
             * @enum {string}
             */
            op: "is" | "is_not" | "matches";
            /** @description The value; empty for none. */
            value: string;
        };
        Monitor: {
            /** @description How far it is back-filled from stored records; null when nothing had to be since the process started. */
            backfill: components["schemas"]["Backfill"] | null;
            /** @description Its columns. */
            by: string[];
            document: components["schemas"]["MonitorDocument"];
            /** @description Whether it can be changed here. */
            editable: boolean;
            /** @description Its fields. */
            fields: string[];
            /** @description Kinds of records it takes. */
            kinds: string[];
            /** @description Unique name. */
            name: string;
            /**
             * @description Where it is defined: in the configuration file, or over this API.
             * @enum {string}
             */
            origin: "file" | "ui";
            /** @description Why it is not in force; null when it is. */
            problem: string | null;
            /** @description Whether it can only be changed in the file. */
            read_only: boolean;
            /** @description Its thresholds. */
            thresholds: {
                aggregate: components["schemas"]["AggregateName"];
                condition: components["schemas"]["Condition"];
                /** @description The field, or `records`. */
                field: string;
                /** @description How long it must be exceeded, as a duration. */
                for: string;
                /** @description Stays as long as what is judged stays. */
                id: string;
                /** @description Copied to the alert. */
                labels: {
                    [key: string]: string;
                };
                /**
                 * @description How much it matters.
                 * @enum {string}
                 */
                severity: "info" | "warning" | "critical";
                /** @description As labels show it. */
                title: string;
            }[];
            /** @description Its version; null for one of the file. */
            version: number | null;
            /** @description Limits by column; all must hold. */
            where: {
                [key: string]: string[];
            };
        };
        MonitorDocument: {
            /** @description Its columns: dimensions, and at most one other. */
            by: string[];
            /** @description Its fields; all without. */
            fields?: string[];
            /** @description Unique name. */
            name: string;
            /** @description Its thresholds. */
            thresholds?: components["schemas"]["ThresholdDocument"][];
            /** @description Limits by column, `severity` or `kind`; all must hold. */
            where?: {
                [key: string]: string | string[];
            };
        };
        MonitorVersions: {
            /** @description Newest first. */
            versions: {
                /**
                 * Format: date-time
                 * @description When.
                 */
                at: string;
                /** @description Who. */
                by: string;
                /** @description Why. */
                comment: string;
                /** @description Whether this version deleted it. */
                deleted: boolean;
                monitor: components["schemas"]["MonitorDocument"] | null;
                /** @description Number of the version, from 1. */
                version: number;
            }[];
        };
        Monitors: {
            /** @description The time unit of aggregation, as a duration. */
            bucket: string;
            /** @description Those of the file, then those made here. */
            monitors: components["schemas"]["Monitor"][];
        };
        NewComment: {
            /** @description Who: whatever they call themselves. */
            by: string;
            /** @description What there is to say. */
            text: string;
        };
        NewFlow: {
            /** @description Who; `(unknown)` without. */
            by?: string;
            /** @description Why. */
            comment?: string;
            /** @description Whether to publish it too; a draft without. */
            publish?: boolean;
            /** @description The document, YAML or JSON. */
            source: string;
        };
        NewJobRun: {
            /** @description What it belongs to. */
            application?: string;
            /** @description The command and its arguments, as far as they are to be shown. */
            command: string[];
            /** @description Name of the job: letters, digits, `-`, `_` and `.`. */
            flow: string;
            /** @description Where it runs. */
            host: string;
            /** @description Made by the caller (UUIDv7), so that telling it twice makes one run; made here without. */
            job_id?: string;
            /** @description Labels. */
            labels?: {
                [key: string]: string;
            };
            /** @description Attempts that its policy allows; 1 without. */
            max_attempts?: number;
            /** @description Where it runs. */
            region?: string;
            schedule?: components["schemas"]["JobSchedule"];
            /** @description When it began, RFC 3339. */
            started: string;
            /** @description How long an attempt may take. */
            timeout_ms?: number;
        };
        NewMonitor: {
            /** @description Who. */
            by?: string;
            /** @description Why. */
            comment?: string;
            monitor: components["schemas"]["MonitorDocument"];
            /** @description The version that was changed; refused with 409 when another change came first. */
            version?: number;
        };
        NewRun: {
            /** @description Who; `(unknown)` without. */
            by?: string;
            /** @description Why. */
            comment?: string;
            /** @description What it is given; an empty object without. */
            input?: unknown;
            /** @description The save of the definition to run; the published one without. */
            revision?: number;
        };
        NewSilence: {
            /** @description Who: whatever they call themselves. */
            by: string;
            /** @description Why. */
            comment?: string;
            /** @description First moment after, or `for`. */
            ends?: string;
            /** @description How long, such as `2h`, or `ends`. */
            for?: string;
            /** @description All must fit; at least one. */
            matchers: components["schemas"]["Matcher"][];
            /** @description First moment; now without. */
            starts?: string;
        };
        Node: {
            /** @description Whether something calls it. */
            called: boolean;
            /** @description Whether it calls something. */
            calls: boolean;
            /** @description Of these, how many failed. */
            errors: number;
            /** @description The host, if the graph has it on this side. */
            host: string | null;
            /** @description Hosts of the module in the range; 1 for a host, 0 where they are not known. */
            hosts: number;
            /** @description `module/host`, `module/`, `/host` or `(all)`. */
            id: string;
            /** @description The module, if the graph has it on this side. */
            module: string | null;
            /** @description Calls of it in the range, over all edges of the graph. */
            records: number;
            /**
             * @description As configured under `modules:`, else `front` when no other module calls it; null for what is no module.
             * @enum {string|null}
             */
            tier: "front" | "back" | null;
        };
        Notice: {
            code: components["schemas"]["Code"];
            /** @description In English. */
            message: string;
            /** @description What stands in it, by name. */
            values: {
                [key: string]: string;
            };
        };
        ParseRequest: {
            /** @description A named format, or `auto`. */
            format?: string;
            /** @description A grok expression. */
            grok?: string;
            /** @description Value name → dotted path of a JSON member. */
            json?: {
                [key: string]: string;
            };
            /** @description The lines, instead of `text`. */
            lines?: string[];
            /** @description Column or field name → expression. */
            map?: {
                [key: string]: string;
            };
            /** @description Text with values in angle brackets. */
            pattern?: string;
            /** @description A regular expression with named groups. */
            regex?: string;
            /** @description The text, with line ends. */
            text?: string;
            /** @description Zone of times that name none (IANA name). */
            zone?: string;
        };
        Parsed: {
            /** @description How sure the detection is; null when the request named the format. */
            confidence: number | null;
            /** @description In order. */
            events: {
                /** @description Number of the event's first line, from 1. */
                line: number;
                /** @description Why it was not understood. */
                parse_error: string | null;
                record: components["schemas"]["Record"];
                /** @description Where its values stand in its first line, as far as they stand there as they are. */
                spans: {
                    /** @description The column, the field, or `attr.` and the name of the attribute. */
                    column: string;
                    /** @description First unit after. */
                    end: number;
                    /** @description First unit, in UTF-16 units of the line. */
                    start: number;
                }[];
            }[];
            /** @description The format used. */
            format: string;
            /** @description Events understood. */
            parsed: number;
            /** @description Events not understood. */
            unparsed: number;
        };
        Parser: {
            /**
             * Format: date-time
             * @description When it was chosen over the API.
             */
            at: string | null;
            /** @description Who chose it. */
            by?: string;
            /** @description A named format, or `auto`. */
            format?: string;
            /** @description A grok expression. */
            grok?: string;
            /** @description Value name → dotted path of a JSON member. */
            json?: {
                [key: string]: string;
            };
            /** @description Column or field name → expression. */
            map?: {
                [key: string]: string;
            };
            /**
             * @description Where it was chosen.
             * @enum {string}
             */
            origin: "file" | "ui";
            /** @description Text with values in angle brackets. */
            pattern?: string;
            /** @description A regular expression with named groups. */
            regex?: string;
            /** @description Counts the choices made over the API. */
            version: number | null;
            /** @description Zone of times that name none (IANA name). */
            zone?: string;
        };
        ParserChoice: {
            /** @description Who chose it. */
            by?: string;
            /** @description A named format, or `auto`. */
            format?: string;
            /** @description A grok expression. */
            grok?: string;
            /** @description Value name → dotted path of a JSON member. */
            json?: {
                [key: string]: string;
            };
            /** @description Column or field name → expression. */
            map?: {
                [key: string]: string;
            };
            /** @description Text with values in angle brackets. */
            pattern?: string;
            /** @description A regular expression with named groups. */
            regex?: string;
            /** @description Zone of times that name none (IANA name). */
            zone?: string;
        };
        Pause: {
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /** @description Who. */
            by: string;
            /** @description Why; may be empty. */
            reason: string;
        };
        PauseSchedule: {
            /** @description Who; `(unknown)` without. */
            by?: string;
            /** @description Why. */
            reason?: string;
        };
        Preview: {
            /** @description Judged buckets. */
            buckets: number;
            /** @description Different combinations of the monitor's columns. */
            combinations: number;
            /** @description Share of lines behind the numbers. */
            complete: number;
            /** @description Whether records had to be folded again, because no stored rows tell what is judged. */
            folded: boolean;
            /**
             * Format: date-time
             * @description Start of the first judged bucket.
             */
            from: string;
            /** @description Records that the monitor took. */
            records: number;
            /** @description In the order of the monitor. */
            thresholds: {
                aggregate: components["schemas"]["AggregateName"];
                condition: components["schemas"]["Condition"];
                /** @description The newest of them, newest first. */
                episodes: {
                    /** @description Values of the combination. */
                    dimensions: {
                        [key: string]: string;
                    };
                    /**
                     * Format: date-time
                     * @description When it would have begun to fire.
                     */
                    fired: string;
                    /** @description The value furthest on the wrong side, in the field's unit. */
                    peak: number | null;
                    /**
                     * Format: date-time
                     * @description When it would have ended; null when it would fire still.
                     */
                    resolved: string | null;
                    /**
                     * Format: date-time
                     * @description Start of the first bucket in which it was exceeded.
                     */
                    since: string;
                }[];
                /** @description The field, or `records`. */
                field: string;
                /** @description Alerts that would have fired. */
                fired: number;
                /** @description Of these, those that came back within ten buckets. */
                flaps: number;
                /** @description As labels show it. */
                title: string;
                /** @description Whether there are more. */
                truncated: boolean;
            }[];
            /**
             * Format: date-time
             * @description End of the last judged bucket.
             */
            to: string;
            /** @description Whether less than what was asked for could be judged in time: the newest part. */
            truncated: boolean;
        };
        PreviewMonitor: {
            /** @description First moment; a day before `to` without. */
            from?: string;
            monitor: components["schemas"]["MonitorDocument"];
            /** @description First moment after; now without. */
            to?: string;
        };
        Problem: {
            code?: components["schemas"]["Code"];
            /** @description Number of the character in a query line where the mistake is, from 1. */
            column?: number;
            /** @description What is wrong with this request. */
            detail: string;
            /** @description What to do. */
            fix: string;
            /** @description Each mistake of a refused configuration, document or parser. */
            mistakes?: {
                code?: components["schemas"]["Code"];
                /** @description Number of the character in what stands there, from 1. */
                column?: number;
                /** @description What to write instead. */
                fix?: string;
                /** @description Line in the file, from 1; 0 for none. */
                line?: number;
                /** @description What is wrong. */
                message: string;
                /** @description Place in the document, such as `thresholds[1].field`, or the member, such as `map.elapsed_ms`. */
                path?: string;
                /** @description What stands in both, by name. */
                values?: {
                    [key: string]: string;
                };
            }[];
            /** @description The parameter or member that is meant. */
            parameter?: string;
            /** @description The HTTP status. */
            status: number;
            /** @description The status in words. */
            title: string;
            /** @description Always `about:blank`. */
            type: string;
            /** @description What stands in detail and fix, by name: for a text of `code` in another language. */
            values?: {
                [key: string]: string;
            };
        };
        Publish: {
            /** @description Who; `(unknown)` without. */
            by?: string;
            /** @description Why. */
            comment?: string;
            /** @description The save to publish; the newest without. */
            revision?: number;
        };
        PublishProblem: {
            code?: components["schemas"]["Code"];
            /** @description Line of the document, from 1; 0 for the whole. */
            line: number;
            /** @description What is wrong, and what to write instead. */
            message: string;
            /** @description What stands in it, by name. */
            values?: {
                [key: string]: string;
            };
        };
        PutFlow: {
            /** @description Who; `(unknown)` without. */
            by?: string;
            /** @description Why. */
            comment?: string;
            /** @description The newest save when it was read; refused with 409 when another change came first. */
            expected?: number;
            /** @description Whether to publish it too; a draft without. */
            publish?: boolean;
            /** @description The document, YAML or JSON. */
            source: string;
        };
        Readiness: {
            /** @description Why it is not `ok`. */
            reasons: components["schemas"]["Notice"][];
            /**
             * @description All in one word.
             * @enum {string}
             */
            verdict: "ok" | "degraded" | "starting" | "failing";
        };
        Received: {
            /** @description Requests, datagrams that came together, and reads of connections that were kept. */
            accepted: number;
            /** @description Open now. */
            connections: number;
            /** @description Messages that are lost because there was no room: their senders cannot be told. */
            dropped: number;
            /** @description Datagrams that the kernel dropped; null without a port for them, or where it cannot be known. */
            dropped_by_kernel: number | null;
            /** @description Bytes of the gaps. */
            gap_bytes: number;
            /** @description Gaps that agents told of: lines that were gone before they could be read. */
            gaps: number;
            /** @description What was refused, and its sender told, by reason. */
            refused: {
                /** @description Requests or connections. */
                count: number;
                /** @description `busy`, `unavailable`, `malformed`, `slow`, `too_large`, `head_too_large`, `connections`, `handshake`, `no_token` and so on. */
                reason: string;
            }[];
            /** @description Spans and log records within accepted requests that can be joined to nothing: told as partial success. */
            rejected: number;
            /** @description Reads of connections whose sender had to wait. */
            waited: number;
        };
        /** @description A record. Further members are measured fields, in the units that /api/v1/fields tells. */
        Record: {
            /** @description A column; absent when the line says nothing of it. */
            application?: string;
            /** @description Attempt of the run, from 1. */
            attempt?: number;
            /** @description Everything else the line said. */
            attributes?: {
                [key: string]: string;
            };
            /**
             * @description A mark; absent when it is not set.
             * @constant
             */
            bad_time?: true;
            /** @description A column; absent when the line says nothing of it. */
            category?: string;
            /** @description A column; absent when the line says nothing of it. */
            component?: string;
            /**
             * @description A mark; absent when it is not set.
             * @constant
             */
            cut?: true;
            /** @description A column; absent when the line says nothing of it. */
            file?: string;
            /** @description A column; absent when the line says nothing of it. */
            flow?: string;
            /**
             * @description A mark; absent when it is not set.
             * @constant
             */
            folded?: true;
            /**
             * @description A mark; absent when it is not set.
             * @constant
             */
            from_agent?: true;
            /** @description A column; absent when the line says nothing of it. */
            host?: string;
            /** @description Stable id. */
            id: string;
            /** @description A column; absent when the line says nothing of it. */
            input?: string;
            /** @description Id of the run. */
            job_id?: string;
            /**
             * @description What it tells of.
             * @enum {string}
             */
            kind: "log" | "call" | "run";
            /**
             * @description A mark; absent when it is not set.
             * @constant
             */
            late_pair?: true;
            /** @description The raw line. */
            message?: string;
            /**
             * @description A mark; absent when it is not set.
             * @constant
             */
            no_time?: true;
            /** @description Offset of the line in its file, in bytes. */
            offset?: number;
            /**
             * @description A mark; absent when it is not set.
             * @constant
             */
            one_sided?: true;
            /** @description A column; absent when the line says nothing of it. */
            operation?: string;
            /** @description A column; absent when the line says nothing of it. */
            parse_error?: string;
            /** @description A column; absent when the line says nothing of it. */
            region?: string;
            /**
             * @description A mark; absent when it is not set.
             * @constant
             */
            sampled?: true;
            /** @description A column; absent when the line says nothing of it. */
            service?: string;
            /**
             * @description Absent when the line names none.
             * @enum {string}
             */
            severity?: "unset" | "trace" | "debug" | "info" | "warn" | "error" | "fatal";
            /**
             * @description Whose log tells of the call.
             * @enum {string}
             */
            side?: "callee" | "caller";
            /** @description A column; absent when the line says nothing of it. */
            source?: string;
            /** @description A column; absent when the line says nothing of it. */
            source_module?: string;
            /** @description Lower-case hex. */
            span_id?: string;
            /** @description A column; absent when the line says nothing of it. */
            status?: string;
            /** @description A column; absent when the line says nothing of it. */
            step?: string;
            /** @description A column; absent when the line says nothing of it. */
            target?: string;
            /** @description A column; absent when the line says nothing of it. */
            target_module?: string;
            /**
             * Format: date-time
             * @description Event time.
             */
            time: string;
            /** @description Lower-case hex. */
            trace_id?: string;
            /** @description A column; absent when the line says nothing of it. */
            version?: string;
        } & {
            [key: string]: number;
        };
        RecordPage: {
            /** @description `cursor` of the next page; null at the end. */
            next: string | null;
            /** @description Newest first. */
            records: components["schemas"]["Record"][];
        };
        RecordsAround: {
            /** @description Index of the record asked for. */
            here: number;
            /** @description Ascending by offset. */
            records: components["schemas"]["Record"][];
        };
        Reloaded: {
            /** @description What is different now. */
            changes: string[];
            /** @description The file. */
            path: string;
        };
        RestoreMonitor: {
            /** @description Who. */
            by?: string;
            /** @description Why. */
            comment?: string;
            /** @description The version to bring back. */
            version: number;
        };
        Retry: {
            /** @description Who; `(unknown)` without. */
            by?: string;
            /** @description Why. */
            comment?: string;
            /** @description `start`, `failed`, or the JSON pointer of a step, with `@` and its iteration behind it inside of loops. */
            from: string;
            /** @description What it shall be given instead; only from the start. */
            input?: unknown;
            /**
             * @description The definition that failed, or the published one; `same` without.
             * @enum {string}
             */
            version?: "same" | "newest";
        };
        RetryMany: {
            /** @description Who; `(unknown)` without. */
            by?: string;
            /** @description Why. */
            comment?: string;
            /** @description `start`, `failed`, or the JSON pointer of a step, with `@` and its iteration behind it inside of loops. */
            from: string;
            /** @description The runs, at most 1,000. */
            job_ids: string[];
            /**
             * @description The definition that failed, or the published one; `same` without.
             * @enum {string}
             */
            version?: "same" | "newest";
        };
        RetryPreview: {
            /** @description Ids of alerts that fire now on a module that the run calls. */
            firing: string[];
            /** @description In the order of the definition. */
            steps: components["schemas"]["RetryStep"][];
            /** @description What to think of before. */
            warnings: components["schemas"]["Notice"][];
        };
        RetryStep: {
            /** @description Whether it would run again; else what it gave is taken over. */
            again: boolean;
            /** @description Whether it was interrupted and could do something twice. */
            doubtful: boolean;
            /**
             * @description Whether it touches nothing outside, may be repeated, or should not be.
             * @enum {string}
             */
            effect: "pure" | "repeatable" | "unsafe";
            /** @description Counters of the loops around it; empty outside of all. */
            iteration: string;
            /** @description Its name. */
            name: string;
            /** @description JSON pointer of the step. */
            pointer: string;
        };
        RollupEvent: {
            /** @description The monitor. */
            monitor: string;
            row: components["schemas"]["RollupRow"];
        };
        RollupRow: {
            /**
             * Format: date-time
             * @description Start of the bucket; null when the row covers the whole range.
             */
            bucket: string | null;
            /** @description By name of the field; a field without values is left out. */
            fields: {
                [key: string]: components["schemas"]["FieldValues"];
            };
            /** @description Of these, how many are known from one side's span only. */
            one_sided: number;
            /** @description Number of calls (or records, as the monitor says). */
            records: number;
            /**
             * @description Whose log the row comes from.
             * @enum {string}
             */
            side: "callee" | "caller";
        } & {
            [key: string]: string | null;
        };
        Rollups: {
            /** @description Columns of the rows. */
            by: string[];
            /** @description One per bucket, also where no source reported. */
            completeness: components["schemas"]["Completeness"][];
            /**
             * Format: date-time
             * @description Start of the first bucket.
             */
            from: string;
            /** @description The monitor; null for those of the base dimension. */
            monitor: string | null;
            /** @description Ascending by bucket and words. */
            rows: components["schemas"]["RollupRow"][];
            scan: components["schemas"]["Scan"];
            /** @description Length of a bucket, as a duration; null for all in one. */
            step: string | null;
            /** @description The same in seconds. */
            step_seconds: number | null;
            /**
             * Format: date-time
             * @description End of the last bucket.
             */
            to: string;
            /** @description Whether there are more rows than `limit`. */
            truncated: boolean;
        };
        Run: {
            /** @description What the flow belongs to; empty for none. */
            application: string;
            /** @description The attempt that runs or ran last; 0 before the first. */
            attempt: number;
            /** @description Whether a person retried it. */
            by_hand: boolean;
            /** @description An interrupted step that could do something twice: a person decides; null for none. */
            doubtful: components["schemas"]["DoubtfulStep"] | null;
            /** @description From `started` to `ended`, without `idle_ms`; null until then. */
            duration_ms: number | null;
            /**
             * Format: date-time
             * @description When it ended; null while it has not.
             */
            ended: string | null;
            /** @description What the last attempt failed with; null when it did not. */
            fault: components["schemas"]["RunFault"] | null;
            /** @description Whether it succeeded with its first attempt. */
            first_try: boolean;
            /** @description `namespace.name` of the flow, or the name that a watched job was given. */
            flow: string;
            /** @description How long it had ended before people retried it. */
            idle_ms: number;
            /**
             * Format: uuid
             * @description Id of the run, ascending with its trigger (UUIDv7).
             */
            job_id: string;
            /**
             * @description `job`: something that others run and `magpie exec` tells of.
             * @enum {string}
             */
            kind: "flow" | "job";
            /** @description Whether it started later after its due time than the grace of its flow. */
            late: boolean;
            /**
             * Format: date-time
             * @description When it is tried again by itself; null when it is not.
             */
            next_try: string | null;
            /** @description Whether it failed for good and nobody has retried it with success or waived it. */
            open: boolean;
            /**
             * Format: date-time
             * @description When it was triggered.
             */
            queued: string;
            /** @description Where it runs; empty for none. */
            region: string;
            /** @description Attempts that were made by themselves after a failure. */
            retries: number;
            /** @description The save of the definition that is run, from 1; 0 for a job. */
            revision: number;
            /**
             * Format: date-time
             * @description When its first attempt began; null before.
             */
            started: string | null;
            status: components["schemas"]["RunStatus"];
            /** @description The step that runs, or that the last attempt ended in; null for none. */
            step: components["schemas"]["StepName"] | null;
            trigger: components["schemas"]["RunTrigger"];
            /** @description 95 of 100 past successes of the flow took no longer; null while nothing is known. */
            usual_ms: number | null;
            /** @description `document.version` of the definition that is run; empty for a job. */
            version: string;
            /** @description Who gave it up, and why; null when nobody did. */
            waived: components["schemas"]["Waiver"] | null;
        };
        RunAttempt: {
            /** @description From 1. */
            attempt: number;
            /**
             * Format: date-time
             * @description When it ended; null while it has not.
             */
            ended: string | null;
            /** @description What it failed with; null when it did not. */
            fault: components["schemas"]["RunFault"] | null;
            /**
             * Format: date-time
             * @description When it began.
             */
            started: string;
            status: components["schemas"]["RunStatus"];
        };
        RunDetail: {
            /** @description What the flow belongs to; empty for none. */
            application: string;
            /** @description The attempt that runs or ran last; 0 before the first. */
            attempt: number;
            /** @description In order. */
            attempts: components["schemas"]["RunAttempt"][];
            /** @description Whether a person retried it. */
            by_hand: boolean;
            /** @description Of the definition that was run; null for a job. */
            diagram: components["schemas"]["Diagram"] | null;
            /** @description An interrupted step that could do something twice: a person decides; null for none. */
            doubtful: components["schemas"]["DoubtfulStep"] | null;
            /** @description From `started` to `ended`, without `idle_ms`; null until then. */
            duration_ms: number | null;
            /** @description The runs of the flow before it, newest first, at most ten. */
            earlier: components["schemas"]["Run"][];
            /**
             * Format: date-time
             * @description When it ended; null while it has not.
             */
            ended: string | null;
            /** @description What the last attempt failed with; null when it did not. */
            fault: components["schemas"]["RunFault"] | null;
            /** @description Whether it succeeded with its first attempt. */
            first_try: boolean;
            /** @description `namespace.name` of the flow, or the name that a watched job was given. */
            flow: string;
            /** @description How long it had ended before people retried it. */
            idle_ms: number;
            /** @description What it was given, redacted. */
            input: unknown;
            /** @description Whether `input` is shortened: the stored one is whole. */
            input_cut: boolean;
            /** @description JSON pointers of what is hidden in `input`. A retry with an edited input keeps it where it still says `(hidden)`. */
            input_redacted: string[];
            /**
             * Format: uuid
             * @description Id of the run, ascending with its trigger (UUIDv7).
             */
            job_id: string;
            /** @description Whether its whole input is still kept, so that it can be retried as it was. */
            kept: boolean;
            /**
             * @description `job`: something that others run and `magpie exec` tells of.
             * @enum {string}
             */
            kind: "flow" | "job";
            /** @description Labels of its flow. */
            labels: {
                [key: string]: string;
            };
            /** @description Whether it started later after its due time than the grace of its flow. */
            late: boolean;
            /**
             * Format: date-time
             * @description When it is tried again by itself; null when it is not.
             */
            next_try: string | null;
            /** @description Whether it failed for good and nobody has retried it with success or waived it. */
            open: boolean;
            /** @description What it gave, redacted; null until it succeeds. */
            output: unknown;
            /** @description Whether `output` is shortened. */
            output_cut: boolean;
            /**
             * Format: date-time
             * @description When it was triggered.
             */
            queued: string;
            /** @description Where it runs; empty for none. */
            region: string;
            /** @description Attempts that were made by themselves after a failure. */
            retries: number;
            /** @description The save of the definition that is run, from 1; 0 for a job. */
            revision: number;
            /**
             * Format: date-time
             * @description When its first attempt began; null before.
             */
            started: string | null;
            status: components["schemas"]["RunStatus"];
            /** @description The step that runs, or that the last attempt ended in; null for none. */
            step: components["schemas"]["StepName"] | null;
            /** @description W3C trace id that its calls carry. */
            trace_id: string;
            trigger: components["schemas"]["RunTrigger"];
            /** @description 95 of 100 past successes of the flow took no longer; null while nothing is known. */
            usual_ms: number | null;
            /** @description `document.version` of the definition that is run; empty for a job. */
            version: string;
            /** @description Who gave it up, and why; null when nobody did. */
            waived: components["schemas"]["Waiver"] | null;
        };
        RunFault: {
            /** @description What happened. */
            detail: string | null;
            /** @description JSON pointer of the step; empty when it was none. */
            pointer: string;
            /** @description HTTP status, or one like it. */
            status: number;
            /** @description The kind in words. */
            title: string | null;
            /** @description URI of the kind of error. */
            type: string;
        };
        RunLogs: {
            /** @description Records of superseded attempts that the filters mean and that are left out. */
            folded: number;
            /** @description `cursor` of the next page; null at the end. */
            next: string | null;
            /** @description Newest first. */
            records: components["schemas"]["Record"][];
            /** @description The runs of these records as they stand now, by job id; one that is not known any more is left out. */
            runs: {
                [key: string]: components["schemas"]["LoggedRun"];
            };
        };
        RunOverview: {
            /** @description Applications of flows and runs, by name. */
            applications: string[];
            /** @description By id. */
            flows: components["schemas"]["FlowTally"][];
            /**
             * Format: date-time
             * @description Start of the range.
             */
            from: string;
            /** @description The one with the newest run; null without any. */
            newest_application: string | null;
            /** @description The failure inbox, of any time, at most 50 groups, what failed last first. */
            open: components["schemas"]["FailureGroup"][];
            /** @description Groups in the inbox. */
            open_groups: number;
            /** @description When the oldest of them was triggered; null without any. */
            open_since: string | null;
            /** @description Runs in the inbox. */
            open_total: number;
            /** @description Runs that have not ended, of any time, oldest first, at most 50. */
            running: components["schemas"]["Run"][];
            /** @description When the oldest of them was triggered; null without any. */
            running_since: string | null;
            /** @description Runs that have not ended. */
            running_total: number;
            /** @description Length of a bar of the trend. */
            step_seconds: number;
            /**
             * Format: date-time
             * @description End of the range.
             */
            to: string;
            total: components["schemas"]["Tally"];
            /** @description Every bar of the range, ascending; of a range with too many, those with runs. */
            trend: components["schemas"]["TrendBar"][];
        };
        /**
         * @description Where a run stands.
         * @enum {string}
         */
        RunStatus: "queued" | "running" | "waiting" | "retrying" | "succeeded" | "failed" | "cancelled" | "timed_out";
        RunTrigger: {
            /** @description Who or what: a person, the id of an event, the job id of a calling run; null when that is not known. */
            by: string | null;
            /**
             * Format: date-time
             * @description When it was due, of a schedule; null for others.
             */
            due: string | null;
            /**
             * @description What started it.
             * @enum {string}
             */
            kind: "schedule" | "manual" | "event" | "webhook" | "flow" | "retry" | "exec";
        };
        Runs: {
            /** @description `cursor` of the next page; null at the end. */
            next: string | null;
            /** @description Newest first. */
            runs: components["schemas"]["Run"][];
            /** @description Runs that the filters mean, on all pages. */
            total: number;
            /** @description Triggered while the store of runs was away, and not in it yet; on every page, and not in `total`. */
            waiting: components["schemas"]["Run"][];
        };
        /** @description How far records were folded for these rows; null where stored rows were read. */
        Scan: {
            /** @description Whether these were all; else the newest. */
            complete: boolean;
            /** @description Records that were folded. */
            records: number;
        } | null;
        Schedule: {
            /** @description What it belongs to; empty for none. */
            application: string;
            counts: {
                /** @description Are still to come; counted up to 100,000. */
                due: number;
                /** @description Came, and failed for good or were cancelled. */
                failed: number;
                /** @description Came after their grace. */
                late: number;
                /** @description Did not come. */
                missed: number;
                /** @description Came in time. */
                ran: number;
                /** @description Were left out on purpose: overlap, pause. */
                skipped: number;
            };
            /** @description Whether triggers start the flow. */
            enabled: boolean;
            /** @description The flow. */
            flow: string;
            /**
             * @description `job`: something that others run.
             * @enum {string}
             */
            kind: "flow" | "job";
            /** @description What was due last; null when nothing was. */
            last: components["schemas"]["DueRow"] | null;
            /**
             * Format: date-time
             * @description When it is due next; null when never, or while it is paused.
             */
            next: string | null;
            /** @description Who paused it; null when nobody did. */
            paused: components["schemas"]["Pause"] | null;
            schedule: components["schemas"]["FlowSchedule"];
            /** @description The next changes of the clock in its zone, as far as they matter to it. */
            transitions: components["schemas"]["ClockChange"][];
            /** @description What is wrong with it at present; null when nothing is. */
            watchdog: components["schemas"]["WatchdogNote"] | null;
        };
        ScheduleHours: {
            /** @description By name. */
            flows: components["schemas"]["FlowHours"][];
            /**
             * Format: date-time
             * @description Start of the range.
             */
            from: string;
            /**
             * Format: date-time
             * @description End of the range.
             */
            to: string;
            /** @description The zone whose hours these are. */
            zone: string;
        };
        Schedules: {
            /** @description By name of the flow. */
            schedules: components["schemas"]["Schedule"][];
        };
        Session: {
            /** @description Whether `access:` is configured; without, everybody may do everything. */
            configured: boolean;
            /** @description The user under whose name changes are noted; null for nobody in particular. */
            name: string | null;
            /**
             * @description What one may: viewers read, operators also act on runs, schedules, alerts and events, admins also change flows, monitors and configuration; null for nothing.
             * @enum {string|null}
             */
            role: "viewer" | "operator" | "admin" | null;
        };
        SignIn: {
            /** @description The token of a user under `access:`. */
            token: string;
        };
        Signature: {
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /** @description Who: whatever they call themselves. */
            by: string;
            /** @description Why. */
            comment: string;
        };
        SignedBy: {
            /** @description Who: whatever they call themselves. */
            by: string;
            /** @description Why. */
            comment?: string;
        };
        SignedByAnybody: {
            /** @description Who: whatever they call themselves. */
            by?: string;
            /** @description Why. */
            comment?: string;
        };
        Silence: {
            /** @description Whether it is in force now. */
            active: boolean;
            /** @description Who: whatever they call themselves. */
            by: string;
            /** @description Why. */
            comment: string;
            /**
             * Format: date-time
             * @description First moment after.
             */
            ends: string;
            /** @description Its id. */
            id: string;
            /** @description All must fit. */
            matchers: components["schemas"]["Matcher"][];
            /**
             * Format: date-time
             * @description First moment.
             */
            starts: string;
        };
        Silences: {
            /** @description Newest first. */
            silences: components["schemas"]["Silence"][];
            /** @description Whether there are more. */
            truncated: boolean;
        };
        Source: {
            /** @description Bytes read. */
            bytes: number;
            /** @description Bytes read per second over the last minute. */
            bytes_per_second: number;
            /** @description How sure the detection is; null when the format is configured. */
            confidence: number | null;
            delay: {
                /** @description From the time that a line tells to its being in answers, over the last five minutes: median, in ms. */
                p50_ms: number;
                /** @description 99 of 100 lines took no longer. */
                p99_ms: number;
            } | null;
            /** @description What goes wrong at present. */
            error: string | null;
            /** @description Files known. */
            files: number;
            /** @description The format in use; null until one is detected. */
            format: string | null;
            /** @description Hosts that its records name, at most 1,000. */
            hosts: string[];
            /** @description Bytes written and not read yet. */
            lag_bytes: number;
            /** @description How far what was read last is behind now, while something is not read yet; 0 when all is; null while nothing is known. */
            lag_seconds: number | null;
            /**
             * Format: date-time
             * @description Event time of the last record.
             */
            last_record: string | null;
            /** @description Events per second over the last minute. */
            lines_per_second: number;
            /** @description Name; `input` of its records. */
            name: string;
            /** @description Events understood. */
            parsed: number;
            parser: components["schemas"]["Parser"];
            /** @description What came from others; null where nobody can send to it. */
            received: components["schemas"]["Received"] | null;
            /** @description The same by reason. */
            unparsed: {
                /** @description Events. */
                count: number;
                /** @description As in `parse_error`. */
                reason: string;
                /** @description Some of the lines. */
                samples: string[];
            }[];
            /** @description Events not understood. */
            unparsed_total: number;
        };
        Sources: {
            /** @description In the order of the configuration. */
            sources: components["schemas"]["Source"][];
        };
        StartedRun: {
            /**
             * Format: uuid
             * @description Id of the run, ascending with its trigger (UUIDv7).
             */
            job_id: string;
            run: components["schemas"]["Run"];
        };
        Step: {
            /** @description Attempt of the run, from 1. */
            attempt: number;
            /** @description Tasks around it. */
            depth: number;
            /** @description From `started` to `ended`; null until then. */
            duration_ms: number | null;
            /**
             * Format: date-time
             * @description When it ended; null while it has not.
             */
            ended: string | null;
            /** @description What it failed with; null when it did not. */
            fault: components["schemas"]["RunFault"] | null;
            /** @description Counters of the loops around it; empty outside of all. */
            iteration: string;
            /** @description Keyword of the task: `call`, `set` ... */
            kind: string;
            /** @description Name of the task. */
            name: string;
            /** @description What its component did, such as `GET`; null where that is nothing. */
            operation: string | null;
            /** @description Pointer of the task around it; null for one at the top. */
            parent: string | null;
            /** @description JSON pointer of the task in the definition. */
            pointer: string;
            /**
             * Format: date-time
             * @description When it began; null when it was not reached.
             */
            started: string | null;
            /**
             * @description `cancelled`: what it was part of ended first: its run was cancelled, its attempt took too long, or another branch was faster. `unreached`: the last attempt did not come so far.
             * @enum {string}
             */
            status: "running" | "succeeded" | "skipped" | "failed" | "cancelled" | "unreached";
            /** @description Host that it called; null when it called none. */
            target: string | null;
            /** @description Module that it called; null when it is not known. */
            target_module: string | null;
        };
        StepData: {
            /** @description The context after it, redacted; null when it exported nothing. */
            context: unknown;
            /** @description What it failed with; null when it did not. */
            error: components["schemas"]["RunFault"] | null;
            /** @description What it was given, after its filter, redacted. */
            input: unknown;
            /** @description Whether `input` is shortened. */
            input_cut: boolean;
            /** @description What it gave, redacted; null when it did not end well. */
            output: unknown;
            /** @description Whether `output` is shortened. */
            output_cut: boolean;
            /** @description JSON pointers of what is hidden, below `/input`, `/output` and `/context`. */
            redacted: string[];
        };
        StepName: {
            /** @description Its name. */
            name: string;
            /** @description JSON pointer of the step in the definition. */
            pointer: string;
        };
        Steps: {
            /** @description Of all attempts, by attempt and in the order in which they began; then those of the last attempt that were not reached. */
            steps: components["schemas"]["Step"][];
        };
        Tally: {
            /** @description Runs that have not ended. */
            active: number;
            /** @description Average time of the successes; null without any. */
            avg_ms: number | null;
            /** @description Runs that a person ended. */
            cancelled: number;
            /** @description Runs that failed or timed out for good. */
            failed: number;
            /** @description Runs that succeeded with their first attempt. */
            first_try: number;
            /** @description Failed runs that nobody has retried with success or waived. */
            open: number;
            /** @description 95 of 100 successes took no longer; null without any. */
            p95_ms: number | null;
            /** @description Runs that succeeded after a retry. */
            retried: number;
            /** @description Attempts that were made by themselves after a failure. */
            retries: number;
            /** @description Runs that were triggered. */
            runs: number;
            /** @description Runs that ended well, whichever attempt it was. */
            succeeded: number;
        };
        ThresholdDocument: {
            /** @description Exceeded when the value is greater. Exactly one of `above`, `below` and `new`. */
            above?: number;
            /** @description The aggregation judged; the field's first one without. */
            aggregate?: string;
            /** @description Exceeded when the value is less. */
            below?: number;
            /** @description A measured field or `records`; also `p95(elapsed_ms)`. Not needed with `new`. */
            field?: string;
            /** @description How long it must be exceeded, such as `3m`. */
            for?: string;
            /** @description Copied to the alert. */
            labels?: {
                [key: string]: string;
            };
            new?: {
                /** @description Not seen in this time before, such as `7d`. */
                within: string;
            };
            /**
             * @description How much it matters; `warning` without.
             * @enum {string}
             */
            severity?: "info" | "warning" | "critical";
        };
        TopValues: {
            /** @description The column. */
            column: string;
            /** @description Most frequent first. */
            values: {
                /** @description Number of records. */
                records: number;
                /** @description The value; empty for none. */
                value: string;
            }[];
        };
        TrendBar: {
            /** @description Average time of the successes; null without any. */
            avg_ms: number | null;
            /**
             * Format: date-time
             * @description Start of the bar.
             */
            bucket: string;
            /** @description Runs that failed or timed out for good. */
            failed: number;
            /** @description Of the runs that ended well, those that did with their first attempt. */
            first_try: number;
            /** @description Runs that were cancelled, or have not ended. */
            other: number;
            /** @description Runs that ended well. */
            succeeded: number;
        };
        Upload: {
            /** @description The piece. */
            content: string;
            /** @description Whether the file ends with it; an unfinished last line is ended then. */
            last?: boolean;
            /** @description Name of the file. */
            name: string;
            /** @description Bytes of the file before this piece; 0 without. */
            offset?: number;
        };
        Uploaded: {
            /** @description Bytes so far: `offset` of the next piece. */
            bytes: number;
            /** @description Path of the file: `file` of its records. */
            file: string;
            /** @description Name under which it is kept, and under which the next piece must come. */
            name: string;
            /** @description The source that reads it: `input` of its records. */
            source: string;
        };
        Waive: {
            /** @description Who; `(unknown)` without. */
            by?: string;
            /** @description Why. */
            reason: string;
        };
        WaiveMany: {
            /** @description Who; `(unknown)` without. */
            by?: string;
            /** @description The runs, at most 1,000. */
            job_ids: string[];
            /** @description Why. */
            reason: string;
        };
        Waiver: {
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /** @description Who. */
            by: string;
            /** @description Why. */
            reason: string;
        };
        WatchdogNote: {
            /**
             * Format: date-time
             * @description The due time, the start of the run, or since when there is no due time.
             */
            at: string;
            /** @description How long it may be: the grace time, or the longest time of a run. */
            limit_ms: number;
            /**
             * @description `not_started`: a run was due and has not started within its grace. `no_next`: an enabled schedule has no next due time. `missed`: a due time was missed. `too_long`: a run works for longer than it may.
             * @enum {string}
             */
            reason: "not_started" | "no_next" | "missed" | "too_long";
            /** @description The same in English. */
            text: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listAlerts: {
        parameters: {
            query?: {
                /** @description In one of these states; `any` for all. `pending` and `firing` without. */
                state?: ("pending" | "firing" | "resolved" | "any")[];
                /** @description Of this monitor, also if it is not configured any more. */
                monitor?: string;
                /** @description Of one of these severities. */
                severity?: ("info" | "warning" | "critical")[];
                /** @description First moment of event time: RFC 3339 (2026-11-20T10:00:00Z), epoch milliseconds, now, now-2h, or 2026-11-20 10:00 in the configured zone. Alerts that were active at some time in the range; all of time without. */
                from?: string;
                /** @description First moment after; as `from`. */
                to?: string;
                /** @description The combination has this value of `source`. */
                source?: string;
                /** @description The combination has this value of `source_module`. */
                source_module?: string;
                /** @description The combination has this value of `service`. */
                service?: string;
                /** @description The combination has this value of `target`. */
                target?: string;
                /** @description The combination has this value of `target_module`. */
                target_module?: string;
                /** @description The combination has this value of `status`. */
                status?: string;
                /** @description The combination has this value of `region`. */
                region?: string;
                /** @description The combination has this value of `application`. */
                application?: string;
                /** @description The combination has this value of `version`. */
                version?: string;
                /** @description The combination has this value of `flow`. */
                flow?: string;
                /** @description The combination has this value of `step`. */
                step?: string;
                /** @description The combination has this value of `component`. */
                component?: string;
                /** @description The combination has this value of `operation`. */
                operation?: string;
                /** @description The combination has this value of `category`. */
                category?: string;
                /** @description The combination has this value of `host`. */
                host?: string;
                /** @description The combination has this value of `file`. */
                file?: string;
                /** @description The combination has this value of `input`. */
                input?: string;
                /** @description The combination has this value of `parse_error`. */
                parse_error?: string;
                /** @description At most so many. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Alerts */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alerts"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getAlert: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the alert. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One alert */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alert"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    acknowledgeAlert: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the alert. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignedBy"];
            };
        };
        responses: {
            /** @description Look after an alert */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alert"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    unacknowledgeAlert: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the alert. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["SignedByAnybody"];
            };
        };
        responses: {
            /** @description Look after an alert no longer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alert"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    commentAlert: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the alert. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewComment"];
            };
        };
        responses: {
            /** @description Remark on an alert */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alert"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getAlertSeries: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the alert. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An alert's value over time */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertSeries"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listAudit: {
        parameters: {
            query?: {
                /** @description Of this alert, silence, document, flow or run only, by id or name. */
                subject?: string;
                /** @description Continue a page. */
                cursor?: string;
                /** @description At most so many. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Who changed what */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Audit"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listFaults: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The faults of the demo */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Faults"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getFault: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the fault. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One fault of the demo */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    setFault: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the fault. */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FaultSwitch"];
            };
        };
        responses: {
            /** @description Switch a fault of the demo on or off */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sendEvent: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CloudEvent"];
            };
        };
        responses: {
            /** @description Tell of an event */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventHeard"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listFields: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Fields, columns and their values */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fields"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listFlows: {
        parameters: {
            query?: {
                /** @description `region` is one of these; empty for "no value". */
                region?: string[];
                /** @description `application` is one of these; empty for "no value". */
                application?: string[];
                /** @description `version` is one of these; empty for "no value". */
                version?: string[];
                /** @description `flow` is one of these; empty for "no value". */
                flow?: string[];
                /** @description This text occurs in the flow's id, title or summary; letters of any case. */
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Flows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Flows"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createFlow: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewFlow"];
            };
        };
        responses: {
            /** @description Make a flow */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowDetail"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getFlowSchema: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The JSON Schema of flows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowSchema"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    validateFlow: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FlowSource"];
            };
        };
        responses: {
            /** @description Check a flow's document */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowValidation"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getFlow: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `namespace.name` of the flow, or the name of a job. */
                flow: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One flow */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowDetail"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putFlow: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `namespace.name` of the flow, or the name of a job. */
                flow: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PutFlow"];
            };
        };
        responses: {
            /** @description Save a flow */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowDetail"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteFlow: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `namespace.name` of the flow, or the name of a job. */
                flow: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["SignedByAnybody"];
            };
        };
        responses: {
            /** @description Delete a flow */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeletedFlow"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    enableFlow: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `namespace.name` of the flow, or the name of a job. */
                flow: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Enable"];
            };
        };
        responses: {
            /** @description Switch a flow on or off */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowDetail"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    publishFlow: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `namespace.name` of the flow, or the name of a job. */
                flow: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Publish"];
            };
        };
        responses: {
            /** @description Publish a flow */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowDetail"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    startRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `namespace.name` of the flow, or the name of a job. */
                flow: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["NewRun"];
            };
        };
        responses: {
            /** @description Run a flow now */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StartedRun"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listFlowVersions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `namespace.name` of the flow, or the name of a job. */
                flow: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The saves of a flow */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowVersions"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getFlowVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `namespace.name` of the flow, or the name of a job. */
                flow: string;
                /** @description Number of the save, from 1. */
                revision: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One save of a flow */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowVersionSource"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getGraph: {
        parameters: {
            query?: {
                /** @description First moment of the range to compare with; as `from`. */
                compare_from?: string;
                /** @description First moment after it. */
                compare_to?: string;
                /** @description A query line that chooses edges, by the columns of the graph, its fields, `records` and `alert`, besides the other filters: `target_module:video severity>=warn elapsed_ms>300 "timed out" -status:200`. A mistake is told with its column. */
                q?: string;
                /** @description Name of the monitor. Without it and without `by`, the first configured one. */
                monitor?: string;
                /** @description Columns to keep, repeated or with commas, or none at all (`by=`): of the monitor, or any without one. Those of the base dimension are read as they are stored; with others the records are folded. */
                by?: string[];
                /** @description First moment of event time: RFC 3339 (2026-11-20T10:00:00Z), epoch milliseconds, now, now-2h, or 2026-11-20 10:00 in the configured zone. One hour before `to` without; `to` is now without. Widened to whole buckets. */
                from?: string;
                /** @description First moment after; as `from`. */
                to?: string;
                /** @description `source` is one of these; empty for "no value". Must be a column of the monitor. */
                source?: string[];
                /** @description `source_module` is one of these; empty for "no value". Must be a column of the monitor. */
                source_module?: string[];
                /** @description `service` is one of these; empty for "no value". Must be a column of the monitor. */
                service?: string[];
                /** @description `target` is one of these; empty for "no value". Must be a column of the monitor. */
                target?: string[];
                /** @description `target_module` is one of these; empty for "no value". Must be a column of the monitor. */
                target_module?: string[];
                /** @description `status` is one of these; empty for "no value". Must be a column of the monitor. */
                status?: string[];
                /** @description `region` is one of these; empty for "no value". Must be a column of the monitor. */
                region?: string[];
                /** @description `application` is one of these; empty for "no value". Must be a column of the monitor. */
                application?: string[];
                /** @description `version` is one of these; empty for "no value". Must be a column of the monitor. */
                version?: string[];
                /** @description `flow` is one of these; empty for "no value". Must be a column of the monitor. */
                flow?: string[];
                /** @description `step` is one of these; empty for "no value". Must be a column of the monitor. */
                step?: string[];
                /** @description `component` is one of these; empty for "no value". Must be a column of the monitor. */
                component?: string[];
                /** @description `operation` is one of these; empty for "no value". Must be a column of the monitor. */
                operation?: string[];
                /** @description `category` is one of these; empty for "no value". Must be a column of the monitor. */
                category?: string[];
                /** @description `host` is one of these; empty for "no value". Must be a column of the monitor. */
                host?: string[];
                /** @description `file` is one of these; empty for "no value". Must be a column of the monitor. */
                file?: string[];
                /** @description `input` is one of these; empty for "no value". Must be a column of the monitor. */
                input?: string[];
                /** @description `parse_error` is one of these; empty for "no value". Must be a column of the monitor. */
                parse_error?: string[];
                /** @description `is.<column>=value`: the same as `<column>=value`, also where that name means something else. */
                is?: {
                    [key: string]: string;
                };
                /** @description At most so many. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Who calls whom */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Graph"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How Magpie is */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    callHook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `namespace.name` of the flow, or the name of a job. */
                flow: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["AnyInput"];
            };
        };
        responses: {
            /** @description Webhook of a flow */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StartedRun"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listMonitors: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The monitors */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Monitors"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createMonitor: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewMonitor"];
            };
        };
        responses: {
            /** @description Make a monitor */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Monitor"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMonitorsYaml: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All monitors made here, as YAML */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/yaml": string;
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    previewMonitor: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PreviewMonitor"];
            };
        };
        responses: {
            /** @description Try a monitor on the stored past */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Preview"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMonitor: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the monitor. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One monitor */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Monitor"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putMonitor: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the monitor. */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewMonitor"];
            };
        };
        responses: {
            /** @description Change a monitor */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Monitor"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteMonitor: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the monitor. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["SignedByAnybody"];
            };
        };
        responses: {
            /** @description Delete a monitor */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MonitorVersions"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    restoreMonitor: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the monitor. */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RestoreMonitor"];
            };
        };
        responses: {
            /** @description Bring an earlier version back */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Monitor"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listMonitorVersions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the monitor. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The versions of a monitor */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MonitorVersions"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMonitorYaml: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the monitor. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A monitor as YAML */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/yaml": string;
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getOpenApi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description This document */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Document"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    parse: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ParseRequest"];
            };
        };
        responses: {
            /** @description Try a parser */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Parsed"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    searchRecords: {
        parameters: {
            query?: {
                /** @description First moment of event time: RFC 3339 (2026-11-20T10:00:00Z), epoch milliseconds, now, now-2h, or 2026-11-20 10:00 in the configured zone. All of time without. */
                from?: string;
                /** @description First moment after; as `from`. */
                to?: string;
                /** @description `source` is one of these; empty for "no value". */
                source?: string[];
                /** @description `source_module` is one of these; empty for "no value". */
                source_module?: string[];
                /** @description `service` is one of these; empty for "no value". */
                service?: string[];
                /** @description `target` is one of these; empty for "no value". */
                target?: string[];
                /** @description `target_module` is one of these; empty for "no value". */
                target_module?: string[];
                /** @description `status` is one of these; empty for "no value". */
                status?: string[];
                /** @description `region` is one of these; empty for "no value". */
                region?: string[];
                /** @description `application` is one of these; empty for "no value". */
                application?: string[];
                /** @description `version` is one of these; empty for "no value". */
                version?: string[];
                /** @description `flow` is one of these; empty for "no value". */
                flow?: string[];
                /** @description `step` is one of these; empty for "no value". */
                step?: string[];
                /** @description `component` is one of these; empty for "no value". */
                component?: string[];
                /** @description `operation` is one of these; empty for "no value". */
                operation?: string[];
                /** @description `category` is one of these; empty for "no value". */
                category?: string[];
                /** @description `host` is one of these; empty for "no value". */
                host?: string[];
                /** @description `file` is one of these; empty for "no value". */
                file?: string[];
                /** @description `input` is one of these; empty for "no value". */
                input?: string[];
                /** @description `parse_error` is one of these; empty for "no value". */
                parse_error?: string[];
                /** @description The severity is one of these. */
                severity?: ("unset" | "trace" | "debug" | "info" | "warn" | "error" | "fatal")[];
                /** @description The record is of one of these kinds. */
                kind?: ("log" | "call" | "run")[];
                /** @description The job id is this one. */
                job_id?: string;
                /** @description The trace id is this one (hex). */
                trace_id?: string;
                /** @description `is.<column>=value`: the same as `<column>=value`, also where that name means something else. */
                is?: {
                    [key: string]: string;
                };
                /** @description `not.<column>=value`: the column has none of these values. */
                not?: {
                    [key: string]: string;
                };
                /** @description `attr.<key>=value`: the attribute has this value. */
                attr?: {
                    [key: string]: string;
                };
                /** @description `min.<field>=number`: the field is at least this, in its unit. */
                min?: {
                    [key: string]: string;
                };
                /** @description These whole words follow each other in the message (letters of any case, each CJK character a word). */
                words?: string;
                /** @description This text occurs in the message, letters of any case. */
                contains?: string;
                /** @description This expression matches in the message (syntax of the Rust crate `regex`). */
                regex?: string;
                /** @description A query line that chooses records, besides the other filters: `target_module:video severity>=warn elapsed_ms>300 "timed out" -status:200`. A mistake is told with its column. */
                q?: string;
                /** @description At most so many. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Search records */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecordPage"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    completeQuery: {
        parameters: {
            query?: {
                /** @description The line as far as it is typed. */
                q?: string;
                /** @description Where the cursor stands, in UTF-16 units; at the end without. */
                cursor?: number;
                /** @description First moment of event time: RFC 3339 (2026-11-20T10:00:00Z), epoch milliseconds, now, now-2h, or 2026-11-20 10:00 in the configured zone. One hour before `to` without; `to` is now without. */
                from?: string;
                /** @description First moment after; as `from`. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What may follow in a query line */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Completion"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    exportRecords: {
        parameters: {
            query?: {
                /** @description `jsonl` (application/x-ndjson) or `csv` (text/csv). */
                format?: "jsonl" | "csv";
                /** @description Members of the record, repeated or with commas, such as time,severity,attr.user,message. Without: all of them for jsonl, the usual ones for csv. */
                columns?: string[];
                /** @description First moment of event time: RFC 3339 (2026-11-20T10:00:00Z), epoch milliseconds, now, now-2h, or 2026-11-20 10:00 in the configured zone. One hour before `to` without; `to` is now without. */
                from?: string;
                /** @description First moment after; as `from`. */
                to?: string;
                /** @description `source` is one of these; empty for "no value". */
                source?: string[];
                /** @description `source_module` is one of these; empty for "no value". */
                source_module?: string[];
                /** @description `service` is one of these; empty for "no value". */
                service?: string[];
                /** @description `target` is one of these; empty for "no value". */
                target?: string[];
                /** @description `target_module` is one of these; empty for "no value". */
                target_module?: string[];
                /** @description `status` is one of these; empty for "no value". */
                status?: string[];
                /** @description `region` is one of these; empty for "no value". */
                region?: string[];
                /** @description `application` is one of these; empty for "no value". */
                application?: string[];
                /** @description `version` is one of these; empty for "no value". */
                version?: string[];
                /** @description `flow` is one of these; empty for "no value". */
                flow?: string[];
                /** @description `step` is one of these; empty for "no value". */
                step?: string[];
                /** @description `component` is one of these; empty for "no value". */
                component?: string[];
                /** @description `operation` is one of these; empty for "no value". */
                operation?: string[];
                /** @description `category` is one of these; empty for "no value". */
                category?: string[];
                /** @description `host` is one of these; empty for "no value". */
                host?: string[];
                /** @description `file` is one of these; empty for "no value". */
                file?: string[];
                /** @description `input` is one of these; empty for "no value". */
                input?: string[];
                /** @description `parse_error` is one of these; empty for "no value". */
                parse_error?: string[];
                /** @description The severity is one of these. */
                severity?: ("unset" | "trace" | "debug" | "info" | "warn" | "error" | "fatal")[];
                /** @description The record is of one of these kinds. */
                kind?: ("log" | "call" | "run")[];
                /** @description The job id is this one. */
                job_id?: string;
                /** @description The trace id is this one (hex). */
                trace_id?: string;
                /** @description `is.<column>=value`: the same as `<column>=value`, also where that name means something else. */
                is?: {
                    [key: string]: string;
                };
                /** @description `not.<column>=value`: the column has none of these values. */
                not?: {
                    [key: string]: string;
                };
                /** @description `attr.<key>=value`: the attribute has this value. */
                attr?: {
                    [key: string]: string;
                };
                /** @description `min.<field>=number`: the field is at least this, in its unit. */
                min?: {
                    [key: string]: string;
                };
                /** @description These whole words follow each other in the message (letters of any case, each CJK character a word). */
                words?: string;
                /** @description This text occurs in the message, letters of any case. */
                contains?: string;
                /** @description This expression matches in the message (syntax of the Rust crate `regex`). */
                regex?: string;
                /** @description A query line that chooses records, besides the other filters: `target_module:video severity>=warn elapsed_ms>300 "timed out" -status:200`. A mistake is told with its column. */
                q?: string;
                /** @description At most so many. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Records as a file */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getRecordHistogram: {
        parameters: {
            query?: {
                /** @description First moment of event time: RFC 3339 (2026-11-20T10:00:00Z), epoch milliseconds, now, now-2h, or 2026-11-20 10:00 in the configured zone. One hour before `to` without; `to` is now without. */
                from?: string;
                /** @description First moment after; as `from`. */
                to?: string;
                /** @description Length of a bar, such as 30s, 5m, 1h; chosen for about 100 bars without. */
                step?: string;
                /** @description What to split bars by; severity without. */
                by?: "severity" | "source" | "source_module" | "service" | "target" | "target_module" | "status" | "region" | "application" | "version" | "flow" | "step" | "component" | "operation" | "category" | "host" | "file" | "input" | "parse_error";
                /** @description `source` is one of these; empty for "no value". */
                source?: string[];
                /** @description `source_module` is one of these; empty for "no value". */
                source_module?: string[];
                /** @description `service` is one of these; empty for "no value". */
                service?: string[];
                /** @description `target` is one of these; empty for "no value". */
                target?: string[];
                /** @description `target_module` is one of these; empty for "no value". */
                target_module?: string[];
                /** @description `status` is one of these; empty for "no value". */
                status?: string[];
                /** @description `region` is one of these; empty for "no value". */
                region?: string[];
                /** @description `application` is one of these; empty for "no value". */
                application?: string[];
                /** @description `version` is one of these; empty for "no value". */
                version?: string[];
                /** @description `flow` is one of these; empty for "no value". */
                flow?: string[];
                /** @description `component` is one of these; empty for "no value". */
                component?: string[];
                /** @description `operation` is one of these; empty for "no value". */
                operation?: string[];
                /** @description `category` is one of these; empty for "no value". */
                category?: string[];
                /** @description `host` is one of these; empty for "no value". */
                host?: string[];
                /** @description `file` is one of these; empty for "no value". */
                file?: string[];
                /** @description `input` is one of these; empty for "no value". */
                input?: string[];
                /** @description `parse_error` is one of these; empty for "no value". */
                parse_error?: string[];
                /** @description The severity is one of these. */
                severity?: ("unset" | "trace" | "debug" | "info" | "warn" | "error" | "fatal")[];
                /** @description The record is of one of these kinds. */
                kind?: ("log" | "call" | "run")[];
                /** @description The job id is this one. */
                job_id?: string;
                /** @description The trace id is this one (hex). */
                trace_id?: string;
                /** @description `is.<column>=value`: the same as `<column>=value`, also where that name means something else. */
                is?: {
                    [key: string]: string;
                };
                /** @description `not.<column>=value`: the column has none of these values. */
                not?: {
                    [key: string]: string;
                };
                /** @description `attr.<key>=value`: the attribute has this value. */
                attr?: {
                    [key: string]: string;
                };
                /** @description `min.<field>=number`: the field is at least this, in its unit. */
                min?: {
                    [key: string]: string;
                };
                /** @description These whole words follow each other in the message (letters of any case, each CJK character a word). */
                words?: string;
                /** @description This text occurs in the message, letters of any case. */
                contains?: string;
                /** @description This expression matches in the message (syntax of the Rust crate `regex`). */
                regex?: string;
                /** @description A query line that chooses records, besides the other filters: `target_module:video severity>=warn elapsed_ms>300 "timed out" -status:200`. A mistake is told with its column. */
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Number of records over time */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Histogram"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getTopValues: {
        parameters: {
            query?: {
                /** @description First moment of event time: RFC 3339 (2026-11-20T10:00:00Z), epoch milliseconds, now, now-2h, or 2026-11-20 10:00 in the configured zone. One hour before `to` without; `to` is now without. */
                from?: string;
                /** @description First moment after; as `from`. */
                to?: string;
                /** @description `source` is one of these; empty for "no value". */
                source?: string[];
                /** @description `source_module` is one of these; empty for "no value". */
                source_module?: string[];
                /** @description `service` is one of these; empty for "no value". */
                service?: string[];
                /** @description `target` is one of these; empty for "no value". */
                target?: string[];
                /** @description `target_module` is one of these; empty for "no value". */
                target_module?: string[];
                /** @description `status` is one of these; empty for "no value". */
                status?: string[];
                /** @description `region` is one of these; empty for "no value". */
                region?: string[];
                /** @description `application` is one of these; empty for "no value". */
                application?: string[];
                /** @description `version` is one of these; empty for "no value". */
                version?: string[];
                /** @description `flow` is one of these; empty for "no value". */
                flow?: string[];
                /** @description `step` is one of these; empty for "no value". */
                step?: string[];
                /** @description `component` is one of these; empty for "no value". */
                component?: string[];
                /** @description `operation` is one of these; empty for "no value". */
                operation?: string[];
                /** @description `category` is one of these; empty for "no value". */
                category?: string[];
                /** @description `host` is one of these; empty for "no value". */
                host?: string[];
                /** @description `file` is one of these; empty for "no value". */
                file?: string[];
                /** @description `input` is one of these; empty for "no value". */
                input?: string[];
                /** @description `parse_error` is one of these; empty for "no value". */
                parse_error?: string[];
                /** @description The severity is one of these. */
                severity?: ("unset" | "trace" | "debug" | "info" | "warn" | "error" | "fatal")[];
                /** @description The record is of one of these kinds. */
                kind?: ("log" | "call" | "run")[];
                /** @description The job id is this one. */
                job_id?: string;
                /** @description The trace id is this one (hex). */
                trace_id?: string;
                /** @description `is.<column>=value`: the same as `<column>=value`, also where that name means something else. */
                is?: {
                    [key: string]: string;
                };
                /** @description `not.<column>=value`: the column has none of these values. */
                not?: {
                    [key: string]: string;
                };
                /** @description `attr.<key>=value`: the attribute has this value. */
                attr?: {
                    [key: string]: string;
                };
                /** @description `min.<field>=number`: the field is at least this, in its unit. */
                min?: {
                    [key: string]: string;
                };
                /** @description These whole words follow each other in the message (letters of any case, each CJK character a word). */
                words?: string;
                /** @description This text occurs in the message, letters of any case. */
                contains?: string;
                /** @description This expression matches in the message (syntax of the Rust crate `regex`). */
                regex?: string;
                /** @description A query line that chooses records, besides the other filters: `target_module:video severity>=warn elapsed_ms>300 "timed out" -status:200`. A mistake is told with its column. */
                q?: string;
                /** @description At most so many. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The column. */
                column: "source" | "source_module" | "service" | "target" | "target_module" | "status" | "region" | "application" | "version" | "flow" | "step" | "component" | "operation" | "category" | "host" | "file" | "input" | "parse_error";
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The most frequent values of a column */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TopValues"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getRecord: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description 16 hex digits. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One record */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Record"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getRecordsAround: {
        parameters: {
            query?: {
                /** @description At most so many lines on this side. */
                before?: number;
                /** @description At most so many lines on this side. */
                after?: number;
            };
            header?: never;
            path: {
                /** @description 16 hex digits. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Lines around a record in its file */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecordsAround"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    reload: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Empty"];
            };
        };
        responses: {
            /** @description Read the configuration again */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Reloaded"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getRollups: {
        parameters: {
            query?: {
                /** @description Length of an answer's bucket, a multiple of the configured one, such as 5m; `total` (or `all`) for one row per combination. The configured bucket without. */
                step?: string;
                /** @description At most so many. */
                limit?: number;
                /** @description Name of the monitor. Without it and without `by`, the first configured one. */
                monitor?: string;
                /** @description Columns to keep, repeated or with commas, or none at all (`by=`): of the monitor, or any without one. Those of the base dimension are read as they are stored; with others the records are folded. */
                by?: string[];
                /** @description First moment of event time: RFC 3339 (2026-11-20T10:00:00Z), epoch milliseconds, now, now-2h, or 2026-11-20 10:00 in the configured zone. One hour before `to` without; `to` is now without. Widened to whole buckets. */
                from?: string;
                /** @description First moment after; as `from`. */
                to?: string;
                /** @description `source` is one of these; empty for "no value". Must be a column of the monitor. */
                source?: string[];
                /** @description `source_module` is one of these; empty for "no value". Must be a column of the monitor. */
                source_module?: string[];
                /** @description `service` is one of these; empty for "no value". Must be a column of the monitor. */
                service?: string[];
                /** @description `target` is one of these; empty for "no value". Must be a column of the monitor. */
                target?: string[];
                /** @description `target_module` is one of these; empty for "no value". Must be a column of the monitor. */
                target_module?: string[];
                /** @description `status` is one of these; empty for "no value". Must be a column of the monitor. */
                status?: string[];
                /** @description `region` is one of these; empty for "no value". Must be a column of the monitor. */
                region?: string[];
                /** @description `application` is one of these; empty for "no value". Must be a column of the monitor. */
                application?: string[];
                /** @description `version` is one of these; empty for "no value". Must be a column of the monitor. */
                version?: string[];
                /** @description `flow` is one of these; empty for "no value". Must be a column of the monitor. */
                flow?: string[];
                /** @description `component` is one of these; empty for "no value". Must be a column of the monitor. */
                component?: string[];
                /** @description `operation` is one of these; empty for "no value". Must be a column of the monitor. */
                operation?: string[];
                /** @description `category` is one of these; empty for "no value". Must be a column of the monitor. */
                category?: string[];
                /** @description `host` is one of these; empty for "no value". Must be a column of the monitor. */
                host?: string[];
                /** @description `file` is one of these; empty for "no value". Must be a column of the monitor. */
                file?: string[];
                /** @description `input` is one of these; empty for "no value". Must be a column of the monitor. */
                input?: string[];
                /** @description `parse_error` is one of these; empty for "no value". Must be a column of the monitor. */
                parse_error?: string[];
                /** @description `is.<column>=value`: the same as `<column>=value`, also where that name means something else. */
                is?: {
                    [key: string]: string;
                };
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Rollups over time */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rollups"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getHeatmap: {
        parameters: {
            query: {
                /** @description A field that keeps percentiles. */
                field: string;
                /** @description Length of a column, a multiple of the configured bucket, such as 5m; the bucket without. */
                step?: string;
                /** @description Name of the monitor. Without it and without `by`, the first configured one. */
                monitor?: string;
                /** @description Columns to keep, repeated or with commas, or none at all (`by=`): of the monitor, or any without one. Those of the base dimension are read as they are stored; with others the records are folded. */
                by?: string[];
                /** @description First moment of event time: RFC 3339 (2026-11-20T10:00:00Z), epoch milliseconds, now, now-2h, or 2026-11-20 10:00 in the configured zone. One hour before `to` without; `to` is now without. Widened to whole buckets. */
                from?: string;
                /** @description First moment after; as `from`. */
                to?: string;
                /** @description `source` is one of these; empty for "no value". Must be a column of the monitor. */
                source?: string[];
                /** @description `source_module` is one of these; empty for "no value". Must be a column of the monitor. */
                source_module?: string[];
                /** @description `service` is one of these; empty for "no value". Must be a column of the monitor. */
                service?: string[];
                /** @description `target` is one of these; empty for "no value". Must be a column of the monitor. */
                target?: string[];
                /** @description `target_module` is one of these; empty for "no value". Must be a column of the monitor. */
                target_module?: string[];
                /** @description `status` is one of these; empty for "no value". Must be a column of the monitor. */
                status?: string[];
                /** @description `region` is one of these; empty for "no value". Must be a column of the monitor. */
                region?: string[];
                /** @description `application` is one of these; empty for "no value". Must be a column of the monitor. */
                application?: string[];
                /** @description `version` is one of these; empty for "no value". Must be a column of the monitor. */
                version?: string[];
                /** @description `flow` is one of these; empty for "no value". Must be a column of the monitor. */
                flow?: string[];
                /** @description `component` is one of these; empty for "no value". Must be a column of the monitor. */
                component?: string[];
                /** @description `operation` is one of these; empty for "no value". Must be a column of the monitor. */
                operation?: string[];
                /** @description `category` is one of these; empty for "no value". Must be a column of the monitor. */
                category?: string[];
                /** @description `host` is one of these; empty for "no value". Must be a column of the monitor. */
                host?: string[];
                /** @description `file` is one of these; empty for "no value". Must be a column of the monitor. */
                file?: string[];
                /** @description `input` is one of these; empty for "no value". Must be a column of the monitor. */
                input?: string[];
                /** @description `parse_error` is one of these; empty for "no value". Must be a column of the monitor. */
                parse_error?: string[];
                /** @description `is.<column>=value`: the same as `<column>=value`, also where that name means something else. */
                is?: {
                    [key: string]: string;
                };
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Values of a field over time */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Heatmap"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listRuns: {
        parameters: {
            query?: {
                /** @description First moment of event time: RFC 3339 (2026-11-20T10:00:00Z), epoch milliseconds, now, now-2h, or 2026-11-20 10:00 in the configured zone. Triggered in the range; all of time without. */
                from?: string;
                /** @description First moment after; as `from`. */
                to?: string;
                /** @description Zone (IANA name) in which days and hours begin, and of times that name none; the configured one without. */
                zone?: string;
                /** @description `region` is one of these; empty for "no value". */
                region?: string[];
                /** @description `application` is one of these; empty for "no value". */
                application?: string[];
                /** @description `version` is one of these; empty for "no value". */
                version?: string[];
                /** @description `flow` is one of these; empty for "no value". */
                flow?: string[];
                /** @description The run stands like this. */
                status?: ("queued" | "running" | "waiting" | "retrying" | "succeeded" | "failed" | "cancelled" | "timed_out")[];
                /** @description This started it. */
                trigger?: ("schedule" | "manual" | "event" | "webhook" | "flow" | "retry" | "exec")[];
                /** @description Only those that stand in the failure inbox, or only the others. */
                open?: boolean;
                /** @description Only those that succeeded after a retry, or only the others. */
                retried?: boolean;
                /** @description Flows, or jobs that others run. */
                kind?: "flow" | "job";
                /** @description The last attempt failed with this kind of error (URI); empty for none. */
                fault_type?: string;
                /** @description It failed with this status; 0 for none. */
                fault_status?: number;
                /** @description It failed in the step of this JSON pointer; empty for none. */
                fault_pointer?: string;
                /** @description The job id is this one, or ends with these 8 or more characters. */
                job_id?: string;
                /** @description This text occurs in the job id, the flow, or what the run failed with; letters of any case. */
                q?: string;
                /** @description At most so many. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Runs */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Runs"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listFailures: {
        parameters: {
            query?: {
                /** @description First moment of event time: RFC 3339 (2026-11-20T10:00:00Z), epoch milliseconds, now, now-2h, or 2026-11-20 10:00 in the configured zone. Triggered in the range; all of time without. */
                from?: string;
                /** @description First moment after; as `from`. */
                to?: string;
                /** @description Zone (IANA name) in which days and hours begin, and of times that name none; the configured one without. */
                zone?: string;
                /** @description `region` is one of these; empty for "no value". */
                region?: string[];
                /** @description `application` is one of these; empty for "no value". */
                application?: string[];
                /** @description `version` is one of these; empty for "no value". */
                version?: string[];
                /** @description `flow` is one of these; empty for "no value". */
                flow?: string[];
                /** @description At most so many. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The failure inbox */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failures"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    startJob: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewJobRun"];
            };
        };
        responses: {
            /** @description Tell that a watched job begins */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobStarted"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    tellJobAttempt: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Full id of the run. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["JobAttempt"];
            };
        };
        responses: {
            /** @description Tell how an attempt of a watched job stands */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Run"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    addJobLines: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Full id of the run. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["JobLines"];
            };
        };
        responses: {
            /** @description Hand over what a watched job wrote */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobLinesTaken"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    searchRunLogs: {
        parameters: {
            query?: {
                /** @description Whether attempts that a later success has superseded are left out. */
                attempts?: "folded" | "shown";
                /** @description The job id is this one, or ends with these 8 or more characters. */
                job_id?: string;
                /** @description First moment of event time: RFC 3339 (2026-11-20T10:00:00Z), epoch milliseconds, now, now-2h, or 2026-11-20 10:00 in the configured zone. All of time without. */
                from?: string;
                /** @description First moment after; as `from`. */
                to?: string;
                /** @description `source` is one of these; empty for "no value". */
                source?: string[];
                /** @description `source_module` is one of these; empty for "no value". */
                source_module?: string[];
                /** @description `service` is one of these; empty for "no value". */
                service?: string[];
                /** @description `target` is one of these; empty for "no value". */
                target?: string[];
                /** @description `target_module` is one of these; empty for "no value". */
                target_module?: string[];
                /** @description `status` is one of these; empty for "no value". */
                status?: string[];
                /** @description `region` is one of these; empty for "no value". */
                region?: string[];
                /** @description `application` is one of these; empty for "no value". */
                application?: string[];
                /** @description `version` is one of these; empty for "no value". */
                version?: string[];
                /** @description `flow` is one of these; empty for "no value". */
                flow?: string[];
                /** @description `step` is one of these; empty for "no value". */
                step?: string[];
                /** @description `component` is one of these; empty for "no value". */
                component?: string[];
                /** @description `operation` is one of these; empty for "no value". */
                operation?: string[];
                /** @description `category` is one of these; empty for "no value". */
                category?: string[];
                /** @description `host` is one of these; empty for "no value". */
                host?: string[];
                /** @description `file` is one of these; empty for "no value". */
                file?: string[];
                /** @description `input` is one of these; empty for "no value". */
                input?: string[];
                /** @description `parse_error` is one of these; empty for "no value". */
                parse_error?: string[];
                /** @description The severity is one of these. */
                severity?: ("unset" | "trace" | "debug" | "info" | "warn" | "error" | "fatal")[];
                /** @description The record is of one of these kinds. */
                kind?: ("log" | "call" | "run")[];
                /** @description The trace id is this one (hex). */
                trace_id?: string;
                /** @description `is.<column>=value`: the same as `<column>=value`, also where that name means something else. */
                is?: {
                    [key: string]: string;
                };
                /** @description `not.<column>=value`: the column has none of these values. */
                not?: {
                    [key: string]: string;
                };
                /** @description `attr.<key>=value`: the attribute has this value. */
                attr?: {
                    [key: string]: string;
                };
                /** @description `min.<field>=number`: the field is at least this, in its unit. */
                min?: {
                    [key: string]: string;
                };
                /** @description These whole words follow each other in the message (letters of any case, each CJK character a word). */
                words?: string;
                /** @description This text occurs in the message, letters of any case. */
                contains?: string;
                /** @description This expression matches in the message (syntax of the Rust crate `regex`). */
                regex?: string;
                /** @description A query line that chooses records, besides the other filters: `target_module:video severity>=warn elapsed_ms>300 "timed out" -status:200`. A mistake is told with its column. */
                q?: string;
                /** @description At most so many. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What runs logged */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunLogs"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getRunLogHistogram: {
        parameters: {
            query?: {
                /** @description Whether attempts that a later success has superseded are left out. */
                attempts?: "folded" | "shown";
                /** @description The job id is this one, or ends with these 8 or more characters. */
                job_id?: string;
                /** @description First moment of event time: RFC 3339 (2026-11-20T10:00:00Z), epoch milliseconds, now, now-2h, or 2026-11-20 10:00 in the configured zone. One hour before `to` without; `to` is now without. */
                from?: string;
                /** @description First moment after; as `from`. */
                to?: string;
                /** @description Length of a bar, such as 30s, 5m, 1h; chosen for about 100 bars without. */
                step?: string;
                /** @description What to split bars by; severity without. */
                by?: "severity" | "source" | "source_module" | "service" | "target" | "target_module" | "status" | "region" | "application" | "version" | "flow" | "step" | "component" | "operation" | "category" | "host" | "file" | "input" | "parse_error";
                /** @description `source` is one of these; empty for "no value". */
                source?: string[];
                /** @description `source_module` is one of these; empty for "no value". */
                source_module?: string[];
                /** @description `service` is one of these; empty for "no value". */
                service?: string[];
                /** @description `target` is one of these; empty for "no value". */
                target?: string[];
                /** @description `target_module` is one of these; empty for "no value". */
                target_module?: string[];
                /** @description `status` is one of these; empty for "no value". */
                status?: string[];
                /** @description `region` is one of these; empty for "no value". */
                region?: string[];
                /** @description `application` is one of these; empty for "no value". */
                application?: string[];
                /** @description `version` is one of these; empty for "no value". */
                version?: string[];
                /** @description `flow` is one of these; empty for "no value". */
                flow?: string[];
                /** @description `component` is one of these; empty for "no value". */
                component?: string[];
                /** @description `operation` is one of these; empty for "no value". */
                operation?: string[];
                /** @description `category` is one of these; empty for "no value". */
                category?: string[];
                /** @description `host` is one of these; empty for "no value". */
                host?: string[];
                /** @description `file` is one of these; empty for "no value". */
                file?: string[];
                /** @description `input` is one of these; empty for "no value". */
                input?: string[];
                /** @description `parse_error` is one of these; empty for "no value". */
                parse_error?: string[];
                /** @description The severity is one of these. */
                severity?: ("unset" | "trace" | "debug" | "info" | "warn" | "error" | "fatal")[];
                /** @description The record is of one of these kinds. */
                kind?: ("log" | "call" | "run")[];
                /** @description The trace id is this one (hex). */
                trace_id?: string;
                /** @description `is.<column>=value`: the same as `<column>=value`, also where that name means something else. */
                is?: {
                    [key: string]: string;
                };
                /** @description `not.<column>=value`: the column has none of these values. */
                not?: {
                    [key: string]: string;
                };
                /** @description `attr.<key>=value`: the attribute has this value. */
                attr?: {
                    [key: string]: string;
                };
                /** @description `min.<field>=number`: the field is at least this, in its unit. */
                min?: {
                    [key: string]: string;
                };
                /** @description These whole words follow each other in the message (letters of any case, each CJK character a word). */
                words?: string;
                /** @description This text occurs in the message, letters of any case. */
                contains?: string;
                /** @description This expression matches in the message (syntax of the Rust crate `regex`). */
                regex?: string;
                /** @description A query line that chooses records, besides the other filters: `target_module:video severity>=warn elapsed_ms>300 "timed out" -status:200`. A mistake is told with its column. */
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Number of run log records over time */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Histogram"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getTopRunLogValues: {
        parameters: {
            query?: {
                /** @description Whether attempts that a later success has superseded are left out. */
                attempts?: "folded" | "shown";
                /** @description The job id is this one, or ends with these 8 or more characters. */
                job_id?: string;
                /** @description First moment of event time: RFC 3339 (2026-11-20T10:00:00Z), epoch milliseconds, now, now-2h, or 2026-11-20 10:00 in the configured zone. One hour before `to` without; `to` is now without. */
                from?: string;
                /** @description First moment after; as `from`. */
                to?: string;
                /** @description `source` is one of these; empty for "no value". */
                source?: string[];
                /** @description `source_module` is one of these; empty for "no value". */
                source_module?: string[];
                /** @description `service` is one of these; empty for "no value". */
                service?: string[];
                /** @description `target` is one of these; empty for "no value". */
                target?: string[];
                /** @description `target_module` is one of these; empty for "no value". */
                target_module?: string[];
                /** @description `status` is one of these; empty for "no value". */
                status?: string[];
                /** @description `region` is one of these; empty for "no value". */
                region?: string[];
                /** @description `application` is one of these; empty for "no value". */
                application?: string[];
                /** @description `version` is one of these; empty for "no value". */
                version?: string[];
                /** @description `flow` is one of these; empty for "no value". */
                flow?: string[];
                /** @description `step` is one of these; empty for "no value". */
                step?: string[];
                /** @description `component` is one of these; empty for "no value". */
                component?: string[];
                /** @description `operation` is one of these; empty for "no value". */
                operation?: string[];
                /** @description `category` is one of these; empty for "no value". */
                category?: string[];
                /** @description `host` is one of these; empty for "no value". */
                host?: string[];
                /** @description `file` is one of these; empty for "no value". */
                file?: string[];
                /** @description `input` is one of these; empty for "no value". */
                input?: string[];
                /** @description `parse_error` is one of these; empty for "no value". */
                parse_error?: string[];
                /** @description The severity is one of these. */
                severity?: ("unset" | "trace" | "debug" | "info" | "warn" | "error" | "fatal")[];
                /** @description The record is of one of these kinds. */
                kind?: ("log" | "call" | "run")[];
                /** @description The trace id is this one (hex). */
                trace_id?: string;
                /** @description `is.<column>=value`: the same as `<column>=value`, also where that name means something else. */
                is?: {
                    [key: string]: string;
                };
                /** @description `not.<column>=value`: the column has none of these values. */
                not?: {
                    [key: string]: string;
                };
                /** @description `attr.<key>=value`: the attribute has this value. */
                attr?: {
                    [key: string]: string;
                };
                /** @description `min.<field>=number`: the field is at least this, in its unit. */
                min?: {
                    [key: string]: string;
                };
                /** @description These whole words follow each other in the message (letters of any case, each CJK character a word). */
                words?: string;
                /** @description This text occurs in the message, letters of any case. */
                contains?: string;
                /** @description This expression matches in the message (syntax of the Rust crate `regex`). */
                regex?: string;
                /** @description A query line that chooses records, besides the other filters: `target_module:video severity>=warn elapsed_ms>300 "timed out" -status:200`. A mistake is told with its column. */
                q?: string;
                /** @description At most so many. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The column. */
                column: "source" | "source_module" | "service" | "target" | "target_module" | "status" | "region" | "application" | "version" | "flow" | "step" | "component" | "operation" | "category" | "host" | "file" | "input" | "parse_error";
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The most frequent values of a column in run logs */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TopValues"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getRunOverview: {
        parameters: {
            query?: {
                /** @description First moment of event time: RFC 3339 (2026-11-20T10:00:00Z), epoch milliseconds, now, now-2h, or 2026-11-20 10:00 in the configured zone. Since midnight in `zone` without. */
                from?: string;
                /** @description First moment after; as `from`. */
                to?: string;
                /** @description Zone (IANA name) in which days and hours begin, and of times that name none; the configured one without. */
                zone?: string;
                /** @description `region` is one of these; empty for "no value". */
                region?: string[];
                /** @description `application` is one of these; empty for "no value". */
                application?: string[];
                /** @description `version` is one of these; empty for "no value". */
                version?: string[];
                /** @description `flow` is one of these; empty for "no value". */
                flow?: string[];
                /** @description Length of a bar of the trend, such as 1h; chosen for about 50 bars without. */
                step?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Runs in figures */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunOverview"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retryRuns: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RetryMany"];
            };
        };
        responses: {
            /** @description Retry many runs */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ManyDone"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    waiveRuns: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WaiveMany"];
            };
        };
        responses: {
            /** @description Give many failed runs up */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ManyDone"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Full id of the run. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One run */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunDetail"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancelRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Full id of the run. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["SignedByAnybody"];
            };
        };
        responses: {
            /** @description Cancel a run */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Run"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    previewRetry: {
        parameters: {
            query?: {
                /** @description `start`, `failed` or the JSON pointer of a step; `failed` without. */
                from?: string;
                /** @description The definition that failed, or the published one. */
                version?: "same" | "newest";
            };
            header?: never;
            path: {
                /** @description Full id of the run. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What a retry would do */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RetryPreview"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retryRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Full id of the run. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Retry"];
            };
        };
        responses: {
            /** @description Retry a run */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Run"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listRunSteps: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Full id of the run. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The steps of a run */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Steps"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getRunStepData: {
        parameters: {
            query: {
                /** @description JSON pointer of the step. */
                pointer: string;
                /** @description Its iteration; the one outside of loops without. */
                iteration?: string;
                /** @description The attempt; the last that has the step without. */
                attempt?: number;
            };
            header?: never;
            path: {
                /** @description Full id of the run. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What a step was given and gave */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StepData"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    waiveRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Full id of the run. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Waive"];
            };
        };
        responses: {
            /** @description Give a failed run up */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Run"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSchedules: {
        parameters: {
            query?: {
                /** @description First moment of event time: RFC 3339 (2026-11-20T10:00:00Z), epoch milliseconds, now, now-2h, or 2026-11-20 10:00 in the configured zone. Since midnight in `zone` without; `to` is the next midnight without. */
                from?: string;
                /** @description First moment after; as `from`. */
                to?: string;
                /** @description Zone (IANA name) in which days and hours begin, and of times that name none; the configured one without. */
                zone?: string;
                /** @description `region` is one of these; empty for "no value". */
                region?: string[];
                /** @description `application` is one of these; empty for "no value". */
                application?: string[];
                /** @description `version` is one of these; empty for "no value". */
                version?: string[];
                /** @description `flow` is one of these; empty for "no value". */
                flow?: string[];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Scheduled flows and jobs */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Schedules"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listScheduleHours: {
        parameters: {
            query?: {
                /** @description First moment of event time: RFC 3339 (2026-11-20T10:00:00Z), epoch milliseconds, now, now-2h, or 2026-11-20 10:00 in the configured zone. The last seven days without: since midnight in `zone` six days ago; `to` is the next midnight without. */
                from?: string;
                /** @description First moment after; as `from`. */
                to?: string;
                /** @description Zone (IANA name) in which days and hours begin, and of times that name none; the configured one without. */
                zone?: string;
                /** @description `region` is one of these; empty for "no value". */
                region?: string[];
                /** @description `application` is one of these; empty for "no value". */
                application?: string[];
                /** @description `version` is one of these; empty for "no value". */
                version?: string[];
                /** @description `flow` is one of these; empty for "no value". */
                flow?: string[];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The hours of flows and jobs */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScheduleHours"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listDueTimes: {
        parameters: {
            query?: {
                /** @description First moment of event time: RFC 3339 (2026-11-20T10:00:00Z), epoch milliseconds, now, now-2h, or 2026-11-20 10:00 in the configured zone. Since midnight in `zone` without; `to` is the next midnight without. */
                from?: string;
                /** @description First moment after; as `from`. */
                to?: string;
                /** @description Zone (IANA name) in which days and hours begin, and of times that name none; the configured one without. */
                zone?: string;
                /** @description This became of it. */
                outcome?: ("ran" | "late" | "skipped" | "missed" | "paused" | "due" | "running" | "retrying" | "failed" | "cancelled")[];
                /** @description Whether runs that no due time made are told, too; without, they are when no `outcome` is asked for. */
                others?: boolean;
                /** @description At most so many. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The flow. */
                flow: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The due times of a schedule */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DueRows"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pauseSchedule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The flow. */
                flow: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["PauseSchedule"];
            };
        };
        responses: {
            /** @description Pause a schedule */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Schedule"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resumeSchedule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The flow. */
                flow: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["SignedByAnybody"];
            };
        };
        responses: {
            /** @description Resume a schedule */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Schedule"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Who one is */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    signIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignIn"];
            };
        };
        responses: {
            /** @description Sign in */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    signOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Empty"];
            };
        };
        responses: {
            /** @description Sign out */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSilences: {
        parameters: {
            query?: {
                /** @description In force now, still to come, or over; all without. */
                state?: "active" | "pending" | "expired";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Silences */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Silences"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createSilence: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSilence"];
            };
        };
        responses: {
            /** @description Silence alerts for a time */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Silence"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    endSilence: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the silence. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["SignedByAnybody"];
            };
        };
        responses: {
            /** @description End a silence now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Silence"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSources: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The sources */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Sources"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    setSourceParser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the source. */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ParserChoice"];
            };
        };
        responses: {
            /** @description Choose a parser for a source */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Source"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    removeSourceParser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the source. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Empty"];
            };
        };
        responses: {
            /** @description Read a source by the configuration file again */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Source"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSourceYaml: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the source. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A source as YAML */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/yaml": string;
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    watch: {
        parameters: {
            query?: {
                /** @description What to watch, repeated or with commas; everything without. */
                topics?: string[];
                /** @description Rollups and alerts of this monitor only. */
                monitor?: string;
                /** @description `source` is one of these; empty for "no value". */
                source?: string[];
                /** @description `source_module` is one of these; empty for "no value". */
                source_module?: string[];
                /** @description `service` is one of these; empty for "no value". */
                service?: string[];
                /** @description `target` is one of these; empty for "no value". */
                target?: string[];
                /** @description `target_module` is one of these; empty for "no value". */
                target_module?: string[];
                /** @description `status` is one of these; empty for "no value". */
                status?: string[];
                /** @description `region` is one of these; empty for "no value". */
                region?: string[];
                /** @description `application` is one of these; empty for "no value". */
                application?: string[];
                /** @description `version` is one of these; empty for "no value". */
                version?: string[];
                /** @description `flow` is one of these; empty for "no value". */
                flow?: string[];
                /** @description `step` is one of these; empty for "no value". */
                step?: string[];
                /** @description `component` is one of these; empty for "no value". */
                component?: string[];
                /** @description `operation` is one of these; empty for "no value". */
                operation?: string[];
                /** @description `category` is one of these; empty for "no value". */
                category?: string[];
                /** @description `host` is one of these; empty for "no value". */
                host?: string[];
                /** @description `file` is one of these; empty for "no value". */
                file?: string[];
                /** @description `input` is one of these; empty for "no value". */
                input?: string[];
                /** @description `parse_error` is one of these; empty for "no value". */
                parse_error?: string[];
                /** @description The severity is one of these. */
                severity?: ("unset" | "trace" | "debug" | "info" | "warn" | "error" | "fatal")[];
                /** @description The record is of one of these kinds. */
                kind?: ("log" | "call" | "run")[];
                /** @description The job id is this one. */
                job_id?: string;
                /** @description The trace id is this one (hex). */
                trace_id?: string;
                /** @description `is.<column>=value`: the same as `<column>=value`, also where that name means something else. */
                is?: {
                    [key: string]: string;
                };
                /** @description `not.<column>=value`: the column has none of these values. */
                not?: {
                    [key: string]: string;
                };
                /** @description `attr.<key>=value`: the attribute has this value. */
                attr?: {
                    [key: string]: string;
                };
                /** @description `min.<field>=number`: the field is at least this, in its unit. */
                min?: {
                    [key: string]: string;
                };
                /** @description These whole words follow each other in the message (letters of any case, each CJK character a word). */
                words?: string;
                /** @description This text occurs in the message, letters of any case. */
                contains?: string;
                /** @description This expression matches in the message (syntax of the Rust crate `regex`). */
                regex?: string;
                /** @description A query line that chooses records, besides the other filters: `target_module:video severity>=warn elapsed_ms>300 "timed out" -status:200`. A mistake is told with its column. */
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What happens now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    uploadFile: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Upload"];
            };
        };
        responses: {
            /** @description Hand over a log file */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Uploaded"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    isAlive: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Whether the process answers */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Metrics in Prometheus' text format */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    isReady: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Whether answers are right */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            /** @description Refused */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}

//! The tables of flows and runs, by version.
//!
//! A run's row is kept whole as JSON, with what is searched, sorted or counted in columns beside it. Its input and output
//! are apart, so that moving a run does not copy them.

/// Statements that lead from one version to the next.
pub(super) const MIGRATIONS: [&str; 2] = [FIRST, SECOND];

const FIRST: &str = "
    CREATE TABLE flows (
        flow TEXT PRIMARY KEY, application TEXT NOT NULL, room INTEGER, usual REAL, row TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE versions (
        flow TEXT NOT NULL, revision INTEGER NOT NULL, version TEXT NOT NULL, source TEXT NOT NULL, author TEXT NOT NULL,
        at INTEGER NOT NULL, comment TEXT NOT NULL, published INTEGER, PRIMARY KEY (flow, revision)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE runs (
        job_id BLOB PRIMARY KEY, flow TEXT NOT NULL, application TEXT NOT NULL, region TEXT NOT NULL, version TEXT NOT NULL,
        kind TEXT NOT NULL, status TEXT NOT NULL, attempt INTEGER NOT NULL, made_by TEXT NOT NULL, queued INTEGER NOT NULL,
        ended INTEGER, duration INTEGER, retries INTEGER NOT NULL, first_try INTEGER NOT NULL, open INTEGER NOT NULL,
        due INTEGER, owner TEXT, until INTEGER, cancel TEXT, state TEXT NOT NULL, run TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX runs_by_due ON runs (due) WHERE due IS NOT NULL;
    CREATE INDEX runs_by_lease ON runs (until) WHERE until IS NOT NULL;
    CREATE INDEX runs_leased ON runs (flow) WHERE owner IS NOT NULL;
    CREATE INDEX runs_active ON runs (flow, queued) WHERE status IN ('queued', 'running', 'waiting', 'retrying');
    CREATE INDEX runs_open ON runs (queued) WHERE open = 1;
    CREATE INDEX runs_by_flow ON runs (flow, queued);
    CREATE INDEX runs_by_time ON runs (
        queued, job_id, flow, application, region, version, kind, status, attempt, made_by, ended, duration, retries, first_try, open
    );
    CREATE INDEX runs_by_tail ON runs (substr(hex(job_id), -8));
    CREATE TABLE run_data (job_id BLOB PRIMARY KEY, labels TEXT NOT NULL, input TEXT NOT NULL, output TEXT, kept BLOB) STRICT;
    CREATE INDEX run_data_kept ON run_data (job_id) WHERE kept IS NOT NULL;
    CREATE TABLE attempts (
        job_id BLOB NOT NULL, attempt INTEGER NOT NULL, row TEXT NOT NULL, PRIMARY KEY (job_id, attempt)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE steps (
        job_id BLOB NOT NULL, attempt INTEGER NOT NULL, pointer TEXT NOT NULL, iteration TEXT NOT NULL, status TEXT NOT NULL,
        started INTEGER NOT NULL, dropped INTEGER NOT NULL DEFAULT 0, row TEXT NOT NULL, data TEXT NOT NULL, kept BLOB,
        PRIMARY KEY (job_id, attempt, pointer, iteration)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX steps_running ON steps (job_id, started) WHERE status = 'running';
    CREATE INDEX steps_kept ON steps (job_id) WHERE kept IS NOT NULL;
    CREATE TABLE due (
        flow TEXT NOT NULL, due INTEGER NOT NULL, decision TEXT NOT NULL, reason TEXT, shift TEXT, job_id BLOB,
        PRIMARY KEY (flow, due)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX due_by_time ON due (due);
    CREATE TABLE events (
        number INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, event TEXT NOT NULL,
        UNIQUE (source, id)
    ) STRICT;
    CREATE INDEX events_by_time ON events (at);
    CREATE TABLE consumers (flow TEXT PRIMARY KEY, up_to INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE audit (
        id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, author TEXT NOT NULL, action TEXT NOT NULL,
        subject TEXT NOT NULL, comment TEXT NOT NULL
    ) STRICT;
    CREATE INDEX audit_by_subject ON audit (subject, id);
";

/// What Magpie itself keeps on the rows of flows is no change that somebody made.
const SECOND: &str = "DELETE FROM audit WHERE action = 'note';";

#!/usr/bin/env python3
"""chDB's answer (ClickHouse as a library). The fastest of the formulations tried (figures in `../README.md`): lines come as
whole strings and are split at blanks, JSON lines by one `JSONExtract` into a tuple; its own text formats were slower.

The minute stays text until the groups are few; only then it becomes a time, and groups whose minute is none are dropped.
Percentiles are sketch states folded into `base` and merged into the monitors.
"""

import os

import chdb
from chdb import session

import question

JSON_TUPLE = ("Tuple(time String, source String, path String, bytes Int64, agent String, target String,"
              " elapsed Float64, warn UInt8)")


def lines(path, form):
    """The parsed lines: minute (as text), the dimensions but `target_module`, bytes, elapsed, warn."""
    raw = f"file('{os.path.abspath(path)}', 'LineAsString', 'line String')"
    if form == "text":
        return f"""SELECT substring(part[4], 2, 17) AS minute, part[1] AS source,
            substring(substringIndex(part[12], '/', 1), 2) AS source_module, substringIndex(part[7], '?', 1) AS service,
            substringIndex(part[13], ':', 1) AS target, toInt64OrNull(part[10]) AS bytes,
            toFloat64OrNull(part[14]) AS elapsed, endsWith(part[15], '1') AS warn
            FROM (SELECT splitByChar(' ', line) AS part FROM {raw}) WHERE length(part) = 15"""
    return f"""SELECT substring(r.1, 1, 16) AS minute, r.2 AS source, substringIndex(r.5, '/', 1) AS source_module,
        substringIndex(r.3, '?', 1) AS service, substringIndex(r.6, ':', 1) AS target, r.4 AS bytes, r.7 AS elapsed,
        r.8 AS warn FROM (SELECT JSONExtract(line, '{JSON_TUPLE}') AS r FROM {raw})"""

def fold(connection, options):
    source = lines(options.input, options.format)
    minute_format = "%d/%b/%Y:%H:%i" if options.format == "text" else "%Y-%m-%dT%H:%i"
    digest = ", quantilesTDigestState(0.5, 0.95, 0.99)(toFloat32(elapsed)) AS digest" if options.percentiles else ""
    # Two statements: in one, the optimizer may move the test of the minute below the grouping, onto every line.
    connection.query(f"""CREATE TABLE folded ENGINE = Memory AS
        SELECT minute AS clock_minute, source, source_module, service, target, {question.FOLD_LINES}{digest}
        FROM ({source}) GROUP BY clock_minute, source, source_module, service, target""")
    connection.query(f"""CREATE TABLE base ENGINE = Memory AS
        SELECT assumeNotNull(parseDateTimeOrNull(clock_minute, '{minute_format}')) AS minute, * EXCEPT clock_minute,
               splitByChar('/', service)[2] AS target_module FROM folded
        WHERE parseDateTimeOrNull(clock_minute, '{minute_format}') IS NOT NULL""")
    connection.query("DROP TABLE folded")
    merge = ", quantilesTDigestMerge(0.5, 0.95, 0.99)(base.digest) AS q" if options.percentiles else ""
    unpack = ", q[1] AS p50, q[2] AS p95, q[3] AS p99" if options.percentiles else ""
    for monitor, dimensions in question.MONITORS.items():
        by = ", ".join(["minute", *dimensions])
        connection.query(f"""CREATE TABLE {question.table_name(monitor)} ENGINE = Memory AS
            SELECT *{unpack} FROM (SELECT {by}, {question.FOLD_BASE}{merge} FROM base GROUP BY {by})""")


def main():
    options = question.arguments(__doc__)
    connection = session.Session()
    connection.query(f"SET max_threads = {options.threads}")
    connection.query("CREATE DATABASE bench")
    connection.query("USE bench")
    started = question.start()
    fold(connection, options)

    def totals_of(table):
        sql, names = question.totals_sql(table, options.percentiles)
        rows, *sums = str(connection.query(sql, "TabSeparated")).split()
        return rows, dict(zip(names, sums))

    question.answer("chDB", chdb.__version__, started, totals_of)


if __name__ == "__main__":
    main()

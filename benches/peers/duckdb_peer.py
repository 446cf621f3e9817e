#!/usr/bin/env python3
"""DuckDB's answer. The fastest of the formulations tried (figures in `../README.md`): the CSV reader splits at blanks with
quoting switched off, which also survives lines that are cut inside a quoted part; JSON goes through its own reader.

The minute stays text until the groups are few; only then it becomes a time, and groups whose minute is none are dropped.
"""

import duckdb

import question

TEXT_COLUMNS = [
    ("source", "VARCHAR"), ("ident", "VARCHAR"), ("remote_user", "VARCHAR"), ("clock", "VARCHAR"), ("zone", "VARCHAR"),
    ("method", "VARCHAR"), ("path", "VARCHAR"), ("protocol", "VARCHAR"), ("status", "VARCHAR"), ("bytes", "BIGINT"),
    ("referer", "VARCHAR"), ("agent", "VARCHAR"), ("target", "VARCHAR"), ("elapsed", "DOUBLE"), ("warn", "VARCHAR"),
]
JSON_COLUMNS = [
    ("time", "VARCHAR"), ("source", "VARCHAR"), ("path", "VARCHAR"), ("bytes", "BIGINT"), ("agent", "VARCHAR"),
    ("target", "VARCHAR"), ("elapsed", "DOUBLE"), ("warn", "INTEGER"),
]


def columns(pairs):
    return "{" + ", ".join(f"'{name}': '{kind}'" for name, kind in pairs) + "}"


def lines(path, form):
    """The parsed lines: minute (as text), the dimensions but `target_module`, bytes, elapsed, warn."""
    if form == "text":
        return f"""SELECT substr(clock, 2, 17) AS minute, source, substr(split_part(agent, '/', 1), 2) AS source_module,
            split_part(path, '?', 1) AS service, split_part(target, ':', 1) AS target, bytes, elapsed,
            warn[6]::INTEGER AS warn
            FROM read_csv('{path}', columns = {columns(TEXT_COLUMNS)}, delim = ' ', quote = '', escape = '',
                          header = false, auto_detect = false, ignore_errors = true)"""
    return f"""SELECT substr(time, 1, 16) AS minute, source, split_part(agent, '/', 1) AS source_module,
        split_part(path, '?', 1) AS service, split_part(target, ':', 1) AS target, bytes, elapsed, warn
        FROM read_json('{path}', format = 'newline_delimited', columns = {columns(JSON_COLUMNS)}, ignore_errors = true)"""


def fold(connection, options):
    source = lines(options.input, options.format)
    if options.percentiles:
        # Quantiles do not merge here, so the monitors need the lines themselves: parsed once, kept as a table.
        connection.execute(f"CREATE TEMP TABLE line AS {source}")
        source = "FROM line"
    minute_format = "%d/%b/%Y:%H:%M" if options.format == "text" else "%Y-%m-%dT%H:%M"
    # Two statements: in one, the optimizer moves the test of the minute below the grouping, onto every line.
    connection.execute(f"""CREATE TEMP TABLE folded AS
        SELECT minute AS clock_minute, source, source_module, service, target, {question.FOLD_LINES}
        FROM ({source}) GROUP BY ALL""")
    connection.execute(f"""CREATE TEMP TABLE base AS
        SELECT try_strptime(clock_minute, '{minute_format}') AS minute, * EXCLUDE (clock_minute),
               split_part(service, '/', 2) AS target_module FROM folded WHERE minute IS NOT NULL""")
    connection.execute("DROP TABLE folded")
    for monitor, dimensions in question.MONITORS.items():
        by = ", ".join(["minute", *dimensions])
        table = question.table_name(monitor)
        if not options.percentiles:
            connection.execute(f"CREATE TEMP TABLE {table} AS SELECT {by}, {question.FOLD_BASE} FROM base GROUP BY {by}")
            continue
        keys = ", ".join("split_part(service, '/', 2) AS target_module" if d == "target_module" else d for d in dimensions)
        connection.execute(f"""CREATE TEMP TABLE quantiles AS
            SELECT minute AS clock_minute, {keys}, quantile_disc(elapsed, {question.QUANTILES}) AS q FROM line GROUP BY ALL""")
        connection.execute(f"""CREATE TEMP TABLE {table} AS
            SELECT folded.*, q[1] AS p50, q[2] AS p95, q[3] AS p99
            FROM (SELECT {by}, {question.FOLD_BASE} FROM base GROUP BY {by}) AS folded JOIN
                 (SELECT * REPLACE (try_strptime(clock_minute, '{minute_format}') AS clock_minute) FROM quantiles) AS own
                 ON folded.minute = own.clock_minute AND {" AND ".join(f"folded.{d} = own.{d}" for d in dimensions)}""")
        connection.execute("DROP TABLE quantiles")


def main():
    options = question.arguments(__doc__)
    connection = duckdb.connect()
    connection.execute(f"SET threads = {options.threads}; SET preserve_insertion_order = false")
    started = question.start()
    fold(connection, options)

    def totals_of(table):
        sql, names = question.totals_sql(table, options.percentiles)
        rows, *sums = connection.execute(sql).fetchone()
        return rows, dict(zip(names, sums))

    question.answer("DuckDB", duckdb.__version__, started, totals_of)


if __name__ == "__main__":
    main()

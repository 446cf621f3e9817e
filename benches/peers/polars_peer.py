#!/usr/bin/env python3
"""Polars' answer, with its streaming engine. The fastest of the formulations tried (figures in `../README.md`): the CSV reader
splits at blanks with quoting switched off; JSON lines go through its own reader.

The minute stays text until the groups are few; only then it becomes a time, and groups whose minute is none are dropped.
"""

import os

import question

OPTIONS = question.arguments(__doc__)
# Read once, when the library is loaded.
os.environ["POLARS_MAX_THREADS"] = str(OPTIONS.threads)

import polars as pl  # noqa: E402

TEXT = pl.String
TEXT_COLUMNS = {
    "source": TEXT, "ident": TEXT, "remote_user": TEXT, "clock": TEXT, "zone": TEXT, "method": TEXT, "path": TEXT,
    "protocol": TEXT, "status": TEXT, "bytes": pl.Int64, "referer": TEXT, "agent": TEXT, "target": TEXT,
    "elapsed": pl.Float64, "warn": TEXT,
}
JSON_COLUMNS = {
    "time": TEXT, "source": TEXT, "path": TEXT, "bytes": pl.Int64, "agent": TEXT, "target": TEXT,
    "elapsed": pl.Float64, "warn": pl.Int64,
}
BASE = ["minute", "source", "source_module", "service", "target"]
KEPT = [*BASE, "bytes", "elapsed", "warn"]


def before(column, mark):
    return pl.col(column).str.splitn(mark, 2).struct.field("field_0")


def lines(path, form):
    """The parsed lines: minute (as text), the dimensions but `target_module`, bytes, elapsed, warn."""
    if form == "text":
        # The lossy reading is needed: a line that is not UTF-8 would end the whole scan.
        scan = pl.scan_csv(path, separator=" ", has_header=False, schema=TEXT_COLUMNS, quote_char=None,
                           ignore_errors=True, truncate_ragged_lines=True, encoding="utf8-lossy")
        return scan.filter(pl.col("warn").is_not_null() & pl.col("bytes").is_not_null()).select(
            pl.col("clock").str.slice(1, 17).alias("minute"), "source",
            before("agent", "/").str.strip_prefix('"').alias("source_module"), before("path", "?").alias("service"),
            before("target", ":").alias("target"), "bytes", "elapsed",
            pl.col("warn").str.ends_with("1").cast(pl.Int64).alias("warn"))
    return pl.scan_ndjson(path, schema=JSON_COLUMNS, ignore_errors=True).select(
        pl.col("time").str.slice(0, 16).alias("minute"), "source", before("agent", "/").alias("source_module"),
        before("path", "?").alias("service"), before("target", ":").alias("target"), "bytes", "elapsed", "warn")


def fold_lines():
    value = [getattr(pl.col(field), how)().alias(f"{field}_{how}")
             for field in ["bytes", "elapsed"] for how in ["sum", "min", "max"]]
    return [pl.len().alias("records"), *value, pl.col("warn").sum().alias("warned")]


def fold_base():
    value = [getattr(pl.col(f"{field}_{how}"), how)()
             for field in ["bytes", "elapsed"] for how in ["sum", "min", "max"]]
    return [pl.col("records").sum(), *value, pl.col("warned").sum()]


def named(frame, minute_format):
    """With `minute` as a time and `target_module`; rows whose minute is none are left out."""
    return frame.with_columns(
        pl.col("minute").str.to_datetime(minute_format, strict=False),
        pl.col("service").str.split("/").list.get(1, null_on_oob=True).alias("target_module"),
    ).filter(pl.col("minute").is_not_null())


def fold(options):
    minute_format = "%d/%b/%Y:%H:%M" if options.format == "text" else "%Y-%m-%dT%H:%M"
    parsed = lines(options.input, options.format)
    if options.percentiles:
        # Quantiles do not merge here, so the monitors need the lines themselves: parsed once, kept as a table.
        parsed = parsed.collect(engine="streaming").lazy()
    base = named(parsed.group_by(BASE).agg(fold_lines()).collect(engine="streaming"), minute_format)
    tables = {"base": base}
    for monitor, dimensions in question.MONITORS.items():
        by = ["minute", *dimensions]
        tables[monitor] = base.lazy().group_by(by).agg(fold_base()).collect(engine="streaming")
        if options.percentiles:
            quantiles = [pl.col("elapsed").quantile(q, "equiprobable").alias(name)
                         for q, name in zip(question.QUANTILES, question.QUANTILE_NAMES)]
            own = named_keys(parsed, dimensions).group_by("minute", *dimensions).agg(quantiles).collect(engine="streaming")
            own = own.with_columns(pl.col("minute").str.to_datetime(minute_format, strict=False))
            tables[monitor] = tables[monitor].join(own, on=by)
    return tables


def named_keys(parsed, dimensions):
    """The lines with `target_module` where a monitor groups by it."""
    if "target_module" not in dimensions:
        return parsed
    return parsed.with_columns(pl.col("service").str.splitn("/", 3).struct.field("field_1").alias("target_module"))


def main():
    started = question.start()
    tables = fold(OPTIONS)

    def totals_of(table):
        frame = tables[table]
        names = question.TOTALS + [name for name in question.QUANTILE_NAMES if name in frame.columns]
        return frame.height, {name: frame[name].sum() for name in names}

    question.answer("Polars", pl.__version__, started, totals_of)


if __name__ == "__main__":
    main()

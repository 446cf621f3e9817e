//! What the keys of structured logs mean: one table for JSON lines, logfmt and delimited text.
//!
//! Canonical names stand for themselves. The rest are the key names of Elastic Common Schema, OpenTelemetry semantic
//! conventions, Bunyan and pino, zap, structlog, logrus, slog, python-json-logger, Serilog (compact), GELF, journald,
//! Traefik, Caddy, Envoy, Suricata and Zeek. Where a line has several keys of one meaning, the first stands.

/// Canonical names that a structured line may fill, in the order of their slots.
pub(super) const NAMES: [&str; 34] = [
    "time",
    "severity",
    "message",
    "component",
    "trace_id",
    "span_id",
    "source",
    "target",
    "source_module",
    "target_module",
    "service",
    "forwarded_for",
    "method",
    "path",
    "status",
    "bytes",
    "elapsed_s",
    "elapsed_ms",
    "elapsed_us",
    "elapsed_ns",
    "host",
    "operation",
    "category",
    "application",
    "version",
    "region",
    "flow",
    "step",
    "job_id",
    "attempt",
    "warning",
    "pid",
    "thread",
    "user_agent",
];

/// Slot of the time.
pub(super) const TIME: usize = 0;
/// Slot of the severity.
pub(super) const SEVERITY: usize = 1;
/// Slot of the message.
pub(super) const MESSAGE: usize = 2;
/// Slot of the component.
pub(super) const COMPONENT: usize = 3;
/// Slot of the trace id.
pub(super) const TRACE_ID: usize = 4;
/// Slot of the span id.
pub(super) const SPAN_ID: usize = 5;
/// Slot of the asking address.
pub(super) const SOURCE: usize = 6;
/// Slot of the serving address.
pub(super) const TARGET: usize = 7;
/// Slot of the service.
pub(super) const SERVICE: usize = 10;
/// Slot of the HTTP method.
pub(super) const METHOD: usize = 12;
/// Slot of the path.
pub(super) const PATH: usize = 13;
/// Slot of the status.
pub(super) const STATUS: usize = 14;
/// Slot of the number of bytes.
pub(super) const BYTES: usize = 15;
/// Slot of the elapsed time in seconds; ms, µs and ns follow.
pub(super) const ELAPSED_S: usize = 16;
/// Slot of the writing host.
pub(super) const HOST: usize = 20;
/// Slot of the operation.
pub(super) const OPERATION: usize = 21;
/// Slot of the application.
pub(super) const APPLICATION: usize = 23;
/// Slot of the version of the application.
pub(super) const VERSION: usize = 24;
/// Slot of the warning flag.
pub(super) const WARNING: usize = 30;
/// Slot of the process id.
pub(super) const PID: usize = 31;
/// Slot of the thread.
pub(super) const THREAD: usize = 32;

/// What a key fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The slot of that number.
    Slot(usize),
    /// An elapsed time whose unit the key does not tell.
    Elapsed,
    /// Nothing known.
    Attribute,
}

impl Meaning {
    /// As a number, to be remembered by.
    pub(super) fn to_number(self) -> u32 {
        match self {
            Self::Attribute => 0,
            Self::Elapsed => 1,
            Self::Slot(slot) => slot as u32 + 2,
        }
    }

    pub(super) fn from_number(number: u32) -> Self {
        match number {
            0 => Self::Attribute,
            1 => Self::Elapsed,
            _ => Self::Slot(number as usize - 2),
        }
    }
}

/// The meaning of a key: a canonical name stands for itself, another one for the first family that knows it. Nested keys are joined by points.
pub(super) fn meaning(key: &str) -> Meaning {
    if let Some(slot) = NAMES.iter().position(|name| *name == key) {
        return Meaning::Slot(slot);
    }
    if is_elapsed_of_unknown_unit(key) {
        return Meaning::Elapsed;
    }
    // The data model of OpenTelemetry keeps the conventions' keys below these two, exports of Elasticsearch and Splunk the whole event.
    if let Some(convention) = ["Attributes.", "Resource.", "_source.", "result."].iter().find_map(|parent| key.strip_prefix(parent)) {
        return meaning(convention);
    }
    // What loggers of Node and of clouds put the fields of a call below.
    if let Some(field) =
        ["meta.", "jsonPayload.", "properties.", "proxy.", "State.", "fields.", "span."].iter().find_map(|parent| key.strip_prefix(parent))
    {
        return match meaning(field) {
            Meaning::Slot(MESSAGE) if !key.starts_with("jsonPayload.") && !key.starts_with("fields.") => Meaning::Attribute,
            Meaning::Slot(COMPONENT) if field == "logger" => Meaning::Slot(COMPONENT),
            Meaning::Slot(COMPONENT | TIME | HOST) => Meaning::Attribute,
            known => known,
        };
    }
    if let Some(field) = key.strip_prefix('_').filter(|field| field.starts_with(|first: char| first.is_ascii_lowercase())) {
        return of_gelf(field);
    }
    let families = [of_event, of_trace, of_place, of_request, of_elapsed, of_program];
    let canonical = families.iter().find_map(|family| family(key));
    canonical.and_then(|canonical| NAMES.iter().position(|name| *name == canonical)).map_or(Meaning::Attribute, Meaning::Slot)
}

/// The meaning of a field that GELF marks with an underline, written with others for points: `_log_logger`. What GELF has without a mark
/// it has not twice, and Elasticsearch marks numbers of its own.
fn of_gelf(field: &str) -> Meaning {
    // Splunk's time and text; pod and container of Alibaba's log service.
    let own = [("time", TIME), ("raw", MESSAGE), ("pod_name_", HOST), ("container_name_", APPLICATION)];
    if let Some((_, slot)) = own.into_iter().find(|(name, _)| *name == field) {
        return Meaning::Slot(slot);
    }
    let dotted = field.replace('_', ".").replace("error.stack.trace", "error.stack_trace");
    match [field, dotted.as_str()].into_iter().map(meaning).find(|found| *found != Meaning::Attribute) {
        Some(Meaning::Slot(TIME | SEVERITY | MESSAGE | SOURCE)) | None => Meaning::Attribute,
        Some(Meaning::Slot(VERSION)) if field == "version" => Meaning::Attribute,
        Some(known) => known,
    }
}

/// What every event has: when, how bad, what, and who says it.
fn of_event(key: &str) -> Option<&'static str> {
    Some(match key {
        "@timestamp"
        | "timestamp"
        | "timestamp.seconds"
        | "instant.epochSecond"
        | "timeMillis"
        | "started_at"
        | "requestTime"
        | "timeStamp"
        | "TimeCreated"
        | "EdgeStartTimestamp"
        | "timestampSeconds"
        | "ts"
        | "Timestamp"
        | "@t"
        | "datetime"
        | "date"
        | "asctime"
        | "eventTime"
        | "time_local"
        | "time_iso8601"
        | "msec"
        | "TimeGenerated"
        | "start_time"
        | "startTime"
        | "logged_at"
        | "log_time"
        | "t"
        | "t.$date"
        | "Time"
        | "__REALTIME_TIMESTAMP"
        | "timeUnixNano"
        | "observedTimestamp"
        | "ibm_datetime"
        | "__time__"
        | "requestReceivedTimestamp"
        | "created_at" => "time",
        "level"
        | "log.level"
        | "lvl"
        | "levelname"
        | "@l"
        | "severity_text"
        | "SeverityText"
        | "severityText"
        | "error_severity"
        | "LevelDisplayName"
        | "Level"
        | "loglevel"
        | "log_level"
        | "LogLevel"
        | "Severity"
        | "levelName"
        | "PRIORITY"
        | "syslog.severity.name"
        | "logLevel" => "severity",
        "msg" | "@m" | "@message" | "body" | "Body" | "short_message" | "event" | "text" | "MESSAGE" | "Message" | "RenderedMessage"
        | "@mt" | "MessageTemplate" | "content" | "log" | "textPayload" | "fields.message" | "body.stringValue" => "message",
        "logger"
        | "logger_name"
        | "loggerName"
        | "log.logger"
        | "name"
        | "Logger"
        | "SourceContext"
        | "Properties.SourceContext"
        | "module"
        | "SYSLOG_IDENTIFIER"
        | "logger.name"
        | "class"
        | "scope.name"
        | "otel.scope.name"
        | "Category"
        | "ProviderName"
        | "subsystem" => "component",
        _ => return None,
    })
}

/// What links an event to others.
fn of_trace(key: &str) -> Option<&'static str> {
    Some(match key {
        "traceId"
        | "TraceId"
        | "trace.id"
        | "traceid"
        | "@tr"
        | "dd.trace_id"
        | "traceID"
        | "mdc.traceId"
        | "otelTraceID"
        | "trace"
        | "X-B3-TraceId"
        | "contextMap.traceId"
        | "context.trace_id"
        | "OperationId"
        | "logging.googleapis.com/trace" => "trace_id",
        "spanId"
        | "SpanId"
        | "span.id"
        | "spanid"
        | "@sp"
        | "dd.span_id"
        | "spanID"
        | "mdc.spanId"
        | "otelSpanID"
        | "span"
        | "X-B3-SpanId"
        | "contextMap.spanId"
        | "context.span_id"
        | "logging.googleapis.com/spanId" => "span_id",
        _ => return None,
    })
}

/// Who asked whom, and where it was written.
fn of_place(key: &str) -> Option<&'static str> {
    Some(match key {
        "client_ip"
        | "remote_addr"
        | "remote_ip"
        | "clientip"
        | "clientIp"
        | "ClientAddr"
        | "client.ip"
        | "source.ip"
        | "source.address"
        | "client.address"
        | "request.remote_ip"
        | "request.remote_addr"
        | "request.remote_address"
        | "remoteAddress"
        | "req.remoteAddress"
        | "remoteAddr"
        | "ip"
        | "downstream_remote_address"
        | "httpRequest.remoteIp"
        | "peer_address"
        | "remote"
        | "sourceIPAddress"
        | "attr.remote"
        | "src_ip"
        | "id.orig_h"
        | "network.client.ip"
        | "remote_host"
        | "remotehost"
        | "http.request.remoteaddr"
        | "ibm_remoteHost"
        | "clientIP"
        | "ClientIP"
        | "srcip"
        | "fwd" => "source",
        "x_forwarded_for" | "http_x_forwarded_for" | "xff" | "forwardedFor" | "request_X-Forwarded-For" => "forwarded_for",
        "upstream_addr"
        | "upstream"
        | "upstream_host"
        | "ServiceAddr"
        | "server.address"
        | "destination.ip"
        | "destination.address"
        | "httpRequest.serverIp"
        | "dest_ip"
        | "dst_ip"
        | "dstip"
        | "serverRouted"
        | "ibm_requestHost"
        | "originIp"
        | "OriginIP"
        | "id.resp_h" => "target",
        "hostname"
        | "HOSTNAME"
        | "hostName"
        | "host.name"
        | "host.hostname"
        | "_HOSTNAME"
        | "node"
        | "MachineName"
        | "__tag__:__hostname__"
        | "kubernetes.pod_name"
        | "kubernetes.pod.name"
        | "resource.labels.pod_name" => "host",
        _ => return None,
    })
}

/// What was asked and answered.
fn of_request(key: &str) -> Option<&'static str> {
    Some(match key {
        "request_method"
        | "RequestMethod"
        | "req.method"
        | "request.method"
        | "http.request.method"
        | "ibm_requestMethod"
        | "verb"
        | "http.method"
        | "httpRequest.requestMethod"
        | "Method"
        | "http.http_method"
        | "http_method"
        | "httpMethod"
        | "ClientRequestMethod" => "method",
        "uri"
        | "url"
        | "request_uri"
        | "RequestPath"
        | "req.url"
        | "request.uri"
        | "url.path"
        | "http.route"
        | "http.target"
        | "http.request.uri"
        | "ibm_uriPath"
        | "url.original"
        | "request_path"
        | "requestUri"
        | "httpRequest.requestUrl"
        | "Path"
        | "http.url"
        | "Url"
        | "endpoint"
        | "requestURI"
        | "http_path"
        | "http.path"
        | "requestPath"
        | "resourcePath"
        | "ClientRequestURI" => "path",
        // The operation, where the path has a bucket and an object in it (MinIO) or there is none (CloudTrail).
        "api.name" | "eventName" | "grpc.service" | "attr.ns" => "service",
        "grpc.method" | "attr.type" => "operation",
        "eventSource" => "target_module",
        "status_code"
        | "statusCode"
        | "responseStatus.code"
        | "DownstreamStatus"
        | "response_status"
        | "res.statusCode"
        | "http.response.status_code"
        | "http.response.status"
        | "ibm_responseCode"
        | "response_code"
        | "http.status_code"
        | "httpRequest.status"
        | "StatusCode"
        | "http_status"
        | "http.status"
        | "response.status"
        | "api.statusCode"
        | "httpStatus"
        | "httpStatusCode"
        | "EdgeResponseStatus"
        | "errorCode"
        | "ResultCode"
        | "grpc.code"
        | "code" => "status",
        "body_bytes_sent"
        | "bytes_sent"
        | "DownstreamContentSize"
        | "size"
        | "response_size"
        | "http.response.body.bytes"
        | "contentLength"
        | "content_length"
        | "res.contentLength"
        | "httpRequest.responseSize"
        | "http.response.body.size"
        | "response_bytes"
        | "resp_bytes"
        | "response_body_len"
        | "http.length"
        | "bytes_out"
        | "response.size"
        | "responseLength"
        | "responseBytes"
        | "sentBytes"
        | "EdgeResponseBytes"
        | "rcvdbyte"
        | "attr.reslen"
        | "http.response.written"
        | "ibm_bytesReceived"
        | "bytes_read"
        | "res.headers.content-length"
        | "api.tx" => "bytes",
        "user_agent.original" | "http_user_agent" | "userAgent" | "request.headers.User-Agent" | "req.headers.user-agent" | "agent" => {
            "user_agent"
        }
        _ => return None,
    })
}

/// How long it took, where the key tells the unit.
fn of_elapsed(key: &str) -> Option<&'static str> {
    Some(match key {
        "request_time" | "duration_s" | "elapsed_seconds" | "duration_seconds" | "latency_s" | "durationSeconds" | "timeTaken" => {
            "elapsed_s"
        }
        "duration_ms"
        | "responseTime"
        | "latency_ms"
        | "dur_ms"
        | "took_ms"
        | "response_time_ms"
        | "durationMs"
        | "DurationMs"
        | "res.responseTime"
        | "QTime"
        | "elapsedMs"
        | "latencyMs"
        | "ElapsedMilliseconds"
        | "Elapsed"
        | "responseTimeMs"
        | "time_ms"
        | "latencies.request"
        | "responseLatency"
        | "OriginResponseDurationMs"
        | "grpc.time_ms"
        | "attr.durationMillis" => "elapsed_ms",
        "duration_us" | "latency_us" | "elapsed_micros" | "durationMicros" | "ibm_elapsedTime" => "elapsed_us",
        "Duration" | "event.duration" | "duration_ns" | "latency_ns" | "elapsed_nanos" | "durationNanos" | "OriginResponseTime" => {
            "elapsed_ns"
        }
        _ => return None,
    })
}

/// Which program, of which version, in which process.
fn of_program(key: &str) -> Option<&'static str> {
    Some(match key {
        "app"
        | "service.name"
        | "serviceName"
        | "service_name"
        | "resource.service.name"
        | "application_name"
        | "Application"
        | "AppRoleName"
        | "kubernetes.container_name"
        | "kubernetes.container.name"
        | "resource.labels.container_name"
        | "resource.labels.service_name" => "application",
        "service.version" | "app_version" => "version",
        "awsRegion" => "region",
        "jobId" | "job" => "job_id",
        "warn" | "warnings" => "warning",
        "process.pid" | "_PID" | "process" | "processId" | "ProcessId" => "pid",
        "ibm_threadId" | "thread_name" | "threadName" | "ctx" | "process.thread.name" | "ThreadId" | "thread.name" => "thread",
        _ => return None,
    })
}

/// Elapsed times whose unit stands in the value or nowhere.
fn is_elapsed_of_unknown_unit(key: &str) -> bool {
    matches!(
        key,
        "duration"
            | "dur"
            | "elapsed"
            | "latency"
            | "took"
            | "response_time"
            | "elapsed_time"
            | "latency_human"
            | "request_duration"
            | "httpRequest.latency"
            | "http.response.duration"
            | "api.timeToResponse"
    )
}

/// The word for a numeric level: Bunyan's and pino's tens, Python's tens, syslog's 0 to 7 (GELF, journald), .NET's none.
///
/// pino and Python share 10 to 50 but for their meaning: 10 is trace to pino and debug to Python, 20 debug and info, and so on;
/// pino's file has levels of 30 at most times, so the tens are pino's, whose numbers are the ones that libraries write.
pub(super) fn level_word(number: &str) -> Option<&'static str> {
    Some(match number {
        "10" => "trace",
        "20" => "debug",
        "30" => "info",
        "40" => "warn",
        "50" => "error",
        "60" => "fatal",
        "0" | "1" | "2" => "fatal",
        "3" => "error",
        "4" => "warn",
        "5" | "6" => "info",
        "7" => "debug",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_have_the_numbers_that_are_used() {
        for (slot, name) in [
            (TIME, "time"),
            (SEVERITY, "severity"),
            (MESSAGE, "message"),
            (COMPONENT, "component"),
            (TRACE_ID, "trace_id"),
            (SPAN_ID, "span_id"),
            (SOURCE, "source"),
            (TARGET, "target"),
            (METHOD, "method"),
            (PATH, "path"),
            (STATUS, "status"),
            (ELAPSED_S, "elapsed_s"),
            (HOST, "host"),
            (OPERATION, "operation"),
            (APPLICATION, "application"),
            (VERSION, "version"),
            (WARNING, "warning"),
            (PID, "pid"),
            (THREAD, "thread"),
        ] {
            assert_eq!(NAMES[slot], name);
        }
    }
}

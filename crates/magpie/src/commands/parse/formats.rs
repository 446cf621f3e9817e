//! `magpie parse --formats`: the named formats, with what each of them is.

use std::io::Write;
use std::process::ExitCode;

use magpie_pipeline::normalise::detect;

use crate::commands::output::Output;
use crate::error::Result;

/// Prints all names in the order in which `auto` tries them, aliases last.
pub(super) fn list(as_json: bool) -> Result<ExitCode> {
    let mut out = Output::open(None)?;
    let named: Vec<(&str, &str)> = detect::names().into_iter().map(|name| (name, description(name))).collect();
    if as_json {
        let formats: Vec<_> =
            named.iter().map(|(name, description)| serde_json::json!({"name": name, "description": description})).collect();
        writeln!(out, "{}", serde_json::Value::from(formats))?;
    } else {
        let longest = named.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        named.iter().try_for_each(|(name, description)| writeln!(out, "{}", format!("{name:longest$}  {description}").trim_end()))?;
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}

fn description(name: &str) -> &'static str {
    match name {
        "otlp" => "OTLP/JSON requests of logs or traces, one per line",
        "docker" => "Docker's json-file, with whatever format is inside",
        "cri" => "Kubernetes' CRI log, with whatever format is inside",
        "prefix" => "`docker compose logs` and `kubectl logs --prefix`, with whatever format is inside",
        "timestamps" => "`docker logs -t` and `kubectl logs --timestamps`, with whatever format is inside",
        "records" => "JSON lists of events: CloudTrail's `Records`, Azure's `records`, CloudWatch's `logEvents`, `[{…},{…}]`",
        "caddy" => "Caddy's JSON access log",
        "traefik" => "Traefik's JSON access log",
        "json" => "JSON lines: ECS, OpenTelemetry, Bunyan, pino, zap, structlog and similar keys",
        "postgresql_csv" => "PostgreSQL's csvlog",
        "csv" => "comma-separated values with a header",
        "tsv" => "tab-separated values with a header",
        "w3c" | "iis" => "W3C extended log with a #Fields line, as of IIS and CloudFront",
        "alb" => "AWS load balancers' access log: application and classic",
        "envoy" => "Envoy's default access log",
        "haproxy" => "HAProxy's HTTP log",
        "squid" => "Squid's native access log",
        "gin" => "access logs of Gin and Fiber",
        "morgan" => "Express's access log as of morgan: dev, tiny and short",
        "vpc_flow" => "AWS VPC flow logs: version 2, or by their header",
        "auditd" => "records of the Linux audit system",
        "mysql_slow" => "the slow query log of MySQL and MariaDB",
        "jul" => "java.util.logging as it is set up by default, two lines an event",
        "dotnet" => "the simple console formatter of .NET",
        "php" => "PHP's error log",
        "nlb" => "access logs of AWS network load balancers",
        "uwsgi" => "uWSGI's requests",
        "dns" => "queries of CoreDNS, BIND, Unbound and dnsmasq",
        "xferlog" => "FTP servers' transfers (xferlog)",
        "minio" => "traces of MinIO (mc admin trace)",
        "couchdb" => "CouchDB's log",
        "lambda" => "AWS Lambda's log in its text format",
        "macos" => "the unified log of macOS",
        "zap" => "the console form of Go's zap: Caddy, Kubernetes' controllers",
        "journal" => "the systemd journal, as `journalctl -o export` writes it",
        "oceanbase" => "OceanBase's log",
        "dubbo" => "Dubbo's access log",
        "tns" => "the log of Oracle's listener",
        "db2diag" => "Db2's diagnostic log",
        "ibm_mq" => "IBM MQ's error log",
        "rails" => "requests as Rails logs them by default",
        "access" => "access lines in an order of their own: request, status, and what stands around",
        "s3" => "access logs of Amazon S3",
        "windows_event" => "events of Windows as XML",
        "erlang" => "reports of Erlang's error logger, as of older RabbitMQ",
        "netfilter" => "packets that Linux logs: iptables, nftables, UFW",
        "paloalto" => "Palo Alto's PAN-OS",
        "exim" => "Exim's main log",
        "postfix" => "what Postfix and sendmail write behind syslog's header",
        "tidb" => "the unified log format of TiDB, TiKV and PD",
        "dmesg" => "the kernel's ring buffer, and X.Org's log",
        "logcat" => "Android's brief and process forms",
        "coturn" => "coturn's log",
        "tuxedo" => "Tuxedo's user log",
        "redis" => "Redis' log",
        "websphere" => "WebSphere's log, basic format",
        "weblogic" => "WebLogic's server log, of file and console",
        "cef" => "events in CEF and LEEF, bare or behind a syslog header",
        "apache_error" => "Apache's error log",
        "nginx_error" => "nginx's error log",
        "combined" => "combined access log of nginx and many others, with times and upstreams where there are some",
        "nginx" | "nginx_combined" | "nginx_access" => "nginx's access log, combined",
        "common" => "common access log",
        "apache" | "apache_common" | "apache_combined" => "Apache's access log, common or combined",
        "gunicorn" => "gunicorn's access log",
        "werkzeug" => "werkzeug's access log",
        "django" => "access lines of Django's development server",
        "uvicorn" => "access lines of Uvicorn",
        "klog" => "klog, as of Kubernetes and glog",
        "syslog" => "syslog, RFC 3164 or RFC 5424",
        "rfc3164" => "syslog after RFC 3164",
        "rfc5424" => "syslog after RFC 5424",
        "logfmt" => "key=value pairs",
        "kv" => "key=value pairs with bars, commas, semicolons or tabs between",
        "ltsv" => "labelled tab-separated values",
        "log4j" | "logback" => "time, level, component and message in any order, learned from the first lines",
        "spring" => "Spring Boot's log",
        "ecs" => "JSON lines with the keys of the Elastic Common Schema",
        "kong" => "Kong's JSON log",
        "plain" => "text without a format: kept and searchable, not parsed",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_described() {
        let silent: Vec<&str> = detect::names().into_iter().filter(|name| description(name).is_empty()).collect();
        assert_eq!(silent, Vec::<&str>::new());
    }
}

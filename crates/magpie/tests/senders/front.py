"""Calls the service in stock.js, instrumented with OpenTelemetry's SDK for Python: spans and logs over OTLP/gRPC.

Usage: front.py GRPC-ENDPOINT STOCK-URL CALLS
"""

import logging
import sys
import urllib.request

from opentelemetry import trace
from opentelemetry._logs import set_logger_provider
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.propagate import inject
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind

endpoint, stock, calls = sys.argv[1], sys.argv[2], int(sys.argv[3])
resource = Resource.create({"service.name": "front", "host.name": "front-1", "service.version": "1.2.3"})

traces = TracerProvider(resource=resource)
traces.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint, insecure=True)))
trace.set_tracer_provider(traces)
logs = LoggerProvider(resource=resource)
set_logger_provider(logs)
logs.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter(endpoint=endpoint, insecure=True)))
logging.getLogger().addHandler(LoggingHandler(logger_provider=logs))
tracer, log = trace.get_tracer("front"), logging.getLogger("front.orders")

for number in range(calls):
    with tracer.start_as_current_span("POST /orders", kind=SpanKind.SERVER, attributes={"http.request.method": "POST", "http.route": "/orders"}):
        with tracer.start_as_current_span("GET", kind=SpanKind.CLIENT, attributes={"http.request.method": "GET"}):
            headers = {}
            inject(headers)
            urllib.request.urlopen(urllib.request.Request(f"{stock}/items/{number}", headers=headers)).read()
        log.warning("order %d is placed", number)

traces.shutdown()
logs.shutdown()

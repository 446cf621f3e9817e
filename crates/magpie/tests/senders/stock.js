// Serves GET /items/<n>, instrumented with OpenTelemetry's SDK for Node: spans over OTLP/HTTP in Protocol Buffers.
// Usage: node stock.js TRACES-URL. Prints its port; ends, after its spans are sent, when its standard input ends.
// Found beside it: the folder `node_modules` that MAGPIE_SENDERS names.

const { createRequire } = require('module');
const http = require('http');
const from = createRequire(`${process.env.MAGPIE_SENDERS}/`);
const { context, propagation, trace, SpanKind } = from('@opentelemetry/api');
const { W3CTraceContextPropagator } = from('@opentelemetry/core');
const { resourceFromAttributes } = from('@opentelemetry/resources');
const { BatchSpanProcessor } = from('@opentelemetry/sdk-trace-base');
const { NodeTracerProvider } = from('@opentelemetry/sdk-trace-node');
const { OTLPTraceExporter } = from('@opentelemetry/exporter-trace-otlp-proto');

const provider = new NodeTracerProvider({
  resource: resourceFromAttributes({ 'service.name': 'stock', 'host.name': 'stock-1' }),
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: process.argv[2], compression: 'gzip' }))],
});
provider.register({ propagator: new W3CTraceContextPropagator() });
const tracer = trace.getTracer('stock');

const server = http.createServer((request, response) => {
  const parent = propagation.extract(context.active(), request.headers);
  const attributes = { 'http.request.method': 'GET', 'http.route': '/items/{id}', 'http.response.status_code': 200 };
  const span = tracer.startSpan('GET /items/{id}', { kind: SpanKind.SERVER, attributes }, parent);
  response.end('{}');
  span.end();
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.resume().on('end', async () => {
  server.close();
  await provider.shutdown();
  process.exit(0);
});

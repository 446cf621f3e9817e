# Two commands do everything: `make demo` and `make test`. Both build with the release profile, so that every
# dependency compiles once. Set CARGO_TARGET_DIR to build elsewhere.

CARGO ?= cargo
TARGET := $(or $(CARGO_TARGET_DIR),target)

.PHONY: demo test build bench soak lint clean web web-test e2e screenshots

# What the built web UI is made of; nothing is built when none of it changed.
WEB_SOURCES := $(shell find web/src web/public web/scripts -type f -not -name '*.test.*') \
    web/index.html web/vite.config.ts web/tsconfig.json web/package.json

## Build, start a live little system of real services, and watch it: http://127.0.0.1:6247
demo: build
	$(TARGET)/release/magpie demo

## All tests: units, properties, failures, whole system, the web UI and, in a browser, the two together
test: web-test web
	$(CARGO) build --release --locked --workspace --all-targets
	.ci/senders
	$(CARGO) test --release --locked --workspace
	$(MAKE) e2e

build: web
	$(CARGO) build --release --locked --workspace --bin magpie

## The web UI, built into web/dist, which the binary holds
web: web/dist/index.html

web/dist/index.html: $(WEB_SOURCES) web/node_modules/.installed
	cd web && npm run --silent build

web/node_modules/.installed: web/package-lock.json web/.npmrc
	cd web && npm ci --no-fund --no-audit --loglevel=error
	touch $@

## Lint, types, client against openapi.json, and component tests of the web UI
web-test: web/node_modules/.installed
	cd web && npm run --silent lint && npm run --silent api:check && npm run --silent typecheck && npm run --silent test

## The web UI in headless Chromium, against the demo. Another binary: MAGPIE_BIN=path
e2e: build
	.ci/chromium
	cd web && MAGPIE_BIN="$${MAGPIE_BIN:-$(abspath $(TARGET))/release/magpie}" npm run --silent e2e

## Pictures of every page in web/screenshots. Some pages only: PAGES=map
screenshots: build
	.ci/chromium
	cd web && MAGPIE_BIN="$${MAGPIE_BIN:-$(abspath $(TARGET))/release/magpie}" npm run --silent screenshots

## Agents and a server under 1,000 faults, then every line counted. More: FAULTS=5000; the same ones again: MAGPIE_SEED=…
soak:
	MAGPIE_SOAK_FAULTS=$(or $(FAULTS),1000) $(CARGO) test --release --locked -p magpie --test soak -- --nocapture

## Formatting, clippy, dependencies, spelling
lint:
	.ci/lint

## Compare with peers on generated logs; see benches/README.md
bench: build
	benches/run.sh --magpie $(TARGET)/release/magpie

clean:
	$(CARGO) clean

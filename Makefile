# Two commands do everything: `make demo` and `make test`. Both build with the release profile, so that every
# dependency compiles once. Set CARGO_TARGET_DIR to build elsewhere.

CARGO ?= cargo
TARGET := $(or $(CARGO_TARGET_DIR),target)

.PHONY: demo test build bench lint clean

## Build, start a live little system of real services, and watch it: http://127.0.0.1:6247
demo: build
	$(TARGET)/release/magpie demo

## All tests: units, properties, failures, whole system
test:
	$(CARGO) build --release --locked --workspace --all-targets
	$(CARGO) test --release --locked --workspace

build:
	$(CARGO) build --release --locked -p magpie

## Formatting, clippy, dependencies, spelling
lint:
	.ci/lint

## Compare with peers on generated logs; see benches/README.md
bench: build
	benches/run.sh --magpie $(TARGET)/release/magpie

clean:
	$(CARGO) clean

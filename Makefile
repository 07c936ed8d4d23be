# Slipway. `make help` lists what there is.

SHELL       := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS   += --no-print-directory
.DEFAULT_GOAL := help

BIN         := $(CURDIR)/bin
STATE       := $(CURDIR)/.slipway
GO          := go

# No version-control stamp: the same source gives the same binary.
export GOFLAGS     := -buildvcs=false
export GOTOOLCHAIN := local

# The race detector needs a C compiler.
RACE := $(if $(shell command -v gcc),-race)

# Versions of tools that are not part of the program.
GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
WORKFLOWCHECK := go.temporal.io/sdk/contrib/tools/workflowcheck@v0.6.0
GOVULNCHECK   := golang.org/x/vuln/cmd/govulncheck@v1.9.0

KUBERNETES_LDFLAGS := -s -w \
	-X k8s.io/component-base/version.gitVersion=v1.37.2 \
	-X k8s.io/component-base/version.gitMajor=1 \
	-X k8s.io/component-base/version.gitMinor=37

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

# --- run -----------------------------------------------------------------

.PHONY: demo
demo: build platform ## Set everything up and run the main job: release, automatic rollback, a killed worker
	@$(BIN)/slipway-demo --bin $(BIN) --dir $(STATE)

.PHONY: demo-down
demo-down: ## Stop what demo or dev left running
	@if [ -x $(BIN)/slipway-demo ]; then $(BIN)/slipway-demo --bin $(BIN) --dir $(STATE) --down; fi

.PHONY: dev
dev: build platform ## Run the local platform and a worker in the foreground
	@$(BIN)/slipway-demo --bin $(BIN) --dir $(STATE) --dev

# --- build ---------------------------------------------------------------

.PHONY: build
build: ## Build worker and starter into bin/
	@mkdir -p $(BIN)
	@deploy/local/build.sh worker   "$(GO) build -ldflags '-s -w' -o $(BIN)/worker ./cmd/worker"
	@deploy/local/build.sh starter  "$(GO) build -ldflags '-s -w' -o $(BIN)/starter ./cmd/starter"

.PHONY: platform
platform: ## Build the local platform into bin/ (the first time compiles Kubernetes and Temporal: about 15 minutes on 2 cores)
	@mkdir -p $(BIN)
	@[ -x $(BIN)/slipway-kubernetes ] || echo "the first build compiles Kubernetes and Temporal: expect about 15 minutes on 2 cores"
	@deploy/local/build.sh slipway-local      "cd deploy/local && $(GO) build -ldflags '-s -w' -o $(BIN)/slipway-local ./cmd/slipway-local"
	@deploy/local/build.sh slipway-demo       "cd deploy/local && $(GO) build -ldflags '-s -w' -o $(BIN)/slipway-demo ./cmd/slipway-demo"
	@deploy/local/build.sh slipway-temporal   "cd deploy/local/temporal && $(GO) build -ldflags '-s -w' -o $(BIN)/slipway-temporal ."
	@deploy/local/build.sh slipway-kwok       "cd deploy/local/kwok && $(GO) build -ldflags '-s -w' -o $(BIN)/slipway-kwok ."
	@deploy/local/build.sh slipway-kubernetes "cd deploy/local/kubernetes && $(GO) build -ldflags '$(KUBERNETES_LDFLAGS)' -o $(BIN)/slipway-kubernetes ."

# --- test ----------------------------------------------------------------

.PHONY: test
test: build platform ## Run all tests, on a local platform that is started for them
	@BIN=$(BIN) RACE=$(RACE) tests/run.sh

.PHONY: fault-matrix
fault-matrix: build platform ## Disturb a release at each of its steps in each way; FULL=1 for every step, RUN=REGEXP for some
	@BIN=$(BIN) RACE=$(RACE) tests/run.sh matrix

.PHONY: check
check: fmt-check lint workflowcheck replay ## Formatting, lint, workflow determinism and replay of recorded histories

.PHONY: fmt-check
fmt-check:
	@out=$$(gofmt -l */); \
	if [ -n "$$out" ]; then echo "not formatted (run gofmt -w):"; echo "$$out"; exit 1; fi

.PHONY: lint
lint: ## Run golangci-lint
	@$(GO) run $(GOLANGCI_LINT) run ./...
	@cd deploy/local && $(GO) run $(GOLANGCI_LINT) run --config ../../.golangci.yml ./...

.PHONY: workflowcheck
workflowcheck: ## Look for what is not deterministic in workflow code
	@$(GO) run $(WORKFLOWCHECK) -config workflowcheck.yaml ./workers ./workflows/...

.PHONY: replay
replay: ## Replay the recorded histories with the workflows of today
	@$(GO) test $(RACE) ./tests/replay

.PHONY: record
record: build platform ## Record the histories anew; right only until the first tagged version of Slipway
	@BIN=$(BIN) tests/run.sh record

.PHONY: vuln
vuln: ## Look for known vulnerabilities (needs https://vuln.go.dev)
	@$(GO) run $(GOVULNCHECK) ./...

.PHONY: bench
bench: build platform ## Measure the figures of the README
	@BIN=$(BIN) tests/run.sh bench

.PHONY: clean
clean: demo-down ## Remove bin/ and .slipway/
	@rm -rf $(BIN) $(STATE)

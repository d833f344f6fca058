# The commands of this repository. `make` alone lists them.
# PYTHON=/path/to/python3 chooses the interpreter of .venv (3.11 or newer; default: the system's).

.DEFAULT_GOAL := help
SHELL := /bin/sh

# Ansible reads this repository's settings and collections, whatever the caller's environment says, and speaks UTF-8.
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export LC_ALL := C.UTF-8
unexport ANSIBLE_COLLECTIONS_PATH ANSIBLE_COLLECTIONS_PATHS ANSIBLE_INVENTORY PYTHONPATH

BIN := .venv/bin
NAME ?= seed

.PHONY: help setup demo test lint format sanity sanity-fast lab-up lab-down clean

help: ## List the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | \
	while IFS='|' read -r name text; do printf '  make %-12s %s\n' "$$name" "$$text"; done

setup: ## Install all that the other commands need, once
	@scripts/bootstrap dev

demo: ## Four routers from nothing: a fresh lab, configured, verified, and a second run that changes nothing
	@scripts/bootstrap lab
	@$(BIN)/python scripts/demo.py

test: ## Every test: unit, golden, on the lab, and the molecule scenarios
	@scripts/bootstrap dev
	@$(BIN)/python scripts/run_clean.py scripts/run_tests

lint: ## ansible-lint, yamllint, ruff and mypy
	@scripts/bootstrap dev
	@scripts/run_linters

format: ## Let ruff format and mend the Python files
	@scripts/bootstrap dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

sanity: ## All of ansible-test's sanity tests on an installed copy
	@scripts/bootstrap dev
	@$(BIN)/python scripts/sanity.py

sanity-fast: ## The quick ones: validate-modules, import, ansible-doc, compile
	@scripts/bootstrap dev
	@$(BIN)/python scripts/sanity.py validate-modules import ansible-doc compile

lab-up: ## Start the lab (NAME=seed) and leave it up
	@scripts/bootstrap lab
	@$(BIN)/python -m lab up $(NAME)

lab-down: ## Take the lab (NAME=seed) down; its startup-configs stay
	@scripts/bootstrap lab
	@$(BIN)/python -m lab down --name $(NAME)

clean: ## Remove what was built; a running lab, .venv and collections stay
	rm -rf dist reports tests/output .cache/sanity .ansible .pytest_cache .mypy_cache .ruff_cache .coverage
	find lab plugins scripts tests -type d -name __pycache__ -prune -exec rm -rf {} +

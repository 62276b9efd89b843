# The commands of the project. Each is a small script in scripts/, which says
# what it does at its top; CONTRIBUTING.md says when to use which.

.DEFAULT_GOAL := help

help: ## print this list
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1	\2/p' Makefile | expand -t 18

demo: ## the main job in one command: embedded database, no network
	@go run ./cmd/countersign demo

check: ## everything that must hold; what CI runs
	@scripts/check

test: ## the quick loop: all tests, SQLite only, shortened
	@env -u CI -u COUNTERSIGN_TEST_POSTGRES go test -short ./...

lint: ## the linters alone
	@scripts/lint

fmt: ## format the Go files
	@scripts/format

fuzz: ## fuzz every parser for half a minute each
	@scripts/fuzz 30s

bench: ## measure against limits of the same run (some minutes)
	@scripts/bench

deps: ## install what the checks need (Debian packages)
	@scripts/deps

.PHONY: help demo check test lint fmt fuzz bench deps

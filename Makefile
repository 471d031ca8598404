# Every target installs what it needs, and is safe to repeat. What is installed and where: docs/toolchain.md
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.SILENT:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The stack that `make preview` shows, the passphrase of its committed secrets, and the benchmark that `make bench` runs.
STACK ?= lab
PASSPHRASE ?= preview-only
NAME ?= step

reports := .lab/reports

# Node and the packages, in the environment of the recipe that says $(ready).
ready = environment="$$(bash lab/bootstrap.sh)"; eval "$$environment"

# Tests start labs of their own: one that a person uses is left alone. Two runs at once in one checkout would stop each other's labs and clear each other's reports.
no_lab = if [[ "$$(node lab/index.ts status --json || true)" == *'"started":true'* ]]; then echo "a lab is up in this checkout, and tests need labs of their own: run 'make lab-down' first" >&2; exit 1; fi
one_at_a_time = flock --close --nonblock --conflict-exit-code 75 .lab.lock $(MAKE) $(1) || { code=$$?; [ $$code != 75 ] || echo "tests run in this checkout already: wait for their end, or run these in another clone" >&2; exit 1; }
# A second lab of the tests, beside the one in .lab.
beside = NOVA_LAB_FOLDER=.lab-beside
# The tests of one project, with its reports.
run = bash -c 'npx vitest run --project "$$0" --reporter=default --reporter=junit --outputFile.junit=$(reports)/$$0.xml --reporter=json --outputFile.json=$(reports)/$$0.json'

.PHONY: help demo test locked-test test-soak locked-test-soak test-fast lint format toolchain lab-up lab-down traffic preview rollback bench ci-install ci-direction ci-preview ci-reviewed-preview ci-back ci-down ci-preflight ci-reports ci-rollout ci-drift ci-rehearsal clean

help: ## show this list
	awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: ## a whole rollout with real traffic: a good release to 100 %, a bad one is rolled back
	bash demo/machine.sh
	$(ready)
	node demo/index.ts

test: toolchain ## every test but those of test-soak, with labs that are started for them and stopped again
	$(call one_at_a_time,locked-test)

locked-test:
	$(ready)
	$(no_lab)
	rm -rf $(reports)
	mkdir -p $(reports)
	trap 'node lab/index.ts down; $(beside) node lab/index.ts down' EXIT
	failed=0
	echo "those of the engine run first, in a lab of their own. The others run beside them, and what they say comes at the end: $(reports)/beside.log"
	(
		failed=0
		(renice -n 19 $$BASHPID >/dev/null; beside=0; for project in fast tools; do $(run) $$project || beside=1; done; exit $$beside) || failed=1
		export $(beside)
		node lab/index.ts up --nodes simulated
		(source .lab-beside/env; $(run) lab) || failed=1
		node lab/index.ts down
		node lab/index.ts up --nodes real
		(source .lab-beside/env; $(run) nodes) || failed=1
		node lab/index.ts down
		exit $$failed
	) >$(reports)/beside.log 2>&1 &
	beside=$$!
	node lab/index.ts up --nodes simulated
	(source .lab/env; $(run) engine) || failed=1
	node lab/index.ts down
	wait $$beside || failed=1
	cat $(reports)/beside.log
	exit $$failed

test-soak: toolchain ## the tests that take long: what a cluster does to a rollout and to stores, another service, the simulation
	$(call one_at_a_time,locked-test-soak)

locked-test-soak:
	$(ready)
	$(no_lab)
	mkdir -p $(reports)
	trap 'node lab/index.ts down' EXIT
	failed=0
	node lab/index.ts up --nodes simulated
	(source .lab/env; $(run) lab-soak) || failed=1
	node lab/index.ts down
	node lab/index.ts up --nodes real --enforce-policies
	(source .lab/env; $(run) soak) || failed=1
	exit $$failed

test-fast: ## unit and component tests, without the lab
	$(ready)
	npx vitest run --project fast

lint: ## types, which folder imports which, ESLint, format
	$(ready)
	failed=0
	for check in "npx tsc --noEmit" "npm run --silent imports" "npx eslint ." "npx prettier --check ."; do
		echo "lint: $$check"
		$$check || failed=1
	done
	exit $$failed

format: ## format every file
	$(ready)
	npm run --silent format

toolchain: ## build or fetch all tools of the lab and its tests into the cache, the first time (ARGS="--json" or names of tools)
	$(ready)
	node lab/toolchain/index.ts $(ARGS)

lab-up: ## start the lab, or repair it; then: source .lab/env
	$(ready)
	node lab/index.ts up

lab-down: ## stop what lab-up started
	$(ready)
	node lab/index.ts down

traffic: ## send users through the lab's gateway until Ctrl-C: gates need them (RATE= requests a second, else as many as this machine bears)
	[ -f .lab/env ] || { echo "no lab is up in this checkout: make lab-up" >&2; exit 1; }
	source .lab/env
	node lab/index.ts traffic $(if $(RATE),--rate $(RATE))

preview: lab-up ## show what `pulumi up` would do: make preview STACK=prod, against the lab's API server
	source .lab/env
	if [ "$(STACK)" != lab ]; then
		[ -f "Pulumi.$(STACK).yaml" ] || { echo "there is no Pulumi.$(STACK).yaml: STACK is one of $$(ls Pulumi.*.yaml | cut -d. -f2 | xargs)" >&2; exit 1; }
		export PULUMI_CONFIG_PASSPHRASE="$(PASSPHRASE)" NOVA_KUBECONTEXT="$$NOVA_LAB_KUBECONTEXT"
		pulumi stack init --no-select --stack "$(STACK)" >/dev/null 2>&1 || true
	fi
	pulumi preview --stack "$(STACK)"

rollback: ## put all traffic of the lab's stack back on the stable revision
	[ -f .lab/env ] || { echo "no lab is up in this checkout: make lab-up" >&2; exit 1; }
	source .lab/env
	rollout rollback --stack lab --reason "make rollback" || [ $$? = 4 ]

bench: ## run a benchmark against the lab: make bench NAME=step
	$(ready)
	node lab/index.ts up
	npm run --silent bench -- $(NAME)

# What the pipelines in .github/workflows run: the same commands work from a shell. NOVA_KUBECONFIG holds the text of a kubeconfig where there is no file: it goes
# into one of its own, outside of what a pipeline keeps, and away again at the end.
ci_ready = environment="$$(bash lab/bootstrap.sh --installed)"; eval "$$environment"; mkdir -p .rollout/ci; if [ -n "$${NOVA_KUBECONFIG:-}" ]; then KUBECONFIG="$$(mktemp)"; trap 'rm -f "$$KUBECONFIG"' EXIT; printf '%s' "$$NOVA_KUBECONFIG" >"$$KUBECONFIG"; export KUBECONFIG; fi; unset NOVA_KUBECONFIG

# Levels and settings of the policies for STACK, where it has a file of its own. Without one every rule has the level that it says itself.
POLICIES ?= $(wildcard policies/config/$(STACK).json)
policies = --policy-pack policies $(if $(POLICIES),--policy-pack-config $(POLICIES))

# Further options of the preflight before a step, such as --skip with its --reason: in production what was left out stands in the way all the same.
PREFLIGHT ?=

# Installs what the other ci- targets run, which install nothing. A pipeline runs it in a step of its own, with no secret in its environment: it is the one that runs code of others before anything was
# read. Scripts of packages are not run; the two that would download a plugin of the engine leave that to `pulumi install`.
ci-install: ## first step of a pipeline, without secrets: Node, packages without their scripts, plugins of the engine
	environment="$$(bash lab/bootstrap.sh --ignore-scripts)"; eval "$$environment"
	if command -v pulumi >/dev/null && [ "$${PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION:-}" != true ]; then pulumi install --no-dependencies; fi

ci-direction: ## whether the change of STACK since BEFORE goes back, down or forward: needs no secret
	environment="$$(bash lab/bootstrap.sh --installed)"; eval "$$environment"
	direction="$$(node rollout/cli/index.ts direction --stack "$(STACK)" --before "$${BEFORE:-none}")"
	echo "$$direction"
	echo "direction=$$direction" >>"$${GITHUB_OUTPUT:-/dev/null}"

ci-preview: ## for a pull request, with nothing that decrypts: preview STACK with the policy pack, and write .rollout/ci/comment.md
	$(ci_ready)
	failed=0
	node rollout/cli/index.ts preview --stack "$(STACK)" --out .rollout/ci/preview.json -- $(policies) || failed=1
	node rollout/cli/index.ts comment --stack "$(STACK)" --preview .rollout/ci/preview.json --out .rollout/ci/comment.md --secretless
	exit $$failed

ci-reviewed-preview: ## the same with the stack's secrets, for code that a person has read: every diff is exact
	$(ci_ready)
	failed=0
	pulumi preview --stack "$(STACK)" --json $(policies) --non-interactive >.rollout/ci/preview.json || failed=1
	node rollout/cli/index.ts comment --stack "$(STACK)" --preview .rollout/ci/preview.json --out .rollout/ci/comment.md
	exit $$failed

# The route first, which needs the API server alone. The stack's state follows in its turn: ci-rollout.
ci-back: ## after a merge that sets STACK to 0 %: all traffic to the stable revision, at once
	$(ci_ready)
	node rollout/cli/index.ts rollback --stack "$(STACK)" --no-reconcile --reason "a merge sets rolloutPercent to 0" || [ $$? = 4 ]

# Merges that still wait for their preflight and their reviewers must not slip through with it: the lower weight is all that is new since the last change on record.
ci-down: ## after a merge that only lowers the weight of STACK: pulumi up without a preflight, as soon as no other update holds the stack
	$(ci_ready)
	direction="$${DIRECTION:-$$(node rollout/cli/index.ts direction --stack "$(STACK)" --before ledger)}"
	[ "$$direction" = down ] || { echo "more than a lower weight is new since the last change of the route: it goes in its turn, with ci-rollout. To go back at once, set rolloutPercent to 0" >&2; exit 1; }
	deadline=$$((SECONDS + 900))
	until pulumi up --stack "$(STACK)" --yes $(policies) --non-interactive 2>&1 | tee .rollout/ci/up.log; do
		grep -Eq 'currently locked|update is currently in progress' .rollout/ci/up.log && [ $$SECONDS -lt $$deadline ] || exit 1
		sleep 5
	done

ci-preflight: ## before pulumi up of STACK, where something else runs that: is everything there that the step needs
	$(ci_ready)
	node rollout/cli/index.ts preflight --stack "$(STACK)" $(PREFLIGHT)

# Of the released image, from the artifact that its build left: named by digest, so that no other image's reports are found. What is missing stops nothing here: the preflight says what it needs.
ci-reports: ## on GitHub, before ci-rollout: fetch the reports that STACK's preflight reads into reports/
	$(ci_ready)
	bash .github/reports.sh reports

# What an update deploys can be looked at only after it: before, such a check is due later, as long as the candidate gets no users. The last line asks it, and gives new pods time to be scraped.
ci-rollout: ## after a merge: preflight, pulumi up of STACK, watch the step that it entered, then a preflight of what is deployed
	$(ci_ready)
	node rollout/cli/index.ts preflight --stack "$(STACK)" $(PREFLIGHT)
	export NOVA_CHANGE_AUTHOR="$${NOVA_CHANGE_AUTHOR:-$$(node rollout/cli/index.ts authors --stack "$(STACK)" || true)}"
	pulumi up --stack "$(STACK)" --yes $(policies) --non-interactive
	node rollout/cli/index.ts watch --stack "$(STACK)"
	node rollout/cli/index.ts preflight --stack "$(STACK)" --deployed --within 300 $(PREFLIGHT)

ci-drift: ## whether what is live is what the program of STACK says; exit code 0 when it is
	$(ci_ready)
	pulumi preview --stack "$(STACK)" --refresh --expect-no-changes --non-interactive

ci-rehearsal: ## whether the API server would accept the exact rollback of STACK, in a dry run
	$(ci_ready)
	node rollout/cli/index.ts preflight --stack "$(STACK)" --only rollback-rehearsal

clean: ## stop the lab and remove all that was made in this checkout; the cache of tools stays
	if [ -d node_modules ]; then
		$(ready)
		node lab/index.ts down --purge
	fi
	rm -rf .lab coverage node_modules rollout/dist

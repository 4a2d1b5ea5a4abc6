# Every habit of the project is a target; `make help` lists them.
.DEFAULT_GOAL := help
.SUFFIXES:
MAKEFLAGS += --no-print-directory
SHELL := /bin/sh

PY := .venv/bin/python
ARCH ?= arm64
ENV ?= default
export PYTHONPATH := layers/realtime:$(CURDIR)

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# ---- try it -----------------------------------------------------------------------------------

.PHONY: run
run: ## serve the whole stack on this machine, on PORT (3000); OPENAI_API_KEY calls OpenAI itself
	@local/setup.sh run
	@exec $(PY) -m local.run

.PHONY: talk
talk: ## make run, and somebody to talk to, offline: open the page and press Connect
	@local/setup.sh talk
	@exec $(PY) -m local.talk

.PHONY: invoke
invoke: ## run the handler on one event: make invoke EVENT=realtime
	@local/setup.sh run
	@exec $(PY) -m local.invoke $(EVENT)

.PHONY: token
token: ## print an access token of the local issuer (AUTH_MODE=JWT make run)
	@local/setup.sh run
	@exec $(PY) -m local.token

.PHONY: rotate
rotate: ## rotate the OpenAI API key of the stack that make run serves, while it runs
	@local/setup.sh run
	@exec $(PY) -m local.rotate

# ---- change it --------------------------------------------------------------------------------

.PHONY: setup
setup: ## everything the targets below need
	@local/setup.sh dev
	@local/setup.sh sam .build/sam

.PHONY: test
test: ## all Python suites
	@local/setup.sh dev
	@local/setup.sh sam .build/sam
	@$(PY) -m pytest $(ARGS)

.PHONY: test-browser
test-browser: ## the console in Chromium, with calls; installs Chromium where it may (Debian, root)
	@tests/browser/setup.sh
	@.build/browser/bin/python -m pytest tests/browser $(ARGS)

.PHONY: screenshots
screenshots: ## make docs/console-*.png anew
	@tests/browser/setup.sh
	@.build/browser/bin/python -m tests.browser.screenshots

.PHONY: test-node
test-node: ## the official Node SDKs against the local stack (Node 20 or newer)
	@local/setup.sh dev
	@tests/contract/node/setup.sh
	@$(PY) -m tests.contract.sdk_launcher npm --prefix tests/contract/node test

.PHONY: check
check: ## format, lint, types and template
	@local/setup.sh dev
	@local/setup.sh sam .build/sam
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	.venv/bin/cfn-lint template*.yaml
	SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1 .build/sam/bin/sam validate --lint
	SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1 .build/sam/bin/sam validate --lint -t template-rotation.yaml

.PHONY: bench
bench: ## our function beside what others would write, cold and warm; three minutes, alone
	@local/setup.sh dev
	@local/setup.sh sam .build/sam
	@exec $(PY) -m benchmarks.run $(ARGS)

.PHONY: bench-check
bench-check: ## what a cold start imports and how large the layers are, against the files
	@local/setup.sh dev
	@local/setup.sh sam .build/sam
	@exec $(PY) -m benchmarks.guard $(ARGS)

.PHONY: openapi
openapi: ## write docs/openapi.json anew from the models that judge requests
	@local/setup.sh dev
	@$(PY) -m docs.generate_openapi

.PHONY: models
models: ## write the models anew as the function runs them, and the schema of profile files
	@local/setup.sh dev
	@$(PY) -m layers.compile_models
	@$(PY) -m docs.generate_profile_schema

.PHONY: parity
parity: ## ask the newest openai package what OpenAI added since
	@local/setup.sh dev
	@$(PY) -m tests.contract.parity

.PHONY: contract-fuzz
contract-fuzz: ## 5,000 generated bodies and 5,000 broken ones against the models
	@local/setup.sh dev
	@CONTRACT_EXAMPLES=5000 $(PY) -m pytest -q -s tests/contract/test_generated_bodies.py

.PHONY: faults
faults: ## make every fault of OpenAI's and AWS's happen, and renew the table in docs/operations.md
	@local/setup.sh dev
	@$(PY) -m tests.faults --write

.PHONY: soak
soak: ## 20,000 requests, one fault in twenty, and their figures in docs/operations.md; four minutes, alone
	@local/setup.sh dev
	@local/setup.sh sam .build/sam
	@$(PY) -m tests.load --requests 20000 --write

.PHONY: fuzz
fuzz: MINUTES ?= 10
fuzz: ## libFuzzer on events, answers and the wire: make fuzz MINUTES=10 (Linux on x86-64)
	@local/setup.sh fuzz .build/fuzzer
	@.build/fuzzer/bin/python -m tests.fuzz --minutes $(MINUTES)

.PHONY: mutants
mutants: ## break the library line by line, and see whether a test notices; about half an hour
	@local/setup.sh dev
	@$(PY) -m tests.mutation.breaks
	@$(PY) -m tests.mutation.run

.PHONY: format
format: ## put the code into shape
	@local/setup.sh dev
	@$(PY) -m ruff check --fix --quiet .; $(PY) -m ruff format .

.PHONY: lock
lock: ## renew every lock file (needs uv)
	uv pip compile -q -U --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group run -o locks/run.txt
	uv pip compile -q -U --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group dev -c locks/run.txt -o locks/dev.txt
	uv pip compile -q -U --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group talk -c locks/dev.txt -o locks/talk.txt
	uv pip compile -q -U --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group browser -c locks/dev.txt -c locks/talk.txt -o locks/browser.txt
	uv pip compile -q -U --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group fuzz -c locks/dev.txt -o locks/fuzz.txt
	uv pip compile -q -U --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group sam -o locks/sam.txt
	uv pip compile -q -U --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group runtime -c locks/dev.txt -o locks/runtime.txt
	uv pip compile -q -U --python-version 3.13 --python-platform aarch64-manylinux2014 --generate-hashes --no-emit-index-url --no-header -c locks/run.txt layers/dependencies/requirements.in -o layers/dependencies/requirements.txt

# ---- ship it ----------------------------------------------------------------------------------

.PHONY: build
build: ## assemble function and layers in .build/; ARCH=x86_64 for what shall run on such a machine
	@local/setup.sh run
	@exec $(PY) layers/build.py --arch $(ARCH)

.PHONY: deploy
deploy: ## build and deploy with AWS's credentials of this shell; ENV=prod takes that table of samconfig.toml
	@local/setup.sh run
	@local/setup.sh sam .build/sam
	@exec $(PY) -m deploy.release --config-env $(ENV) --parameters "$(PARAMETERS)" $(ARGS)

.PHONY: put-key
put-key: ## put the OpenAI API key into the deployed stack's secret; asks for it
	@local/setup.sh run
	@exec $(PY) -m deploy.put_key --config-env $(ENV) $(ARGS)

.PHONY: call
call: ## the first call of a deployed stack; signs it, or takes TOKEN=
	@local/setup.sh run
	@exec $(PY) -m deploy.call --config-env $(ENV) $(ARGS)

.PHONY: logs
logs: ## follow the deployed stack's ledger; ARGS="--only failed --since 1h", ARGS=--help
	@local/setup.sh run
	@exec $(PY) -m deploy.logs --config-env $(ENV) $(ARGS)

.PHONY: stop start
stop: ## no more client secrets from the deployed stack, within seconds; RESUME=1 takes it back
	@local/setup.sh run
	@exec $(PY) -m deploy.stop --config-env $(ENV) $(if $(RESUME),--resume) $(ARGS)

start: ## serve again after make stop
	@$(MAKE) stop RESUME=1

.PHONY: deploy-rotation
deploy-rotation: ## deploy the stack that rotates the OpenAI key: make deploy-rotation PROJECT=proj_…
	@local/setup.sh run
	@local/setup.sh sam .build/sam
	@exec $(PY) -m deploy.release_rotation --config-env $(ENV) --project "$(PROJECT)" --parameters "$(PARAMETERS)" $(ARGS)

.PHONY: put-admin-key
put-admin-key: ## put the OpenAI Admin API key into the secret of the stack that rotates; asks for it
	@local/setup.sh run
	@exec $(PY) -m deploy.put_admin_key --config-env $(ENV) $(ARGS)

.PHONY: rotation-check
rotation-check: ## what a rotation of the OpenAI key would meet, and what to mend; changes nothing
	@local/setup.sh run
	@exec $(PY) -m deploy.rotation_check --config-env $(ENV) $(ARGS)

.PHONY: delete
delete: ## delete the deployed stack; says what stays, and asks first
	@local/setup.sh run
	@exec $(PY) -m deploy.delete --config-env $(ENV) $(ARGS)

.PHONY: e2e
e2e: ## hold the deployed stack at URL=… to the contract, signing or with TOKEN=; without URL, local stacks
	@local/setup.sh dev
	@E2E_URL="$(URL)" $(PY) -m pytest tests/e2e $(ARGS)

.PHONY: clean
clean: ## remove what the targets made
	rm -rf .venv .build .aws-sam .pytest_cache .mypy_cache .ruff_cache .hypothesis

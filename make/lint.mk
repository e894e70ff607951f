# What can be found by reading. Each checker says what it wants; a warning is an error.
.PHONY: lint lint-rust lint-scripts lint-words lint-workflows
lint: lint-rust lint-scripts lint-words lint-workflows ## test: rustfmt and clippy, shellcheck, spelling, the workflows; after make setup-all

lint-rust: ## test: rustfmt and clippy on every crate, the boot program too; make setup is enough
	@$(need_rust); $(need_unicorn)
	$(CARGO) fmt --all -- --check
	$(CARGO) clippy --workspace --exclude boot256 --all-targets -- --deny warnings
	$(CARGO) clippy $(BOOT_FLAGS) -- --deny warnings

# The scripts are those that begin as one; some have no .sh at the end.
lint-scripts:
	@$(call need,git,git); $(call need,shellcheck,shellcheck,setup-all)
	git ls-files -z | xargs -0 awk 'FNR == 1 && /^#!.*[\/ ](bash|sh)$$/ { print FILENAME } { nextfile }' | xargs shellcheck -x

# Programs that Debian has not, by pip: it only unpacks them. They need no Python afterwards.
LINTERS := $(addprefix $(B)/lint/,typos zizmor)
$(LINTERS) &: tools/lint/requirements.txt | $(B)
	@$(call need,python3,python3-venv,setup-all); $(call draft,$(LINTERS)); mkdir -p $(@D); \
	python3 -m venv "$$d/venv" > "$$d/log" || { cat "$$d/log"; \
		echo "boot256: Python has no venv (package python3-venv): run 'make setup-all'" >&2; exit 1; }; \
	"$$d/venv/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: --requirement $<; \
	mv $(addprefix "$$d/venv/bin/",$(notdir $(LINTERS))) $(@D)/

lint-words: $(B)/lint/typos
	$< --config tools/lint/typos.toml

# Offline: nothing is asked of GitHub.
lint-workflows: $(B)/lint/zizmor
	$< --offline --no-progress --quiet .github

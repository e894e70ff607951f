# What can be found by reading. Each checker says what it wants; a warning is an error.
.PHONY: lint lint-rust lint-scripts lint-words lint-links lint-workflows
lint: lint-rust lint-scripts lint-words lint-links lint-workflows ## test: rustfmt and clippy, shellcheck, spelling, links, the workflows; after make setup-all

lint-rust:
	@$(need_rust); $(need_unicorn)
	$(CARGO) fmt --all -- --check
	$(CARGO) clippy --workspace --exclude boot256 --exclude boot256-uefi --all-targets -- --deny warnings
	$(CARGO) clippy $(BOOT_FLAGS) -- --deny warnings
	$(CARGO) clippy $(UEFI_FLAGS) -- --deny warnings

# The scripts are those that begin as one; some have no .sh at the end.
lint-scripts:
	@$(call need,git,git); $(call need,shellcheck,shellcheck,setup-all)
	git ls-files -z | xargs -0 awk 'FNR == 1 && /^#!.*[\/ ](bash|sh)$$/ { print FILENAME } { nextfile }' | xargs shellcheck -x

# Programs that Debian lacks, by pip, which only unpacks them. They need no Python afterwards.
LINTERS := $(addprefix $(B)/lint/,typos zizmor lychee)
$(LINTERS) &: tools/lint/requirements.txt | $(B)
	@$(call need,python3,python3-venv,setup-all); $(call draft,$(LINTERS)); mkdir -p $(@D); \
	python3 -m venv "$$d/venv" > "$$d/log" || { cat "$$d/log"; \
		echo "boot256: Python has no venv (package python3-venv): run 'make setup-all'" >&2; exit 1; }; \
	"$$d/venv/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: --requirement $<; \
	mv $(addprefix "$$d/venv/bin/",$(notdir $(LINTERS))) $(@D)/

lint-words: $(B)/lint/typos
	$< --config tools/lint/typos.toml

# Files and headings behind links, and each make target that a page names. The links of README.md that leave the tree lead
# to the repository's other pages on GitHub: of those, the workflows behind the badges must be there.
lint-links: $(B)/lint/lychee
	@$(call need,git,git)
	git ls-files -z '*.md' | xargs -0 $< --offline --include-fragments --no-progress --quiet \
		--exclude '/(actions/workflows|releases|deployments)(/|$$)'
	@grep -o 'actions/workflows/[a-z]*\.yml' README.md | sed 's,actions,.github,' | xargs ls > /dev/null
	@git ls-files -z '*.md' | xargs -0 grep -HonE '(^ *|`)make [a-z][a-z-]*' | while IFS= read -r found; do \
		grep -qE "^([a-z-]+ )*$${found##* }( [a-z-]+)*:" $(MAKEFILE_LIST) make/setup.mk || { \
			echo "$${found%:*}: there is no make $${found##* }"; exit 1; }; done

# Offline: nothing is asked of GitHub.
lint-workflows: $(B)/lint/zizmor
	$< --offline --no-progress --quiet .github

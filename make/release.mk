# What a user downloads, and that it is what it says.

.PHONY: check
check: all ## release: the program is in every image: each opened by a reader that did not make it
	@$(need_rust)
	@$(CARGO) run --quiet --package boot256-readers --bin boot256-check $(B)

# OpenStack's reader is a Python package, in a folder of its own.
OSLO := $(B)/oslo/pyvenv.cfg
OSLO_PACKAGES := tools/images/tests/readers/requirements.txt
$(OSLO): $(OSLO_PACKAGES) | $(B)
	@$(call need,python3,python3); echo "boot256: $(B)/oslo"; rm -rf $(B)/oslo $(B)/oslo.tmp
	@python3 -m venv $(B)/oslo.tmp || { echo "boot256: python3 has no venv (package python3-venv)" >&2; exit 1; }
	@$(B)/oslo.tmp/bin/python -m pip install --quiet --disable-pip-version-check --requirement $(OSLO_PACKAGES)
	@mv $(B)/oslo.tmp $(B)/oslo

.PHONY: check-readers
check-readers: $(B)/boot.bin $(OSLO) ## release: the same by other people's tools, those that are installed: 7-Zip, libvmdk, skopeo ...
	@$(need_rust)
	@$(CARGO) test --quiet --package boot256-images --test readers -- \
		--ignored --exact every_tool_finds_the_same_disk --nocapture

# Everything a user can download, with checksums and a list of what is for whom.
RELEASE_FILES := $(B)/boot.bin $(IMAGE_FILES) $(wildcard LICENSE)
RELEASED := $(addprefix $(B)/release/,$(notdir $(RELEASE_FILES)) MANIFEST SHA256SUMS)
.PRECIOUS: $(RELEASED)
.PHONY: release
release: $(RELEASED) ## release: everything for users in build/release, with SHA256SUMS and MANIFEST

# Modes are said, for what the user's umask hides is no release. LC_ALL is set before the shell
# expands the names, whose order is the locale's.
# The folder is changed for the new one in two renames; a signal between them would cost both.
$(RELEASED) &: $(RELEASE_FILES) $(IMAGES)
	@$(call draft,$(B)/release); \
	install -d -m 755 "$$d/release"; \
	install -m 644 $(RELEASE_FILES) "$$d/release/"; \
	$(IMAGES) manifest "$$d/release" > "$$d/MANIFEST"; \
	install -m 644 "$$d/MANIFEST" "$$d/release/"; \
	(export LC_ALL=C; cd "$$d/release"; sha256sum -- * > ../SHA256SUMS); \
	install -m 644 "$$d/SHA256SUMS" "$$d/release/"; \
	trap '' INT TERM HUP; \
	if [ -d $(B)/release ]; then mv $(B)/release "$$d/old"; fi; \
	mv "$$d/release" $(B)/release || { mv "$$d/old" $(B)/release; exit 1; }

.PHONY: reproduce
reproduce: ## release: build the last commit twice, as differently as can be, and compare every file
	@CARGO=$(CARGO) tools/images/reproduce.sh

.PHONY: formats-table
formats-table: all ## pages: bring the tables of formats in README.md and docs/formats.md up to date
	@$(IMAGES) formats $(B) $(wildcard README.md docs/*.md)

.PHONY: flash
flash: $(B)/boot.img $(IMAGES) ## run: write boot.img to a USB stick: make flash DEV=/dev/sdX
	@$(IMAGES) flash $< $(if $(DEV),'$(DEV)') $(if $(FORCE),--force '$(FORCE)')


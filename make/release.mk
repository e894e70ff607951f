# What a user downloads, and that it is what it says.
.PHONY: check check-readers release reproduce formats-table flash

check: all $(IMAGES) ## release: the program is in every image: each opened by a reader that did not make it
	@$(need_qemu_img)
	@$(IMAGES) check $(B)

# Two readers are Python packages, in a folder of their own: OpenStack's, and CycloneDX's.
PYTHON := $(B)/python/pyvenv.cfg
$(PYTHON): tools/images/tests/readers/requirements.txt | $(B)
	@$(call need,python3,python3); echo "boot256: $(B)/python"; rm -rf $(B)/python $(B)/python.tmp
	@python3 -m venv $(B)/python.tmp || { echo "boot256: python3 has no venv (package python3-venv)" >&2; exit 1; }
	@$(B)/python.tmp/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@mv $(B)/python.tmp $(B)/python

check-readers: $(B)/boot.bin $(B)/boot.efi $(PYTHON) ## release: the same by other people's tools, those that are installed: 7-Zip, libvmdk, skopeo ...
	@$(need_rust)
	@$(CARGO) test --quiet --package boot256-images --test faults --test readers -- --include-ignored --nocapture

# The probe as a static program, for those machines whose standard library this compiler has: rustup
# installs it (make setup); no distribution has it. rust-lld links it without a compiler for C.
PROBE_MACHINES := x86_64 aarch64
static = $(1)-unknown-linux-musl
PROBES := $(foreach machine,$(PROBE_MACHINES),$(if $(RUST_LLD),$(if $(wildcard \
	$(RUST_BIN)../lib/rustlib/$(call static,$(machine))),$(B)/boot256-probe-$(machine))))

# The paths in the program's own messages are the same for everybody.
$(B)/boot256-probe-%: $(call sources,tools/probe tools/facts) | $(B)
	@$(need_rust)
	@export CARGO_ENCODED_RUSTFLAGS="$$(printf '%s\037%s\037%s\037%s' "-Clinker=$(firstword $(RUST_LLD))" \
		"--remap-path-prefix=$${CARGO_HOME:-$$HOME/.cargo}=cargo" "--remap-path-prefix=$(CURDIR)=." \
		"--remap-path-prefix=$$("$${RUSTC:-$(RUST_BIN)rustc}" --print sysroot)=rust")"; \
		$(CARGO) build --profile probe --package boot256-probe --target $(call static,$*)
	@$(call place,$(TARGET_DIR)/$(call static,$*)/probe/boot256-probe)

# The scripts as they are in the tree and the probe beside them, with nobody's name and no date.
$(B)/boot256-smoke.tar.gz: $(wildcard tools/smoke/*) $(PROBES) | $(B)
	@$(draft); mkdir "$$d/boot256-smoke"; cp tools/smoke/* $(PROBES) "$$d/boot256-smoke/"; \
	tar --format=ustar --sort=name --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
		--mtime=@$(STAMP) -C "$$d" -cf "$$d/smoke.tar" boot256-smoke; \
	gzip -9n "$$d/smoke.tar"; mv "$$d/smoke.tar.gz" $@

# Everything a user can download, with checksums and a list of who needs which.
RELEASE_FILES := $(B)/boot.bin $(IMAGE_FILES) $(B)/boot256-smoke.tar.gz $(wildcard LICENSE)
RELEASED := $(addprefix $(B)/release/,$(notdir $(RELEASE_FILES) $(PROBES)) boot256.cdx.json MANIFEST SHA256SUMS)
.PRECIOUS: $(RELEASED)
release: $(RELEASED) ## release: everything for users in build/release, with SHA256SUMS and MANIFEST

# Modes are set, or the user's umask could hide files of the release. LC_ALL is set before the shell
# expands the names, whose order is the locale's.
# The folder is changed for the new one in two renames; a signal between them would cost both, and so
# would another make's two: they take turns, by a lock on build/.
$(RELEASED) &: $(RELEASE_FILES) $(PROBES) $(IMAGES)
	@$(need_rust)
	@for machine in $(filter-out $(patsubst $(B)/boot256-probe-%,%,$(PROBES)),$(PROBE_MACHINES)); do \
		echo "boot256: the release has no probe for $$machine: rustup target add $(call static,$$machine)"; done
	@$(call draft,$(B)/release); \
	install -d -m 755 "$$d/release"; \
	install -m 644 $(RELEASE_FILES) "$$d/release/"; \
	$(if $(PROBES),install -m 755 $(PROBES) "$$d/release/";) \
	$(CARGO) metadata --format-version 1 --locked --filter-platform $(call static,x86_64) > "$$d/metadata"; \
	$(CARGO) tree --locked --package boot256-probe --package boot256-uefi --target $(call static,x86_64) --edges normal,no-proc-macro \
		--prefix none > "$$d/tree"; \
	$(IMAGES) sbom --rust $(CHANNEL) "$$d/tree" "$$d/release" < "$$d/metadata" > "$$d/boot256.cdx.json"; \
	install -m 644 "$$d/boot256.cdx.json" "$$d/release/"; \
	$(IMAGES) manifest "$$d/release" > "$$d/MANIFEST"; \
	install -m 644 "$$d/MANIFEST" "$$d/release/"; \
	(export LC_ALL=C; cd "$$d/release"; sha256sum -- * > ../SHA256SUMS); \
	install -m 644 "$$d/SHA256SUMS" "$$d/release/"; \
	exec {turn}< $(B); flock "$$turn"; \
	trap '' INT TERM HUP; \
	if [ -d $(B)/release ]; then mv $(B)/release "$$d/old"; fi; \
	mv "$$d/release" $(B)/release || { mv "$$d/old" $(B)/release; exit 1; }

reproduce: ## release: build the last commit twice, as differently as can be, and compare every file
	@CARGO=$(CARGO) tools/images/reproduce.sh

formats-table: all # Brings the tables in docs/formats.md up to date.
	@$(IMAGES) formats $(B) docs/formats.md

flash: $(B)/boot.img $(IMAGES) ## run: write boot.img to a USB stick: make flash DEV=/dev/sdX
	@$(IMAGES) flash $< $(if $(DEV),$(call quoted,$(DEV))) $(if $(FORCE),--force $(call quoted,$(FORCE)))


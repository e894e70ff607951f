# boot256: every command of the project. `make help` lists them, plain `make` is `make all`.

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-builtin-rules

B := build

# --- Toolchain ---------------------------------------------------------------------
# The channel that rust-toolchain.toml pins, from rustup where it is installed, else the
# distribution's cargo in /usr/bin. RUSTC_BOOTSTRAP opens -Zbuild-std and the JSON target
# on a stable compiler; it must come from the environment, cargo's [env] does not reach cargo.
CHANNEL     := $(shell sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
RUSTUP_HOME_CARGO := $(shell RUSTUP_AUTO_INSTALL=0 rustup which --toolchain $(CHANNEL) cargo 2>/dev/null)
RUST_BIN    := $(if $(RUSTUP_HOME_CARGO),$(dir $(RUSTUP_HOME_CARGO)),/usr/bin/)
CARGO       := $(RUST_BIN)cargo
export PATH := $(RUST_BIN:/=):$(PATH)
export RUSTC_BOOTSTRAP := 1

# rustup's llvm-tools bring rust-lld and llvm-objcopy; the distribution's Rust has neither
# and takes Debian's lld and llvm.
LLVM_TOOLS  := $(wildcard $(RUST_BIN)../lib/rustlib/*/bin/)
RUST_LLD    := $(wildcard $(addsuffix rust-lld,$(LLVM_TOOLS)))
OBJCOPY     := $(or $(firstword $(wildcard $(addsuffix llvm-objcopy,$(LLVM_TOOLS)))),llvm-objcopy)
ifeq ($(RUST_LLD),)
export CARGO_TARGET_X86_16_BOOTSECTOR_LINKER := ld.lld
endif

# $(call need,TOOL,PACKAGE): one clear line where a tool is missing.
need = command -v $(1) >/dev/null || { echo "boot256: $(1) is missing (package $(2)): run 'make setup'" >&2; exit 1; }

# --- The program ---------------------------------------------------------------------
BOOT_SOURCES := build.rs Cargo.toml Cargo.lock .cargo/config.toml x86-16-bootsector.json linker.ld $(wildcard src/*.rs)
ELF := target/x86-16-bootsector/boot/boot256

.PHONY: all
all: $(B)/boot.bin ## build every image into build/

$(B):
	mkdir -p $@

# The ELF keeps symbols for the ledger, the listing and gdb; the flat file is what boots.
$(B)/boot.elf: $(BOOT_SOURCES) | $(B)
	@$(call need,$(CARGO),cargo-web)
	$(CARGO) boot
	cp $(ELF) $@.tmp && mv $@.tmp $@

$(B)/boot.bin: $(B)/boot.elf
	@$(call need,$(OBJCOPY),llvm)
	$(OBJCOPY) --output-target binary $< $@.tmp
	[ "$$(stat -c %s $@.tmp)" = 256 ] || { echo "boot256: $@ is not 256 bytes" >&2; exit 1; }
	mv $@.tmp $@

.PHONY: size
size: $(B)/boot.elf ## how many of the 256 bytes the program needs
	@used=$$((16#$$(llvm-nm $< | sed -n 's/ . __used$$//p'))); \
	echo "$$used / 256 bytes ($$((256 - used)) free)"

# --- Images --------------------------------------------------------------------------
# Every image is made of boot.img, the raw disk: qemu-img and xorriso convert it, boot256-images
# (images/) does what they cannot. docs/formats.md says for whom each one is and where its rules
# come from. The same program gives the same bytes, wherever and whenever it is built.
IMAGE_FILES := $(addprefix $(B)/,boot.img boot-floppy.img boot.iso boot.qcow2 boot.vmdk \
	boot-flat.vmdk boot.vhd boot.vdi boot.ova boot-gce.tar.gz boot256.xml)
all: $(IMAGE_FILES)

# The date in every image, in seconds since 1970: fixed, since the day of a build is nobody's business.
STAMP := 1700000000

IMAGES := $(B)/tools/boot256-images
$(B)/tools/boot256-images: images/Cargo.toml Cargo.lock $(wildcard images/src/* images/templates/*) | $(B)
	@$(call need,$(CARGO),cargo-web)
	$(CARGO) build --package boot256-images --bin boot256-images
	mkdir -p $(@D) && cp target/debug/boot256-images $@.tmp && mv $@.tmp $@

# A folder $$d for a step to work in: gone when the step ends, whichever way it ends. What it made
# leaves the folder by one rename, so that an image is whole or the last good one.
draft = echo "boot256: $@"; \
	d=$$(mktemp -d $(B)/.$(@F).XXXXXX) || { echo "boot256: cannot write in $(B)/" >&2; exit 1; }; \
	trap 'rm -rf "$$d"' EXIT; trap 'exit 1' INT TERM HUP

# Every option below is in this qemu-img (Ubuntu 22.04's); 7.2 (Debian 12's) and 10.0 were tried.
QEMU_IMG_MIN := 6.2
need_qemu_img = $(call need,qemu-img,qemu-utils); \
	version=$$(qemu-img --version | sed -n 's/^qemu-img version \([0-9.]*\).*/\1/p'); \
	printf '%s\n' $(QEMU_IMG_MIN) "$$version" | sort -VC || { \
		echo "boot256: qemu-img $$version is too old, $(QEMU_IMG_MIN) is needed (package qemu-utils): run 'make setup'" >&2; exit 1; }

$(B)/boot.img: $(B)/boot.bin $(IMAGES)
	@echo "boot256: $@"; $(IMAGES) disk $< $@

$(B)/boot-floppy.img: $(B)/boot.bin $(IMAGES)
	@echo "boot256: $@"; $(IMAGES) floppy $< $@

# -no_rc: the user's and the machine's xorriso settings stay out.
# -V, -A, -p, -publisher: a name, and nothing that names the tool, its version or its user.
# --norock: no Rock Ridge, whose records carry owner and mode of the files.
# --modification-date, --set_all_file_dates: every date fixed; SOURCE_DATE_EPOCH leaves the files' own.
# -b -no-emul-boot: El Torito without emulation, the BIOS loads the file as it is.
# -boot-load-size 4: in units of 512 bytes; some BIOSes want whole CD sectors of 2048.
# -G: the first 512 bytes as they are, partition entry included, so that the file also boots
#     when it is written to a stick. (--isohybrid-mbr and --grub2-mbr patch into them.)
# -no-pad, truncate: not 150 sectors behind the file system but the size of boot.img; as a SCSI or
#     USB disk it needs 504 KiB at least (see images/src/disk.rs).
$(B)/boot.iso: $(B)/boot.img
	@$(call need,xorriso,xorriso)
	@$(draft); mkdir "$$d/root"; \
	head -c 512 $< > "$$d/first.bin"; \
	head -c 2048 $< > "$$d/root/boot.bin"; \
	date=$$(date -u -d @$(STAMP) +%Y%m%d%H%M%S00); \
	LC_ALL=C xorriso -no_rc -as mkisofs -quiet -V BOOT256 -A '' -p '' -publisher '' --norock \
		--modification-date=$$date --set_all_file_dates $$date \
		-c boot.cat -b boot.bin -no-emul-boot -boot-load-size 4 \
		-G "$$d/first.bin" -no-pad -o "$$d/boot.iso" "$$d/root" \
		2> "$$d/log" || { cat "$$d/log" >&2; exit 1; }; \
	truncate -s $$(stat -c %s $<) "$$d/boot.iso"; \
	mv "$$d/boot.iso" $@

# compat=1.1: version 3, the default since QEMU 1.7, said so that no default decides.
# cluster_size=4096: 24 KiB instead of 384; a cluster is what a table or one byte of data takes.
$(B)/boot.qcow2: $(B)/boot.img
	@$(need_qemu_img)
	@$(draft); \
	qemu-img convert -f raw -O qcow2 -o compat=1.1,cluster_size=4096 $< "$$d/boot.qcow2"; \
	mv "$$d/boot.qcow2" $@

# subformat=monolithicFlat: a text that describes, and the raw disk beside it. ESXi refuses
#     the default, a sparse file, behind SCSI ("Unsupported or invalid disk type").
# adapter_type=lsilogic: the SCSI controller that ESXi and Workstation both have; default IDE.
# hwversion=4: the lowest, so that no VMware finds it too new. (The default, said here.)
# The descriptor names the other file, without a path: neither can be renamed.
$(B)/boot.vmdk $(B)/boot-flat.vmdk &: $(B)/boot.img $(IMAGES)
	@$(need_qemu_img)
	@$(draft); \
	qemu-img convert -f raw -O vmdk -o subformat=monolithicFlat,adapter_type=lsilogic,hwversion=4 \
		$< "$$d/boot.vmdk"; \
	$(IMAGES) stamp-vmdk $< "$$d/boot.vmdk"; \
	mv "$$d/boot-flat.vmdk" "$$d/boot.vmdk" $(B)/

# 20 MiB: Azure takes no smaller disk, and only whole MiB.
# subformat=fixed: Azure takes no other.
# force_size=on: exactly that size; else it grows to whole cylinders, which are no whole MiB.
$(B)/boot.vhd: $(B)/boot.img $(IMAGES)
	@$(need_qemu_img)
	@$(draft); cp $< "$$d/boot.img"; truncate -s 20M "$$d/boot.img"; \
	qemu-img convert -f raw -O vpc -o subformat=fixed,force_size=on "$$d/boot.img" "$$d/boot.vhd"; \
	$(IMAGES) stamp-vhd --time $(STAMP) $< "$$d/boot.vhd"; \
	mv "$$d/boot.vhd" $@

# static=off: one block of 1 MiB behind the header, which is also all that the Rust reader takes.
$(B)/boot.vdi: $(B)/boot.img $(IMAGES)
	@$(need_qemu_img)
	@$(draft); \
	qemu-img convert -f raw -O vdi -o static=off $< "$$d/boot.vdi"; \
	$(IMAGES) stamp-vdi $< "$$d/boot.vdi"; \
	mv "$$d/boot.vdi" $@

# The appliance: a description of the machine, a manifest, and a VMDK that qemu-img cannot write
# (see images/src/vmdk_stream.rs).
$(B)/boot.ova: $(B)/boot.img $(IMAGES)
	@echo "boot256: $@"; $(IMAGES) ova --time $(STAMP) $< $@

# disk.raw of 1 GiB, nearly all of it a hole, in a sparse tar file: the rules are in images/src/gce.rs.
$(B)/boot-gce.tar.gz: $(B)/boot.img $(IMAGES)
	@echo "boot256: $@"; $(IMAGES) gce --time $(STAMP) $< $@

$(B)/boot256.xml: images/templates/boot256.xml | $(B)
	@$(draft); cp $< "$$d/boot256.xml"; mv "$$d/boot256.xml" $@

# --- Release ---------------------------------------------------------------------------
.PHONY: check
check: all ## the program is in every image: each opened by a reader that did not make it
	@$(call need,$(CARGO),cargo-web)
	@$(CARGO) run --quiet --package boot256-readers --bin boot256-check $(B)

# Everything a user can download, with checksums and a list of what is for whom.
RELEASE_FILES := $(B)/boot.bin $(IMAGE_FILES) $(wildcard LICENSE)
.PHONY: release
release: $(B)/release/SHA256SUMS ## everything for users in build/release, with SHA256SUMS and MANIFEST

$(B)/release/SHA256SUMS: $(RELEASE_FILES) $(IMAGES)
	@$(draft); mkdir "$$d/release"; \
	install -m 644 $(RELEASE_FILES) "$$d/release/"; \
	$(IMAGES) manifest "$$d/release" > "$$d/release/MANIFEST"; \
	(cd "$$d/release" && LC_ALL=C sha256sum -- * > ../SHA256SUMS && mv ../SHA256SUMS .); \
	if [ -d $(@D) ]; then mv $(@D) "$$d/old"; fi; \
	mv "$$d/release" $(@D)

.PHONY: formats-table
formats-table: all ## bring the tables of formats in README.md and docs/formats.md up to date
	@$(IMAGES) formats $(B) $(wildcard README.md docs/formats.md)

.PHONY: flash
flash: $(B)/boot.img $(IMAGES) ## write boot.img to a USB stick: make flash DEV=/dev/sdX
	@$(IMAGES) flash $< $(if $(DEV),'$(DEV)') $(if $(FORCE),--force '$(FORCE)')

# --- Run -----------------------------------------------------------------------------
# A machine with COM1 on this terminal. What the program writes goes to the screen and to COM1
# alike, so the terminal shows what the screen does; where there is a display, a window shows the
# screen itself, with a PC keyboard of its own. QEMU_FLAGS adds to QEMU's options, as in
# `make run QEMU_FLAGS='-accel kvm'`.
QEMU := qemu-system-x86_64
QEMU_FLAGS :=

# -nic none: no network card, whose boot ROM would only cost time.
# mon:stdio: COM1 and QEMU's monitor share the terminal, Ctrl-A is the key between them.
run_qemu = echo "boot256: Ctrl-A X quits. Power button: Ctrl-A C, then system_powerdown"; \
	$(QEMU) -m 16 -nic none -serial mon:stdio

# The window that this QEMU has, if there is a display to show it on.
window = $(call need,$(QEMU),qemu-system-x86); window=none; \
	if [ -n "$${DISPLAY-}$${WAYLAND_DISPLAY-}" ]; then \
		window=$$($(QEMU) -display help | grep -xE 'gtk|sdl|cocoa' | head -n 1) || { window=none; \
			echo "boot256: this QEMU has no window (package qemu-system-gui): COM1 only"; }; \
	fi

# snapshot=on: the machine may write to its disk, the file stays as it was built.
DISK_DRIVE = -drive file=$(B)/boot.img,format=raw,snapshot=on

.PHONY: run
run: $(B)/boot.img ## boot the disk image: COM1 in this terminal, the screen in a window if there is a display
	@$(window); $(run_qemu) $(DISK_DRIVE) -display $$window $(QEMU_FLAGS)

.PHONY: run-serial
run-serial: $(B)/boot.img ## boot the disk image with COM1 in this terminal and no window
	@$(call need,$(QEMU),qemu-system-x86); $(run_qemu) $(DISK_DRIVE) -display none $(QEMU_FLAGS)

.PHONY: run-iso
run-iso: $(B)/boot.iso ## boot the CD image as `make run` does the disk
	@$(window); $(run_qemu) -cdrom $< -display $$window $(QEMU_FLAGS)

# --- Look inside -------------------------------------------------------------------------
# --- Tests -------------------------------------------------------------------------------
# docs/tests.md says what they cover. TEST is a part of the tests' names, TEST_FLAGS goes to the test
# program as it is: `make test-qemu TEST=power_button TEST_FLAGS=--test-threads=1`.
# A run of QEMU costs half a core for a moment; more of them at a time than cores gain nothing.
TEST :=
TEST_FLAGS :=
TEST_QEMU = $(CARGO) test --package boot256-tests --test contract --
need_test_qemu = $(call need,qemu-system-x86_64,qemu-system-x86); $(call need,tar,tar)

.PHONY: test
test: all ## every test that needs no browser and no other machine, in under 3 minutes
	@$(need_test_qemu)
	$(CARGO) test --workspace --exclude boot256

.PHONY: test-qemu
test-qemu: all ## only the tests that boot the images in QEMU: make test-qemu TEST=name
	@$(need_test_qemu)
	$(TEST_QEMU) $(TEST) $(TEST_FLAGS)

# The long runs are marked as ignored, so that no other target runs them.
.PHONY: test-long
test-long: all ## the long runs in QEMU: 100,000 random bytes, 200 boots
	@$(need_test_qemu)
	$(TEST_QEMU) --ignored long:: $(TEST_FLAGS)

# Some 60 broken programs, each until a test fails: half an hour.
.PHONY: breakages
breakages: all ## break the program on purpose: which test finds it, into docs/tests.md
	@$(need_test_qemu)
	$(CARGO) run --package boot256-tests --bin boot256-breakages -- $(B) docs/tests.md

.PHONY: test-all
test-all: test test-long ## all tests, the long ones too

# --- Proof -------------------------------------------------------------------------------
# --- Measure -----------------------------------------------------------------------------
# --- Try it in a browser ----------------------------------------------------------------
# build/web is a folder of plain files for any web server: web/build.mjs gathers them. npm takes
# the versions that web/package-lock.json pins; none of the packages needs its install scripts.
NPM_PACKAGES := web/node_modules/.package-lock.json
WEB_SOURCES := web/build.mjs web/firmware.mjs $(wildcard web/page/*)

$(NPM_PACKAGES): web/package.json web/package-lock.json web/.npmrc
	@$(call need,node,nodejs); $(call need,npm,npm)
	cd web && npm ci --ignore-scripts --no-progress --loglevel=error && touch ../$@

$(B)/web/index.html: $(WEB_SOURCES) $(NPM_PACKAGES) $(B)/boot.img $(B)/map.json LICENSE
	node web/build.mjs --image $(B)/boot.img --map $(B)/map.json --out $(B)/web

.PHONY: web
web: $(B)/web/index.html ## build the page that boots boot.img in a browser, into build/web

.PHONY: serve
serve: web ## serve the page on this machine, on a free port or PORT=8000, and print its address
	@node web/serve.mjs $(B)/web $(PORT)

.PHONY: test-web
test-web: web ## test the page in Chromium
	@$(call need,chromium,chromium)
	node --test $(wildcard web/test/*.test.mjs)

.PHONY: web-picture
web-picture: web ## make docs/images/web.png, the README's picture of the page, anew
	@$(call need,chromium,chromium)
	node web/picture.mjs $(B)/web docs/images/web.png

# --- Other machines --------------------------------------------------------------------
# Bochs with its own BIOS, and v86 in Node with SeaBIOS: docs/machines.md.
.PHONY: test-machines
test-machines: $(NPM_PACKAGES) $(addprefix $(B)/,boot.img boot-floppy.img boot.iso boot.vhd boot.vdi) ## test the images on Bochs and v86
	@$(call need,bochs,bochs)
	node --test $(wildcard machines/*.test.mjs)

.PHONY: clean
clean: ## remove build/ and cargo's target/
	rm -rf $(B) target

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

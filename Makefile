# boot256: every command of the project. `make help` lists them, plain `make` is `make all`.

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-builtin-rules

B := build

# --- Setup -----------------------------------------------------------------------------
# Which tools there are is found out as make starts. So where setup is asked for, it goes first, and
# what is asked for besides is left to a second make, which sees what the first one installed.
SETUP := $(filter setup setup-all,$(MAKECMDGOALS))
ifneq ($(SETUP),)

AFTER_SETUP := $(filter-out $(SETUP),$(MAKECMDGOALS))
.PHONY: $(SETUP) $(AFTER_SETUP)
setup: ## install what the build and the tests need
	@tools/setup/setup build
setup-all: ## install what everything else needs too: web page, other machines
	@tools/setup/setup all
ifneq ($(AFTER_SETUP),)
$(AFTER_SETUP): after-setup ;
.PHONY: after-setup
after-setup: $(SETUP)
	@$(MAKE) --no-print-directory $(AFTER_SETUP)
endif

else

# --- Toolchain ---------------------------------------------------------------------------
# The channel that rust-toolchain.toml pins, from rustup where it is whole (core's source is a
# component), else the distribution's cargo in /usr/bin. RUSTC_BOOTSTRAP opens -Zbuild-std and the
# JSON target on a stable compiler; it must come from the environment, cargo's [env] does not reach
# cargo.
CHANNEL     := $(shell sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
RUSTUP_BIN  := $(dir $(shell RUSTUP_AUTO_INSTALL=0 rustup which --toolchain $(CHANNEL) cargo 2>/dev/null))
RUST_BIN    := $(if $(wildcard $(RUSTUP_BIN)../lib/rustlib/src/rust/library),$(RUSTUP_BIN),/usr/bin/)
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

# The compiler must know edition 2024 and the flags of the boot program: no older one than the pinned.
need_rust = $(call need,$(CARGO),cargo-web); $(call new_enough,cargo,$(CHANNEL),cargo-web,\
	$(CARGO) --version | sed -n 's/^cargo \([0-9.]*\).*/\1/p')

# Where cargo builds, whatever the user's own settings say: the steps below fetch it from there.
TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)
export CARGO_TARGET_DIR := $(abspath $(TARGET_DIR))

# Reads the ELF, its DWARF and the source that it was built from: see "Look inside".
INSPECT := $(B)/tools/boot256-inspect

# --- The program ---------------------------------------------------------------------
BOOT_SOURCES := build.rs Cargo.toml Cargo.lock .cargo/config.toml x86-16-bootsector.json linker.ld $(wildcard src/*.rs)
ELF := $(TARGET_DIR)/x86-16-bootsector/boot/boot256
# As the alias `cargo boot` has them, for the commands that are no `cargo build`.
BOOT_FLAGS = $(shell sed -n '/^boot = /,/^]/p' .cargo/config.toml | grep -o '"-[^"]*"\( *, *"[^-"][^"]*"\)\?' | tr -d '",')

.PHONY: all
all: $(B)/boot.bin ## build every image into build/

$(B):
	mkdir -p $@

# The ELF keeps symbols for the ledger, the listing and gdb; the flat file is what boots.
# CARGO_ENCODED_RUSTFLAGS empty: the user's RUSTFLAGS and cargo settings have no say in it.
$(B)/boot.elf: $(BOOT_SOURCES) | $(B)
	@$(need_rust)
	@echo $(CARGO) boot; CARGO_ENCODED_RUSTFLAGS= $(CARGO) boot || { $(too_big); exit 1; }
	cp $(ELF) $@.tmp && mv $@.tmp $@

$(B)/boot.bin: $(B)/boot.elf
	@$(call need,$(OBJCOPY),llvm)
	$(OBJCOPY) --output-target binary $< $@.tmp
	[ "$$(stat -c %s $@.tmp)" = 256 ] || { echo "boot256: $@ is not 256 bytes" >&2; exit 1; }
	mv $@.tmp $@

.PHONY: size
size: $(B)/boot.elf $(INSPECT) ## how many of the 256 bytes the program needs
	@$(INSPECT) size $<

# Where the link has failed: is it that the program is too big? Then it is linked again with room,
# not to boot but to be counted, and the ledger says what needs how much. Any other failure has
# said what it is.
too_big = big=$$(mktemp $(B)/.oversize.XXXXXX); trap 'rm -f "$$big"' EXIT; \
	BOOT256_LIMIT=0x8000 CARGO_ENCODED_RUSTFLAGS= $(CARGO) boot --quiet 2> /dev/null && cp $(ELF) "$$big" && \
	$(CARGO) run --quiet --package boot256-inspect -- oversize "$$big" >&2

# --- Images --------------------------------------------------------------------------
# Every image is made of boot.img, the raw disk: qemu-img and xorriso convert it, boot256-images
# (images/) does what they cannot. docs/formats.md says for whom each one is and where its rules
# come from. The same program gives the same bytes, wherever and whenever it is built.
IMAGE_FILES := $(addprefix $(B)/,boot.img boot-floppy.img boot.iso boot.qcow2 boot.vmdk \
	boot-flat.vmdk boot.vhd boot.vdi boot.ova boot-gce.tar.gz boot256.xml)
all: $(IMAGE_FILES)
# Each of them appears by a rename, so what is there is whole: make is to remove none when a step
# fails or is interrupted. (Of two files of one step, GNU make 4.3 removes the untouched one too.)
.PRECIOUS: $(IMAGE_FILES)

# The date in every image, in seconds since 1970: fixed, since the day of a build is nobody's business.
STAMP := 1700000000

IMAGES := $(B)/tools/boot256-images
$(B)/tools/boot256-images: tools/images/Cargo.toml Cargo.lock $(wildcard tools/images/src/* tools/images/templates/*) | $(B)
	@$(need_rust)
	$(CARGO) build --package boot256-images --bin boot256-images
	@$(draft); mkdir -p $(@D); cp $(TARGET_DIR)/debug/boot256-images "$$d/"; mv "$$d/$(@F)" $@

# A folder $$d for a step to work in: gone when the step ends, whichever way it ends. What it made
# leaves the folder by one rename, so that an image is whole or the last good one.
# Named before it is made, and not by mktemp: a signal finds nothing that the trap does not know.
# It is beside the images, for a rename does not cross file systems.
draft = echo "boot256: $(or $(1),$@)"; d=$(B)/.$(@F).$$$$; \
	trap 'rm -rf "$$d"' EXIT; trap 'exit 1' INT TERM HUP; \
	rm -rf "$$d"; error=$$(LC_ALL=C mkdir "$$d" 2>&1) || { \
		echo "boot256: cannot write in $(B)/: $${error\#\#*: }" >&2; exit 1; }

# Every option below is in this qemu-img (Ubuntu 22.04's); 7.2 (Debian 12's) and 10.0 were tried.
QEMU_IMG_MIN := 6.2
need_qemu_img = $(call need,qemu-img,qemu-utils); $(call new_enough,qemu-img,$(QEMU_IMG_MIN),qemu-utils,\
	qemu-img --version | sed -n 's/^qemu-img version \([0-9.]*\).*/\1/p')

# The first with --set_all_file_dates, by its change log; 1.5.4 (Debian 12) was tried.
XORRISO_MIN := 1.4.6
need_xorriso = $(call need,xorriso,xorriso); $(call new_enough,xorriso,$(XORRISO_MIN),xorriso,\
	xorriso -no_rc -version 2>/dev/null | sed -n 's/^xorriso version *: *\([0-9.]*\).*/\1/p')

# $(call new_enough,TOOL,LEAST VERSION,PACKAGE,COMMAND THAT PRINTS THE VERSION)
new_enough = version=$$($(4)) || true; printf '%s\n' $(2) "$$version" | sort -VC || { \
	echo "boot256: $(1) $${version:-of no version} is too old, $(2) is needed (package $(3)): run 'make setup'" >&2; exit 1; }

$(B)/boot.img: $(B)/boot.bin $(IMAGES)
	@$(draft); $(IMAGES) disk $< "$$d/$(@F)"; mv "$$d/$(@F)" $@

$(B)/boot-floppy.img: $(B)/boot.bin $(IMAGES)
	@$(draft); $(IMAGES) floppy $< "$$d/$(@F)"; mv "$$d/$(@F)" $@

# -no_rc: the user's and the machine's xorriso settings stay out.
# -V, -A, -p, -publisher: a name, and nothing that names the tool, its version or its user.
# --norock: no Rock Ridge, whose records carry owner and mode of the files.
# --modification-date, --set_all_file_dates: every date fixed; SOURCE_DATE_EPOCH leaves the files' own.
# -b -no-emul-boot: El Torito without emulation, the BIOS loads the file as it is.
# -boot-load-size 4: in units of 512 bytes; some BIOSes want whole CD sectors of 2048.
# -G: the first 512 bytes as they are, partition entry included, so that the file also boots
#     when it is written to a stick. (--isohybrid-mbr and --grub2-mbr patch into them.)
# -no-pad, truncate: not 150 sectors behind the file system but the size of boot.img; as a SCSI or
#     USB disk it needs 504 KiB at least (see tools/images/src/disk.rs).
$(B)/boot.iso: $(B)/boot.img
	@$(need_xorriso)
	@$(draft); mkdir "$$d/root"; \
	head -c 512 $< > "$$d/first.bin"; \
	head -c 2048 $< > "$$d/root/boot.bin"; \
	date=$$(date -u -d @$(STAMP) +%Y%m%d%H%M%S00); \
	LC_ALL=C xorriso -no_rc -as mkisofs -quiet -V BOOT256 -A '' -p '' -publisher '' --norock \
		--modification-date=$$date --set_all_file_dates $$date \
		-c boot.cat -b boot.bin -no-emul-boot -boot-load-size 4 \
		-G "$$d/first.bin" -no-pad -o "$$d/boot.iso" "$$d/root" \
		2> "$$d/log" || { sed '/^$$/d; /: RockRidge filesystem manipulator/d' "$$d/log" >&2; exit 1; }; \
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
# (see tools/images/src/vmdk_stream.rs).
$(B)/boot.ova: $(B)/boot.img $(IMAGES)
	@$(draft); $(IMAGES) ova --time $(STAMP) $< "$$d/$(@F)"; mv "$$d/$(@F)" $@

# disk.raw of 1 GiB, nearly all of it a hole, in a sparse tar file: the rules are in tools/images/src/gce.rs.
$(B)/boot-gce.tar.gz: $(B)/boot.img $(IMAGES)
	@$(draft); $(IMAGES) gce --time $(STAMP) $< "$$d/$(@F)"; mv "$$d/$(@F)" $@

$(B)/boot256.xml: tools/images/templates/boot256.xml | $(B)
	@$(draft); cp $< "$$d/boot256.xml"; mv "$$d/boot256.xml" $@

# --- Release ---------------------------------------------------------------------------
.PHONY: check
check: all ## the program is in every image: each opened by a reader that did not make it
	@$(need_rust)
	@$(CARGO) run --quiet --package boot256-readers --bin boot256-check $(B)

.PHONY: check-readers
check-readers: $(B)/boot.bin ## the same by the tools of Debian that are installed: libvhdi, 7-Zip, isoinfo ...
	@$(need_rust)
	@$(CARGO) test --quiet --package boot256-images --test readers -- \
		--ignored --exact every_tool_finds_the_same_disk --nocapture

# Everything a user can download, with checksums and a list of what is for whom.
RELEASE_FILES := $(B)/boot.bin $(IMAGE_FILES) $(wildcard LICENSE)
RELEASED := $(addprefix $(B)/release/,$(notdir $(RELEASE_FILES)) MANIFEST SHA256SUMS)
.PRECIOUS: $(RELEASED)
.PHONY: release
release: $(RELEASED) ## everything for users in build/release, with SHA256SUMS and MANIFEST

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
reproduce: ## build the last commit twice, as differently as can be, and compare every file
	@CARGO=$(CARGO) tools/images/reproduce.sh

.PHONY: formats-table
formats-table: all ## bring the tables of formats in README.md and docs/formats.md up to date
	@$(IMAGES) formats $(B) $(wildcard README.md docs/*.md)

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
# What each of the 256 bytes is. All of it is read from the ELF, its DWARF and the source: inspect/.
$(INSPECT): tools/inspect/Cargo.toml Cargo.lock $(wildcard tools/inspect/src/*) | $(B)
	@$(need_rust)
	$(CARGO) build --package boot256-inspect --bin boot256-inspect
	@$(draft); mkdir -p $(@D); cp $(TARGET_DIR)/debug/boot256-inspect "$$d/"; mv "$$d/$(@F)" $@

# Pages that show the ledger between markers.
PAGES := $(wildcard README.md docs/*.md)
GOLDEN := tools/inspect/golden/boot.lst

.PHONY: ledger
ledger: $(B)/boot.elf $(INSPECT) ## bytes by function and by file, here and in the pages that show them
	@$(INSPECT) ledger $<
	@$(if $(PAGES),$(INSPECT) ledger $< --update $(PAGES))

.PHONY: disasm
disasm: $(B)/boot.elf $(INSPECT) ## listing: instruction, function, place in the source, register contract
	@$(INSPECT) disasm $<

.PHONY: golden
golden: $(B)/boot.elf $(INSPECT) ## accept a change of the program's bytes: tools/inspect/golden/boot.lst anew
	@$(INSPECT) golden $< > $(GOLDEN).tmp && mv $(GOLDEN).tmp $(GOLDEN)
	@echo "boot256: $(GOLDEN) is what the program is"

.PHONY: map
map: $(B)/map.svg ## draw the 256 bytes: build/map.svg, and docs/images/map.svg for the pages
	@mkdir -p docs/images && cp $< docs/images/map.svg.tmp && mv docs/images/map.svg.tmp docs/images/map.svg

$(B)/map.svg: $(B)/boot.elf $(INSPECT)
	@echo "boot256: $@"; $(INSPECT) map $< > $@.tmp && mv $@.tmp $@

$(B)/map.json: $(B)/boot.elf $(INSPECT)
	@echo "boot256: $@"; $(INSPECT) map-json $< > $@.tmp && mv $@.tmp $@

# GDB starts QEMU itself and talks to it through a pipe: no port is open, and QEMU ends with GDB.
# It is the 32-bit QEMU: from the other one GDB expects 64-bit registers that real mode has not.
# GDB_FLAGS adds to GDB's options, as in `make gdb GDB_FLAGS="-ex 'break repl' -ex continue"`.
QEMU_I386 := qemu-system-i386
GDB_FLAGS :=

.PHONY: gdb
gdb: $(B)/boot.elf $(B)/boot.img ## stop a QEMU at the program's first instruction, in GDB with symbols
	@$(call need,gdb,gdb); $(call need,$(QEMU_I386),qemu-system-x86); $(window); \
	d=$$(mktemp -d); trap 'rm -rf "$$d"' EXIT; trap 'exit 1' TERM HUP; \
	echo "boot256: COM1 is a socket: socat -,rawer UNIX:$$d/com1. In GDB, regs and here are 16-bit views"; \
	gdb -q -iex 'set debuginfod enabled off' \
		-ex "target remote | exec $(QEMU_I386) -S -gdb stdio -m 16 -nic none -display $$window -monitor none \
			-serial unix:$$d/com1,server=on,wait=off $(DISK_DRIVE) $(QEMU_FLAGS)" \
		-x tools/inspect/gdb/boot.gdb $(GDB_FLAGS) $(B)/boot.elf

.PHONY: test-inspect
test-inspect: $(B)/boot.bin $(B)/boot.img ## test the ledger, the map and the listings; a changed byte shows as a diff
	@$(need_rust)
	$(CARGO) test --package boot256-inspect

# --- Tests -------------------------------------------------------------------------------
# The probe: for pipelines that use the images, and for anybody's own machine (docs/smoke-test.md).
$(B)/boot256-probe: tools/probe/Cargo.toml Cargo.lock $(wildcard tools/probe/src/*.rs) | $(B)
	@$(need_rust)
	$(CARGO) build --profile probe --package boot256-probe
	@$(draft); cp $(TARGET_DIR)/probe/boot256-probe "$$d/"; mv "$$d/$(@F)" $@

.PHONY: probe
probe: $(B)/boot256-probe ## build build/boot256-probe, which checks a machine over its serial line

.PHONY: test-probe
test-probe: $(B)/boot.img $(B)/boot256-probe ## test the probe, the scripts in smoke/, and what the docs name
	@$(call need,$(QEMU),qemu-system-x86)
	$(CARGO) test --package boot256-probe

# docs/tests.md says what they cover. TEST is a part of the tests' names, TEST_FLAGS goes to the test
# program as it is: `make test-qemu TEST=power_button TEST_FLAGS=--test-threads=1`.
# A run of QEMU costs half a core for a moment; more of them at a time than cores gain nothing.
TEST :=
TEST_FLAGS :=
TEST_QEMU = $(CARGO) test --package boot256-tests --test contract --
need_test_qemu = $(call need,qemu-system-x86_64,qemu-system-x86); $(call need,tar,tar)

.PHONY: test
test: all ## every test that needs no browser and no other machine, in under 3 minutes
	@$(need_test_qemu); $(need_unicorn)
	$(CARGO) test --workspace --exclude boot256 --no-fail-fast

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
test-all: test test-long test-machines test-web proof ## everything: the long runs, the other machines, the page, all mutants

# --- Proof -------------------------------------------------------------------------------
# boot.bin in a model of the machine around it: docs/proof.md. The quick ones are in `make test`, too.
PROOF := $(B)/tools/boot256-proof
# The processor is a library in C, whose binding is made at build time.
need_unicorn = $(call need,cmake,cmake); $(call need,c++,g++); $(call need,pkg-config,pkgconf); \
	[ -n "$${LIBCLANG_PATH-}" ] || ! ldconfig=$$(PATH=$$PATH:/sbin:/usr/sbin command -v ldconfig) || \
	"$$ldconfig" -p | grep -c libclang > /dev/null || { \
		echo "boot256: libclang is missing (package libclang-dev): run 'make setup'" >&2; exit 1; }
$(PROOF): tests/model/Cargo.toml tests/model/survivors.txt tests/qemu/Cargo.toml Cargo.lock $(shell find tests/model/src tests/qemu/src -name '*.rs') | $(B)
	@$(need_rust); $(need_unicorn)
	$(CARGO) build --release --package boot256-proof
	@$(draft); mkdir -p $(@D); cp $(TARGET_DIR)/release/boot256-proof "$$d/"; mv "$$d/$(@F)" $@

.PHONY: coverage
coverage: $(B)/boot.bin $(PROOF) ## which tests reach which instruction, each branch both ways: build/coverage.md
	@$(PROOF) --build $(B) coverage

.PHONY: mutants
mutants: $(B)/boot.bin $(PROOF) ## change every byte in a dozen ways: do the tests notice? build/mutants.md; SAMPLE=n for n of them
	@$(PROOF) --build $(B) mutants $(if $(SAMPLE),--sample $(SAMPLE))

.PHONY: faults
faults: $(B)/boot.bin $(PROOF) ## each fault and each platform in the model machine, as a list: build/faults.md
	@$(PROOF) --build $(B) faults

.PHONY: typing
typing: $(B)/boot.bin $(PROOF) ## a million random bytes in the model machine; BYTES=n, SEED=n
	@$(PROOF) --build $(B) typing $(if $(BYTES),--bytes $(BYTES)) $(if $(SEED),--seed $(SEED))

.PHONY: proof
proof: coverage faults typing mutants ## all four

# --- Measure -----------------------------------------------------------------------------
# What the program costs, beside an empty machine, a minimal Linux, and itself without its two
# tricks: docs/performance.md. No test depends on a timing.
BENCH := $(B)/tools/boot256-bench
BENCH_VARIANTS := $(B)/bench/polling.bin $(B)/bench/tick.bin

$(BENCH): tools/bench/Cargo.toml tests/qemu/Cargo.toml Cargo.lock $(shell find tools/bench/src tests/qemu/src -name '*.rs') | $(B)
	@$(need_rust)
	$(CARGO) build --release --package boot256-bench
	@$(draft); mkdir -p $(@D); cp $(TARGET_DIR)/release/boot256-bench "$$d/"; mv "$$d/$(@F)" $@

# The same sources with features of Cargo that no image has, in a target folder of their own.
$(B)/bench/%.bin: $(BOOT_SOURCES)
	@$(need_rust); $(call need,$(OBJCOPY),llvm)
	mkdir -p $(@D)
	CARGO_ENCODED_RUSTFLAGS= $(CARGO) boot --features bench-$* --target-dir $(TARGET_DIR)/bench
	$(OBJCOPY) --output-target binary $(TARGET_DIR)/bench/x86-16-bootsector/boot/boot256 $@.tmp
	[ "$$(stat -c %s $@.tmp)" = 256 ] || { echo "boot256: $@ is not 256 bytes" >&2; exit 1; }
	mv $@.tmp $@

.PHONY: bench-variants
bench-variants: $(BENCH_VARIANTS)

.PHONY: bench
bench: all $(BENCH_VARIANTS) $(BENCH) ## measure, into build/bench.md, .json and .svg; QUICK=1 for a look, KVM=1 with KVM
	@$(call need,$(QEMU),qemu-system-x86)
	@$(if $(KVM),BOOT256_ACCEL=kvm) $(BENCH) run $(B) $(if $(QUICK),--quick)

.PHONY: bench-linux
bench-linux: $(BENCH) ## make the Linux guest that `make bench` measures too, from two Debian packages
	@$(call need,apt-get,apt); $(call need,dpkg-deb,dpkg)
	@$(BENCH) linux $(B)

.PHONY: bench-build
bench-build: $(BENCH) ## time `make all` and `make test` in a copy of this checkout
	@$(call need,git,git)
	@$(BENCH) build $(B)

.PHONY: bench-docs
bench-docs: $(BENCH) ## put the last results and their picture into README.md and docs/
	@$(BENCH) docs $(B) --picture docs/images/bench.svg $(wildcard README.md) docs/performance.md

# --- Try it in a browser ----------------------------------------------------------------
# build/web is a folder of plain files for any web server: web/build.mjs gathers them. npm takes
# the versions that web/package-lock.json pins; none of the packages needs its install scripts.
NPM_PACKAGES := web/node_modules/.package-lock.json
WEB_SOURCES := web/build.mjs web/firmware.mjs $(wildcard web/page/* web/licences/*)

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
test-web: web ## test the page in Chromium, and that the picture of a session is what QEMU shows
	@$(call need,chromium,chromium)
	@$(call need,$(QEMU),qemu-system-x86)
	QEMU=$(QEMU) node --test $(wildcard web/test/*.test.mjs)

.PHONY: web-picture
web-picture: web ## make docs/images/web.png, the README's picture of the page, anew
	@$(call need,chromium,chromium); $(call need,pngquant,pngquant)
	node web/picture.mjs $(B)/web docs/images/web.png

# The same run gives the same file: it is remade only to be committed, and test-web compares.
.PHONY: session-picture
session-picture: $(B)/boot.img $(NPM_PACKAGES) ## make docs/images/session.svg, the README's picture of a session, anew
	@$(call need,$(QEMU),qemu-system-x86)
	QEMU=$(QEMU) node web/session.mjs $(B)/boot.img docs/images/session.svg

# --- Other machines --------------------------------------------------------------------
# Bochs with its own BIOS, and v86 in Node with SeaBIOS: docs/machines.md.
.PHONY: test-machines
test-machines: $(NPM_PACKAGES) $(addprefix $(B)/,boot.img boot-floppy.img boot.iso boot.vhd boot.vdi) ## test the images on Bochs and v86
	@$(call need,bochs,bochs)
	node --test $(wildcard tests/emulators/*.test.mjs)

.PHONY: profiles
profiles: $(NPM_PACKAGES) $(B)/boot.img ## the program on every platform's chipset, as a table in build/profiles.md and docs/machines.md
	@$(call need,node,nodejs)
	node tests/emulators/report.mjs $(B)/profiles.md docs/machines.md

# --- House -----------------------------------------------------------------------------
.PHONY: lint
lint: ## rustfmt and clippy on every crate, the boot program too, warnings denied
	@$(need_rust); $(need_unicorn)
	$(CARGO) fmt --all -- --check
	$(CARGO) clippy --workspace --exclude boot256 --all-targets -- --deny warnings
	$(CARGO) clippy $(BOOT_FLAGS) -- --deny warnings

.PHONY: clean
clean: ## remove build/ and cargo's target/
	rm -rf $(B) target

endif

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | \
		while IFS='|' read -r target text; do printf '  make %-15s %s\n' "$$target" "$$text"; done

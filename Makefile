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

.PHONY: clean
clean: ## remove build/ and cargo's target/
	rm -rf $(B) target

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

# The compiler, its tools, and where cargo builds.

# The channel that rust-toolchain.toml pins, from rustup where it is whole (core's source is a
# component), else the distribution's cargo in /usr/bin. RUSTC_BOOTSTRAP opens -Zbuild-std and the
# JSON target on a stable compiler; it must come from the environment, cargo's [env] does not reach
# cargo.
CHANNEL     := $(shell sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
RUSTUP_BIN  := $(dir $(shell RUSTUP_AUTO_INSTALL=0 rustup which --toolchain $(CHANNEL) cargo 2>/dev/null))
RUST_BIN    := $(if $(wildcard $(RUSTUP_BIN)../lib/rustlib/src/rust/library),$(RUSTUP_BIN),/usr/bin/)
CARGO       := $(RUST_BIN)cargo
# Cargo takes rustc from PATH. Its folder goes to the front only where another rustc is found before it: in
# /usr/bin are other programs too, and what the user has before those, such as a QEMU, stays before them.
ifneq ($(shell command -v rustc),$(RUST_BIN)rustc)
export PATH := $(RUST_BIN:/=):$(PATH)
endif
export RUSTC_BOOTSTRAP := 1
# With -j make names a jobserver there, which a step cannot open, and rustc warns of it. Cargo has its own.
unexport MAKEFLAGS MFLAGS

# rustup's llvm-tools bring rust-lld and llvm-objcopy; the distribution's Rust has neither
# and takes Debian's lld and llvm.
LLVM_TOOLS  := $(wildcard $(RUST_BIN)../lib/rustlib/*/bin/)
RUST_LLD    := $(wildcard $(addsuffix rust-lld,$(LLVM_TOOLS)))
OBJCOPY     := $(or $(firstword $(wildcard $(addsuffix llvm-objcopy,$(LLVM_TOOLS)))),llvm-objcopy)
ifeq ($(RUST_LLD),)
export CARGO_TARGET_X86_16_BOOTSECTOR_LINKER := ld.lld
export CARGO_TARGET_X86_64_UNKNOWN_UEFI_LINKER := lld-link
endif

# Where cargo builds, whatever the user's own settings say: the steps below fetch it from there.
TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)
export CARGO_TARGET_DIR := $(abspath $(TARGET_DIR))

# As the aliases `cargo boot` and `cargo boot-uefi` have them, for the commands that are no `cargo build`.
BOOT_FLAGS = $(call flags_of,boot)
UEFI_FLAGS = $(call flags_of,boot-uefi)
flags_of = $(shell sed -n '/^$(1) = /,/^]/p' .cargo/config.toml | grep -o '"-[^"]*"\( *, *"[^-"][^"]*"\)\?' | tr -d '",')

# The compiler must know edition 2024 and the flags of the boot program: no older one than the pinned.
need_rust = $(no_colon); $(call need,$(CARGO),cargo-web); $(call new_enough,cargo,$(CHANNEL),cargo-web,\
	$(CARGO) --version | sed -n 's/^cargo \([0-9.]*\).*/\1/p')

# Cargo hands folders on in a list that colons part.
no_colon = case $$CARGO_TARGET_DIR in *:*) \
	echo "boot256: cargo cannot build below a name with a colon, as in $$CARGO_TARGET_DIR: set CARGO_TARGET_DIR" >&2; exit 1;; esac

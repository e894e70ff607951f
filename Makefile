# boot256: every command of the project. `make help` lists them, plain `make` is `make all`.
# Here: the program, its images, a machine to run them in. The rest is in make/, a theme a file.

.PHONY: all run run-serial run-uefi run-iso
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-builtin-rules

B := build

# Setup goes first and by itself: which tools there are is found out as make starts.
ifneq ($(filter setup setup-all,$(MAKECMDGOALS)),)
include make/setup.mk
else

include make/toolchain.mk make/steps.mk

BOOT_SOURCES := build.rs Cargo.toml Cargo.lock .cargo/config.toml .cargo/boot.toml x86-16-bootsector.json linker.ld .cargo/boot.csv $(wildcard src/*.rs)
ELF := $(TARGET_DIR)/x86-16-bootsector/boot/boot256

all: $(B)/boot.bin ## build: the program and every image, into build/

# The ELF keeps symbols for the ledger, the listing and gdb; the flat file is what boots.
# CARGO_ENCODED_RUSTFLAGS empty: the user's RUSTFLAGS and cargo settings have no say in it.
$(B)/boot.elf: $(BOOT_SOURCES) | $(B)
	@$(need_rust)
	@echo $(CARGO) boot; CARGO_ENCODED_RUSTFLAGS= $(CARGO) boot || { $(too_big); exit 1; }
	@$(call place,$(ELF))

$(B)/boot.bin: $(B)/boot.elf
	@$(call need,$(OBJCOPY),llvm)
	@$(flat)

# Code and data of an ELF, which are what boots.
flat = $(call draft); $(OBJCOPY) --output-target binary $(or $(1),$<) "$$d/$(@F)"; \
	[ "$$(stat -c %s "$$d/$(@F)")" = 256 ] || { echo "boot256: $@ is not 256 bytes" >&2; exit 1; }; mv "$$d/$(@F)" $@

# A program that is too big is linked again with room, to be counted, and the ledger says what needs how much.
# Any other failure has said what it is.
too_big = big=$$(mktemp $(B)/.oversize.XXXXXX); trap 'rm -f "$$big"' EXIT; \
	BOOT256_LIMIT=0x8000 CARGO_ENCODED_RUSTFLAGS= $(CARGO) boot --quiet 2> /dev/null && cp "$(ELF)" "$$big" && \
	$(CARGO) run --quiet --package boot256-inspect -- oversize "$$big" >&2

# The second program, for machines without a BIOS: it is in the images that such a machine can boot.
EFI_SIZE := 1536
$(B)/boot.efi: Cargo.toml Cargo.lock .cargo/config.toml src/pm.rs src/uart.rs $(call sources,uefi) | $(B)
	@$(need_rust)
	@echo $(CARGO) boot-uefi; CARGO_ENCODED_RUSTFLAGS= $(CARGO) boot-uefi
	@efi=$(TARGET_DIR)/x86_64-unknown-uefi/boot/boot256-uefi.efi; size=$$(stat -c %s $$efi); [ $$size -le $(EFI_SIZE) ] || { \
		echo "boot256: $@ would have $$size bytes, $(EFI_SIZE) are its limit" >&2; exit 1; }
	@$(call place,$(TARGET_DIR)/x86_64-unknown-uefi/boot/boot256-uefi.efi)

# docs/formats.md says for whom each one is; make/images.mk makes them.
IMAGE_FILES := $(addprefix $(B)/,boot.efi boot.img boot-floppy.img boot.iso boot.qcow2 boot.vmdk \
	boot-flat.vmdk boot-stream.vmdk boot.vhd boot.vdi boot.ova boot-oci.tar boot-gce.tar.gz boot256.xml)
all: $(IMAGE_FILES)

# A machine with COM1 on this terminal, which shows what the screen does; where there is a display, a window shows the
# screen itself, with a PC keyboard of its own. QEMU_FLAGS adds to QEMU's options: `make run QEMU_FLAGS='-accel kvm'`.
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

run: $(B)/boot.img ## run: the disk image; COM1 in this terminal, the screen in a window if there is a display
	@$(window); $(run_qemu) $(DISK_DRIVE) -display $$window $(QEMU_FLAGS)

run-serial: $(B)/boot.img ## run: the disk image with COM1 in this terminal and no window
	@$(call need,$(QEMU),qemu-system-x86); $(run_qemu) $(DISK_DRIVE) -display none $(QEMU_FLAGS)

# Two flash chips, the firmware and its variables; what is written to those is forgotten. It needs 64 MiB.
OVMF := /usr/share/OVMF/OVMF
UEFI = -m 64 -drive if=pflash,unit=0,format=raw,readonly=on,file=$(OVMF)_CODE_4M.fd \
	-drive if=pflash,unit=1,format=raw,snapshot=on,file=$(OVMF)_VARS_4M.fd

run-uefi: $(B)/boot.img ## run: the disk image under UEFI, by the firmware OVMF
	@[ -f $(OVMF)_CODE_4M.fd ] || { echo "boot256: $(OVMF)_CODE_4M.fd is missing (package ovmf): run 'make setup'" >&2; exit 1; }
	@$(window); $(run_qemu) $(DISK_DRIVE) $(UEFI) -display $$window $(QEMU_FLAGS)

run-iso: $(B)/boot.iso ## run: the CD image, as `make run` does the disk
	@$(window); $(run_qemu) -cdrom $< -display $$window $(QEMU_FLAGS)

include $(addprefix make/,images.mk inspect.mk web.mk tests.mk hypervisors.mk proof.mk bench.mk release.mk lint.mk house.mk)

endif

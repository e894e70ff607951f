# What the program costs, beside an empty machine, a minimal Linux, and itself without its two
# tricks: docs/performance.md. No test depends on a timing.
BENCH := $(B)/tools/boot256-bench
BENCH_VARIANTS := $(B)/bench/polling.bin $(B)/bench/tick.bin $(B)/bench/floor-uefi.img

$(BENCH): $(call sources,tools/bench tools/qemu tools/facts tools/kit)

# The same sources with features of Cargo that no image has, in a target folder of their own.
$(B)/bench/%.bin: $(BOOT_SOURCES)
	@$(need_rust); $(call need,$(OBJCOPY),llvm)
	mkdir -p $(@D)
	CARGO_ENCODED_RUSTFLAGS= $(CARGO) boot --features bench-$* --target-dir "$(TARGET_DIR)/bench"
	@$(call flat,"$(TARGET_DIR)/bench/x86-16-bootsector/boot/boot256")

$(B)/bench/floor.efi: $(B)/boot.efi
	CARGO_ENCODED_RUSTFLAGS= $(CARGO) boot-uefi --features bench-floor --target-dir "$(TARGET_DIR)/bench"
	@$(call place,$(TARGET_DIR)/bench/x86_64-unknown-uefi/boot/boot256-uefi.efi)
$(B)/bench/floor-uefi.img: $(B)/boot.bin $(B)/bench/floor.efi $(IMAGES)
	@$(call by_images,disk $< $(B)/bench/floor.efi)

# The Linux guest is made once, from two packages of Debian; without it the run leaves Linux out, and says so.
.PHONY: bench
bench: all $(BENCH_VARIANTS) $(BENCH) ## measure: time, CPU and memory beside a minimal Linux: build/bench.md; QUICK=1, BASELINE=old.bin
	@$(call need,$(QEMU),qemu-system-x86)
	@[ -e $(B)/bench/linux/about.txt ] || ! command -v apt-get > /dev/null || $(BENCH) linux $(B) || :
	@$(if $(KVM),BOOT256_ACCEL=kvm) $(BENCH) run $(B) $(if $(QUICK),--quick) $(if $(BASELINE),--baseline $(call quoted,$(BASELINE))) $(if $(PAGE),--page $(PAGE))

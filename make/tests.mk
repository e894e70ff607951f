# The probe: for pipelines that use the images, and for anybody's own machine (docs/smoke-test.md).
$(B)/boot256-probe: $(call sources,tools/probe tools/facts) | $(B)
	@$(need_rust)
	$(CARGO) build --profile probe --package boot256-probe
	@$(call take,probe)

.PHONY: probe
probe: $(B)/boot256-probe ## build: build/boot256-probe, which checks a machine over its serial line

.PHONY: test-probe
test-probe: $(B)/boot.img $(B)/boot256-probe ## test: the probe
	@$(call need,$(QEMU),qemu-system-x86)
	$(CARGO) test --package boot256-probe

# Every script but the PowerShell one, each step refused and interrupted: against stand-ins of the platforms' tools.
.PHONY: test-smoke
test-smoke: all $(B)/boot256-probe ## test: the scripts in tools/smoke, against QEMU and stand-ins of other hypervisors' tools
	@$(call need,$(QEMU),qemu-system-x86)
	$(CARGO) test --package boot256-smoke-tests

# docs/tests.md says what they cover. TEST is a part of the tests' names, TEST_FLAGS goes to the test
# program as it is: `make test-qemu TEST=power_button TEST_FLAGS=--test-threads=1`.
# A run of QEMU costs half a core for a moment; more of them at a time than cores gain nothing.
TEST :=
TEST_FLAGS :=
TEST_QEMU = $(CARGO) test --package boot256-tests --test contract --
need_test_qemu = $(call need,qemu-system-x86_64,qemu-system-x86); $(call need,tar,tar)
# $(call some_test,NAME,FLAGS): the test runner is content where it finds no test to run; make is not.
some_test = $(TEST_QEMU) $(2) $(1) --list --format terse | grep -c ': test$$' > /dev/null || { \
	echo 'boot256: no test has `$(1)` in its name' >&2; exit 1; }

.PHONY: test
test: all $(B)/boot256-probe ## test: all that needs no browser and no other machine; 3 to 4 minutes, 2 more the first time
	@$(need_test_qemu); $(need_unicorn)
	$(CARGO) test --workspace --exclude boot256 --exclude boot256-uefi --exclude boot256-smoke-tests --no-fail-fast
	@# These wait for the scripts' patience to end, and cost little else: many at a time.
	RUST_TEST_THREADS=$$(($$(nproc) * 8)) $(CARGO) test --package boot256-smoke-tests --no-fail-fast

.PHONY: test-qemu
test-qemu: all ## test: only the tests that boot the images in QEMU: make test-qemu TEST=name
	@$(need_test_qemu); $(call some_test,$(TEST))
	$(TEST_QEMU) $(TEST) $(TEST_FLAGS)

# The long runs are marked as ignored, so that no other target runs them.
.PHONY: test-long
test-long: all ## test: the long runs in QEMU: 100,000 random bytes, 200 boots, qemu.sh interrupted at 900 moments
	@$(need_test_qemu); $(call some_test,long::,--ignored)
	$(TEST_QEMU) --ignored long:: $(TEST_FLAGS)
	$(CARGO) test --package boot256-smoke-tests --test smoke -- --ignored long:: $(TEST_FLAGS)

# PXE, iPXE, PXELINUX, ISOLINUX, GRUB, memdisk: a test says which package it misses.
.PHONY: test-netboot
test-netboot: all ## test: boot over the network and by other people's loaders, from Debian's packages
	@$(need_test_qemu)
	$(CARGO) test --package boot256-tests --test netboot -- --ignored $(TEST) $(TEST_FLAGS)

.PHONY: test-all
test-all: test test-long test-machines test-web proof ## test: everything: the long runs, the other machines, the page, all mutants

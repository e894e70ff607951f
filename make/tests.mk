.PHONY: probe test-smoke test test-qemu test-long test-netboot test-all

# The probe: for pipelines that use the images, and for anybody's own machine (docs/smoke-test.md).
$(B)/boot256-probe: $(call sources,tools/probe tools/facts) | $(B)
	@$(need_rust)
	$(CARGO) build --profile probe --package boot256-probe
	@$(call take,probe)

probe: $(B)/boot256-probe

need_test_scripts = $(call need,qemu-system-x86_64,qemu-system-x86); $(call need,socat,socat); $(call need,busybox,busybox)
# The scripts in tools/smoke: with QEMU, and one fake tool for the other platforms.
test-smoke: all $(B)/boot256-probe
	@$(need_test_scripts)
	$(CARGO) test --package boot256-tests --test scripts -- $(TEST) $(TEST_FLAGS)

# docs/tests.md says what they cover. TEST is a part of the tests' names, TEST_FLAGS goes to the test
# program as it is: `make test-qemu TEST=power_button TEST_FLAGS=--test-threads=1`.
# A run of QEMU costs half a core for a moment; more of them at a time than cores gain nothing.
TEST :=
TEST_FLAGS :=
TEST_QEMU = $(CARGO) test --package boot256-tests --test contract --
need_test_qemu = $(call need,qemu-system-x86_64,qemu-system-x86); $(call need,tar,tar)
# $(call some_test,NAME,FLAGS): the test runner succeeds if it finds no test to run; make does not.
some_test = $(TEST_QEMU) $(2) $(1) --list --format terse | grep -c ': test$$' > /dev/null || { \
	echo 'boot256: no test has `$(1)` in its name' >&2; exit 1; }

test: all $(B)/boot256-probe ## test: all that needs no browser and no other machine (a part: make test-qemu TEST=name, make test-smoke)
	@$(need_test_qemu); $(need_unicorn); $(need_test_scripts)
	$(CARGO) test --workspace --exclude boot256 --exclude boot256-uefi --no-fail-fast

test-qemu: all
	@$(need_test_qemu); $(call some_test,$(TEST))
	$(TEST_QEMU) $(TEST) $(TEST_FLAGS)

# The long runs are marked as ignored, so that no other target runs them.
test-long: all $(B)/boot256-probe
	@$(need_test_qemu); $(call some_test,long::,--ignored)
	$(TEST_QEMU) --ignored long:: $(TEST_FLAGS)
	$(CARGO) test --package boot256-tests --test scripts -- --ignored long:: $(TEST_FLAGS)

# PXE, iPXE, PXELINUX, ISOLINUX, GRUB, memdisk: a test says which package it misses.
test-netboot: all ## test: boot over the network and by other people's loaders, from Debian's packages
	@$(need_test_qemu)
	$(CARGO) test --package boot256-tests --test netboot -- --ignored $(TEST) $(TEST_FLAGS)

test-all: test test-long test-machines test-web proof # All that has no need of root.

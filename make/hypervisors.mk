# The images in the hypervisors of other Debians, each in a root folder of its own: build/roots. Root
# is needed to make them and to enter them, and some 200 to 300 MB of disk for each.
ROOTS := tests/hypervisors/roots
RUN_ROOTS := BUILD=$(B) $(ROOTS)
TEST_HYPERVISORS = $(CARGO) test --package boot256-tests

# Cargo builds the tests and the front end here, and hands the program to the script, which runs it inside:
# one machine at a time, because VirtualBox interprets it.
.PHONY: test-virtualbox
test-virtualbox: export MAKE_TARGET := test-virtualbox
test-virtualbox: all $(B)/boot256-probe ## test: the images in a real VirtualBox without its kernel module; as root, 150 MB once
	@$(RUN_ROOTS) make virtualbox
	$(CARGO) build --package boot256-tests --bin boot256-driverless
	BUILD="$(abspath $(B))" $(TEST_HYPERVISORS) --test virtualbox \
		--config 'target."cfg(all())".runner = ["$(CURDIR)/$(ROOTS)", "run", "virtualbox"]' \
		-- $(TEST) --ignored --test-threads=1 $(TEST_FLAGS)

.PHONY: test-versions
test-versions: export MAKE_TARGET := test-versions
test-versions: all $(B)/boot256-probe-x86_64 ## test: the smoke test on the QEMU and SeaBIOS of Debian 12, 13 and sid; as root
	@$(RUN_ROOTS) make debian-12 debian-13 debian-sid
	BUILD="$(abspath $(B))" $(TEST_HYPERVISORS) --test versions -- $(TEST) --ignored --nocapture --test-threads=1 $(TEST_FLAGS)

# Cargo has no part in it: the tests are scripts inside the machines. HOSTS=kvm-13 for one of them.
HOSTS :=
.PHONY: test-nested
test-nested: export MAKE_TARGET := test-nested
test-nested: all $(B)/boot256-probe ## test: Xen, KVM, IPMI, containers, Incus, VirtualBox in a machine inside a machine; as root, 25 minutes
	@$(call need,$(QEMU),qemu-system-x86)
	@BUILD=$(B) tests/hypervisors/nested/run $(HOSTS)

.PHONY: clean-roots
clean-roots:
	@$(RUN_ROOTS) clean

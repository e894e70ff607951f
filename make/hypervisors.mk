# The images in the hypervisors of other Debians, each in a root folder of its own: build/roots. Root
# is needed to make them and to enter them, and some 200 to 300 MB of disk for each.
.PHONY: test-virtualbox test-versions test-nested clean-roots
ROOTS := tests/hypervisors/roots
RUN_ROOTS = BUILD=$(B) MAKE_TARGET=$@ $(ROOTS)
TEST_HYPERVISORS = BUILD="$(abspath $(B))" MAKE_TARGET=$@ $(CARGO) test --package boot256-tests

# Cargo builds the tests and the front end here, and hands the program to the script, which runs it inside:
# one machine at a time, because VirtualBox interprets it.
test-virtualbox: all $(B)/boot256-probe ## test: the images in a real VirtualBox without its kernel module; as root, 150 MB once
	@$(RUN_ROOTS) make virtualbox
	$(CARGO) build --package boot256-tests --bin boot256-driverless
	$(TEST_HYPERVISORS) --test virtualbox \
		--config 'target."cfg(all())".runner = ["$(CURDIR)/$(ROOTS)", "run", "virtualbox"]' \
		-- $(TEST) --ignored --test-threads=1 $(TEST_FLAGS)

test-versions: all $(B)/boot256-probe-x86_64 ## test: the smoke test on the QEMU and SeaBIOS of Debian 12, 13 and sid; as root
	@$(RUN_ROOTS) make debian-12 debian-13 debian-sid
	$(TEST_HYPERVISORS) --test versions -- $(TEST) --ignored --nocapture --test-threads=1 $(TEST_FLAGS)

# Cargo has no part in it: the tests are scripts inside the machines. HOSTS=kvm-13 for one of them.
HOSTS :=
test-nested: all $(B)/boot256-probe ## test: Xen, KVM, IPMI, containers, Incus, VirtualBox in a machine inside a machine; as root, 25 minutes
	@$(call need,$(QEMU),qemu-system-x86)
	@BUILD=$(B) MAKE_TARGET=$@ tests/hypervisors/nested/run $(HOSTS)

clean-roots:
	@$(RUN_ROOTS) clean

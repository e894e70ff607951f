# boot.bin in a model of the machine around it: docs/proof.md. The quick ones are in `make test`, too.
PROOF := $(B)/tools/boot256-model
# The processor is a library in C, whose binding is made at build time.
need_unicorn = $(call need,cmake,cmake); $(call need,c++,g++); $(call need,pkg-config,pkgconf); \
	[ -n "$${LIBCLANG_PATH-}" ] || ! ldconfig=$$(PATH=$$PATH:/sbin:/usr/sbin command -v ldconfig) || \
	"$$ldconfig" -p | grep -c libclang > /dev/null || { \
		echo "boot256: libclang is missing (package libclang-dev): run 'make setup'" >&2; exit 1; }
$(PROOF): tests/model/survivors.txt $(call sources,tests/model tools/qemu tests/facts tools/kit) | $(B)
	@$(need_rust); $(need_unicorn)
	$(CARGO) build --release --package boot256-model
	@$(call take,release)

.PHONY: coverage
coverage: $(B)/boot.bin $(PROOF) ## prove: every instruction runs in some test, and each branch goes both ways
	@$(PROOF) coverage

.PHONY: mutants
mutants: $(B)/boot.bin $(PROOF) ## prove: change every byte in a dozen ways: do the tests notice? SAMPLE=n for n of them
	@$(PROOF) mutants $(if $(SAMPLE),--sample $(SAMPLE))

.PHONY: typing
typing: $(B)/boot.bin $(PROOF) ## prove: a million random bytes in the model machine; BYTES=n, SEED=n
	@$(PROOF) typing $(if $(BYTES),--bytes $(BYTES)) $(if $(SEED),--seed $(SEED))

.PHONY: prove-editor
prove-editor: $(B)/boot.bin $(PROOF) ## prove: the line editor is right for every input, by induction, on every platform
	@$(PROOF) prove-editor

.PHONY: proof
proof: prove-editor coverage typing mutants ## prove: all four of these

# The host crates, changed by cargo-mutants, which is built once: docs/tools-tests.md. Hours for all of them.
CARGO_MUTANTS_VERSION := 27.1.0
CARGO_MUTANTS := $(B)/cargo-mutants-$(CARGO_MUTANTS_VERSION)/bin/cargo-mutants
$(CARGO_MUTANTS): | $(B)
	@$(need_rust)
	@$(draft); CARGO_TARGET_DIR="$$d/target" $(CARGO) install --quiet --locked --root "$$d/root" \
		cargo-mutants@$(CARGO_MUTANTS_VERSION); \
	rm -rf $(B)/cargo-mutants-$(CARGO_MUTANTS_VERSION); mv "$$d/root" $(B)/cargo-mutants-$(CARGO_MUTANTS_VERSION)

HOST_MUTANTS := $(B)/tools/boot256-mutants
$(HOST_MUTANTS): $(call sources,tests/mutants tools/kit) | $(B)
	@$(need_rust)
	$(CARGO) build --package boot256-mutants
	@$(call take,debug)

.PHONY: mutants-host
mutants-host: all $(B)/boot256-probe $(CARGO_MUTANTS) $(HOST_MUTANTS) ## prove: change the host crates: do their tests notice? build/mutants-host.md; CRATES="kit probe", SAMPLE=n for one in n
	@$(call need,git,git)
	@$(HOST_MUTANTS) --build $(B) --cargo-mutants $(CARGO_MUTANTS) $(if $(SAMPLE),--sample $(SAMPLE)) $(CRATES)

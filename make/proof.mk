# boot.bin in a model of the machine around it: docs/proof.md. The quick ones are in `make test`, too.
.PHONY: coverage mutants typing prove-editor proof
PROOF := $(B)/tools/boot256-model
# The processor is a library in C, whose binding is made at build time.
need_unicorn = $(call need,cmake,cmake); $(call need,c++,g++); $(call need,pkg-config,pkgconf); \
	[ -n "$${LIBCLANG_PATH-}" ] || ! ldconfig=$$(PATH=$$PATH:/sbin:/usr/sbin command -v ldconfig) || \
	"$$ldconfig" -p | grep -c libclang > /dev/null || { \
		echo "boot256: libclang is missing (package libclang-dev): run 'make setup'" >&2; exit 1; }
$(PROOF): tests/model/survivors.txt $(call sources,tests/model tools/qemu tools/facts tools/kit)

coverage: $(B)/boot.bin $(PROOF)
	@$(PROOF) coverage

# Change every byte in a dozen ways: do the tests notice? SAMPLE=n for n of them.
mutants: $(B)/boot.bin $(PROOF)
	@$(PROOF) mutants $(if $(SAMPLE),--sample $(SAMPLE))

# A million random bytes in the model machine; BYTES=n, SEED=n.
typing: $(B)/boot.bin $(PROOF)
	@$(PROOF) typing $(if $(BYTES),--bytes $(BYTES)) $(if $(SEED),--seed $(SEED))

prove-editor: $(B)/boot.bin $(PROOF)
	@$(PROOF) prove-editor

proof: prove-editor coverage typing mutants ## prove: the editor by induction, coverage, faults, random typing, mutants

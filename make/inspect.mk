# What each of the 256 bytes is. All of it is read from the ELF, its DWARF and the source, by
# boot256-inspect (tools/inspect).
.PHONY: size ledger disasm golden gdb test-inspect
INSPECT := $(B)/tools/boot256-inspect
$(INSPECT): $(call sources,tools/inspect tools/kit)

size: $(B)/boot.elf $(INSPECT) ## look: how many of the 256 bytes the program needs
	@$(INSPECT) size $<

ledger: $(B)/boot.elf $(INSPECT) # Bytes by function and by file, here and in the page that shows them.
	@$(INSPECT) ledger $< $(wildcard README.md docs/*.md)

disasm: $(B)/boot.elf $(INSPECT) ## look: listing: instruction, function, place in the source, register contract
	@$(INSPECT) disasm $<

GOLDEN := tools/inspect/golden/boot.lst
golden: $(B)/boot.elf $(INSPECT) ## pages: accept a change of the program's bytes: tools/inspect/golden/boot.lst anew
	@$(INSPECT) golden $< > $(GOLDEN).tmp && mv $(GOLDEN).tmp $(GOLDEN)
	@echo "boot256: $(GOLDEN) is what the program is"

$(B)/map.json: $(B)/boot.elf $(INSPECT)
	@$(draft); $(INSPECT) map-json $< > "$$d/map.json"; mv "$$d/map.json" $@

# GDB starts QEMU itself and talks to it through a pipe: no port is open, and QEMU ends with GDB.
# It is the 32-bit QEMU: from the other one GDB expects 64-bit registers, which real mode lacks.
# GDB_FLAGS adds to GDB's options, as in `make gdb GDB_FLAGS="-ex 'break repl' -ex continue"`.
QEMU_I386 := qemu-system-i386
GDB_FLAGS :=

gdb: $(B)/boot.elf $(B)/boot.img ## look: stop a QEMU at the program's first instruction, in GDB with symbols
	@$(call need,gdb,gdb); $(call need,$(QEMU_I386),qemu-system-x86); $(window); \
	d=$$(mktemp -d); trap 'rm -rf "$$d"' EXIT; trap 'exit 1' TERM HUP; \
	echo "boot256: COM1 is a socket: socat -,rawer UNIX:$$d/com1. In GDB, regs and here are 16-bit views"; \
	gdb -q -iex 'set debuginfod enabled off' \
		-ex "target remote | exec $(QEMU_I386) -S -gdb stdio -m 16 -nic none -display $$window -monitor none \
			-serial unix:$$d/com1,server=on,wait=off $(DISK_DRIVE) $(QEMU_FLAGS)" \
		-x tools/inspect/gdb/boot.gdb $(GDB_FLAGS) $(B)/boot.elf

test-inspect: $(B)/boot.bin $(B)/boot.img
	@$(need_rust)
	$(CARGO) test --package boot256-inspect

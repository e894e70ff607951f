# Every image is made of boot.img, the raw disk: qemu-img and xorriso convert it, boot256-images
# (tools/images) does what they cannot. The same program gives the same bytes, wherever and whenever
# it is built.

# Each of them appears by a rename, so what is there is whole: make must remove none when a step
# fails or is interrupted. (Of two files of one step, GNU make 4.3 removes the untouched one too.)
.PRECIOUS: $(IMAGE_FILES)

# The date in every image, in seconds since 1970: fixed, so that a build's day does not change its bytes.
STAMP := 1700000000

IMAGES := $(B)/tools/boot256-images
$(IMAGES): $(call sources,tools/images tools/kit)

# Every option below is in this qemu-img (Ubuntu 22.04's); 7.2 (Debian 12's) and 10.0 were tried.
QEMU_IMG_MIN := 6.2
need_qemu_img = $(call need,qemu-img,qemu-utils); $(call new_enough,qemu-img,$(QEMU_IMG_MIN),qemu-utils,\
	qemu-img --version | sed -n 's/^qemu-img version \([0-9.]*\).*/\1/p')

# The first with --set_all_file_dates, by its change log; 1.5.4 (Debian 12) was tried.
XORRISO_MIN := 1.4.6
need_xorriso = $(call need,xorriso,xorriso); $(call new_enough,xorriso,$(XORRISO_MIN),xorriso,\
	xorriso -no_rc -version 2>/dev/null | sed -n 's/^xorriso version *: *\([0-9.]*\).*/\1/p')

# $(call by_images,COMMAND): the target by boot256-images, whose last argument is where to write.
by_images = $(call draft); $(IMAGES) $(1) "$$d/$(@F)"; mv "$$d/$(@F)" $@

$(B)/boot.img: $(B)/boot.bin $(B)/boot.efi $(IMAGES)
	@$(call by_images,disk $< $(B)/boot.efi)

# The rules of those below are in the files of these names in tools/images/src.
$(B)/boot-floppy.img: $(B)/boot.bin $(IMAGES)
	@$(call by_images,floppy $<)
$(B)/boot-stream.vmdk: $(B)/boot.img $(IMAGES)
	@$(call by_images,stream-vmdk $<)
$(B)/boot.ova: $(B)/boot.img $(IMAGES)
	@$(call by_images,ova $<)
$(B)/boot-oci.tar: $(B)/boot.qcow2 $(IMAGES)
	@$(call by_images,oci $<)
$(B)/boot-gce.tar.gz: $(B)/boot.img $(IMAGES)
	@$(call by_images,gce $<)
$(B)/boot256.xml: tools/images/templates/boot256.xml | $(B)
	@$(call place,$<)

# -no_rc: the user's and the machine's xorriso settings stay out.
# -V, -A, -p, -publisher: a name, and nothing that names the tool, its version or its user.
# --norock: no Rock Ridge, whose records carry owner and mode of the files.
# --modification-date, --set_all_file_dates: every date fixed; SOURCE_DATE_EPOCH leaves the files' own.
# -b -no-emul-boot: El Torito without emulation, the BIOS loads the file as it is.
# -boot-load-size 4: in units of 512 bytes; some BIOSes want whole CD sectors of 2048.
# -eltorito-alt-boot -e: the second boot entry, for UEFI: the file system that boot.img has in its second track.
# -G: the first 32 KiB as they are, partition entry and that file system included, so that the file also boots
#     when it is written to a stick. (--isohybrid-mbr and --grub2-mbr patch into them.)
# -no-pad, truncate: not 150 sectors behind the file system but the size of boot.img; as a SCSI or
#     USB disk it needs 504 KiB at least (see tools/images/src/disk.rs).
$(B)/boot.iso: $(B)/boot.img
	@$(need_xorriso)
	@$(draft); mkdir "$$d/root"; \
	head -c 32K $< > "$$d/first.bin"; \
	head -c 2048 $< > "$$d/root/boot.bin"; \
	tail -c 16K "$$d/first.bin" > "$$d/root/efi.img"; \
	date=$$(date -u -d @$(STAMP) +%Y%m%d%H%M%S00); \
	LC_ALL=C xorriso -no_rc -as mkisofs -quiet -V BOOT256 -A '' -p '' -publisher '' --norock \
		--modification-date=$$date --set_all_file_dates $$date \
		-c boot.cat -b boot.bin -no-emul-boot -boot-load-size 4 \
		-eltorito-alt-boot -e efi.img -no-emul-boot -G "$$d/first.bin" -no-pad -o "$$d/boot.iso" "$$d/root" \
		2> "$$d/log" || { sed '/^$$/d; /: RockRidge filesystem manipulator/d' "$$d/log" >&2; exit 1; }; \
	truncate -s $$(stat -c %s $<) "$$d/boot.iso"; \
	mv "$$d/boot.iso" $@

# compat=1.1: version 3, said so that no default decides. VirtualBox makes version 2 of it when it opens
#     the file for writing; made so from the start it would stay, but RHEL 9 and 10 deprecate version 2.
# cluster_size=4096: 32 KiB instead of 384; a cluster is what a table or one byte of data takes.
$(B)/boot.qcow2: $(B)/boot.img
	@$(need_qemu_img)
	@$(draft); qemu-img convert -f raw -O qcow2 -o compat=1.1,cluster_size=4096 $< "$$d/boot.qcow2"; mv "$$d/boot.qcow2" $@

# A text that describes, and the raw disk beside it: ESXi refuses a sparse file behind SCSI ("Unsupported
# or invalid disk type"). The text names the other file, without a path: neither can be renamed.
$(B)/boot.vmdk $(B)/boot-flat.vmdk &: $(B)/boot.img $(IMAGES)
	@$(draft); cp $< "$$d/boot-flat.vmdk"; \
	$(IMAGES) flat-vmdk $< boot-flat.vmdk "$$d/boot.vmdk"; \
	mv "$$d/boot-flat.vmdk" "$$d/boot.vmdk" $(B)/

# 20 MiB: Azure takes no smaller disk, and only whole MiB.
# subformat=fixed: Azure takes no other.
# force_size=on: exactly that size; else it grows to whole cylinders, which are no whole MiB.
$(B)/boot.vhd: $(B)/boot.img $(IMAGES)
	@$(need_qemu_img)
	@$(draft); cp $< "$$d/boot.img"; truncate -s 20M "$$d/boot.img"; \
	qemu-img convert -f raw -O vpc -o subformat=fixed,force_size=on "$$d/boot.img" "$$d/boot.vhd"; \
	$(IMAGES) stamp-vhd $< "$$d/boot.vhd"; mv "$$d/boot.vhd" $@

# static=off: one block of 1 MiB behind the header, which is also all that the Rust reader takes.
$(B)/boot.vdi: $(B)/boot.img $(IMAGES)
	@$(need_qemu_img)
	@$(draft); qemu-img convert -f raw -O vdi -o static=off $< "$$d/boot.vdi"; \
	$(IMAGES) stamp-vdi $< "$$d/boot.vdi"; mv "$$d/boot.vdi" $@

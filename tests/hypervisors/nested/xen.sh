#!/bin/bash
# shellcheck disable=SC2154 # sourced by init, which has $images and $smoke
# Domain 0 of Xen: the lines of docs/guides/xen.md, and tools/smoke/xen.sh.

# What systemd would do.
starts() {
  modprobe -a xen-blkback loop
  /etc/init.d/xen start
  xl info | grep -E '^(release|xen_version|xen_commandline)'
}

gone() { ! xl domid boot256 >/dev/null 2>&1; }

copy=/var/lib/xen/images

# by_hand FIRMWARE DISK BOOT PRESS: the guide's machine with these; the probe is its console.
by_hand() {
  local number line
  from_page xen.md boot256.cfg
  sed -i "s|^bios = .*|bios = \"$1\"|; s|^disk = .*|disk = [ \"$2\" ]\nboot = \"$3\"|" boot256.cfg
  # OVMF needs more than the program.
  [ "$1" != ovmf ] || sed -i 's|^memory = .*|memory = 256|' boot256.cfg
  xl create -p boot256.cfg
  number=$(xl domid boot256)
  line=$(xenstore-read "/local/domain/$number/serial/0/tty")
  "$images/boot256-probe" --serial "$line" --start 'xl unpause boot256' --power-command "$4" || { xl destroy boot256; exit 1; }
  until_true 30 gone
}
# by_hand with a copy of a disk image, which has to stay as it is.
with_disk() {
  local format=${2##*.}
  [ "$format" != img ] || format=raw
  install -D -t "$copy" "$images/$2"
  by_hand "$1" "format=$format, vdev=hda, access=rw, target=$copy/$2" c "$3"
  # OVMF writes to the partition: Xen gives it no other place for its variables.
  [ "$1" = ovmf ] || cmp "$copy/$2" "$images/$2"
}
with_iso() { by_hand "$1" "vdev=hdc, devtype=cdrom, access=ro, target=$images/boot.iso" d "$2"; }

step 'domain 0 is up' starts
step 'boot.img by hand, xl trigger' with_disk seabios boot.img 'xl trigger boot256 power'
step 'boot.qcow2 by hand; xl shutdown is refused, xl shutdown -F' with_disk seabios boot.qcow2 \
  '! xl shutdown boot256 && xl list boot256 && xl shutdown -F boot256'
step 'boot.iso by hand' with_iso seabios 'xl trigger boot256 power'
# Debian builds 13's device model without it.
if grep -qa vpc-create-opts /usr/libexec/xen-qemu-system-i386; then
  step 'boot.vhd by hand' with_disk seabios boot.vhd 'xl trigger boot256 power'
else
  skip 'boot.vhd by hand' 'its device model has no driver for it'
fi
if [ -e "$images/boot.efi" ] && [ -e /usr/share/ovmf/OVMF.fd ]; then
  step 'UEFI: boot.img by hand' with_disk ovmf boot.img 'xl destroy boot256'
  step 'UEFI: boot.iso by hand' with_iso ovmf 'xl destroy boot256'
  skip 'UEFI: xl trigger' "Debian's OVMF is none for Xen (OvmfXen): it has no ACPI tables there, and so no button"
fi
step 'xen.sh boot.img' "$smoke/xen.sh" "$images/boot.img"
step 'xen.sh boot.qcow2' "$smoke/xen.sh" "$images/boot.qcow2"

#!/bin/sh
# Boots an image in QEMU, checks banner, answer and power button: qemu.sh --help.
. "$(dirname -- "$0")/common.sh"
. "$here/qemu-machine.sh"

about='Boots an image in QEMU, checks banner, answer and power button. Needs boot256-probe and QEMU.'
kinds='img iso qcow2 vmdk vhd vdi raw'
option uefi '' '' 'start it by OVMF, not by a BIOS'
begin "$@"

case $image in
    *floppy*.img) drive=format=raw,if=floppy ;;
    *.iso) drive=format=raw,media=cdrom ;;
    *.img | *.raw) drive=format=raw ;;
    # A fixed VHD looks like a raw disk: QEMU must be told.
    *.vhd) drive=format=vpc ;;
    *) drive=format=${image##*.} ;;
esac
[ ! "$uefi" ] || with_ovmf
# snapshot=on: the image stays as it is. A comma in a path is written twice.
check_in_qemu -drive "file=$(printf %s "$image" | sed 's/,/,,/g'),$drive,snapshot=on"

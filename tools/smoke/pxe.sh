#!/bin/sh
# Boots the program over the network in QEMU, whose own DHCP and TFTP serve it: pxe.sh --help.
. "$(dirname -- "$0")/common.sh"
. "$here/qemu-machine.sh"

about="Boots boot.bin by PXE in QEMU, whose own DHCP and TFTP serve it, checks banner, answer and power button.
Needs boot256-probe, QEMU and the network card's boot ROM."
kinds=bin
option card e1000 MODEL 'the network card'
begin "$@"

# A folder of its own: what is in a TFTP server's folder is everybody's.
mkdir "$folder/tftp"
cp "$image" "$folder/tftp/boot.bin"
# -boot n: nothing else is asked. The firmware takes some seconds to get there.
check_in_qemu -netdev "user,id=net,tftp=$folder/tftp,bootfile=boot.bin" -device "$card,netdev=net" -boot n

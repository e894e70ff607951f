#!/usr/bin/env bash
# Boots an image in QEMU, checks banner, answer and power button: qemu.sh --help.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$here/common.sh"
# shellcheck source-path=SCRIPTDIR source=qemu-machine.sh
. "$here/qemu-machine.sh"

about 'Boots an image in QEMU, checks banner, answer and power button. Needs bash and QEMU.'
images img iso qcow2 vmdk vhd vdi raw
begin "$@"

case $image in
    *floppy*.img) drive=format=raw,if=floppy ;;
    *.iso) drive=format=raw,media=cdrom ;;
    *.img | *.raw) drive=format=raw ;;
    # A fixed VHD looks like a raw disk: QEMU must be told.
    *.vhd) drive=format=vpc ;;
    *) drive=format=${image##*.} ;;
esac
# snapshot=on: the image stays as it is. A comma in a path is written twice.
check_in_qemu -drive "file=${image//,/,,},$drive,snapshot=on"

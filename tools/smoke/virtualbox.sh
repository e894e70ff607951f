#!/usr/bin/env bash
# Makes a machine in VirtualBox, checks banner, answer and ACPI button, and removes it: virtualbox.sh --help.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$here/common.sh"

about 'Makes a machine in VirtualBox, checks banner, answer and ACPI button, and removes it.
Needs bash, VBoxManage and socat.'
images vdi vmdk vhd iso
option chipset piix3 CHIPSET 'piix3 or ich9'
begin "$@"
need VBoxManage VirtualBox
need socat 'Debian: socat'

name=${option[name]}

remove_machine() {
    # Fails where the machine is off already.
    launch VBoxManage controlvm "$name" poweroff
    # VirtualBox holds the machine for a moment after its end.
    patience 20 VBoxManage unregistervm "$name" --delete || drop VBoxManage unregistervm "$name" --delete
}

# state: what VirtualBox says of the machine. It may fail for a moment while the machine ends.
state() {
    launch VBoxManage showvminfo "$name" --machinereadable || :
    [[ $said =~ VMState=\"([a-z]+)\" ]] && state=${BASH_REMATCH[1]}
}

# A copy with a UUID of its own: VirtualBox writes to a disk that it attaches, and knows each by its UUID.
disk=$folder/${image##*/}
cp "$image" "$folder/"
type=hdd
case $image in
    *.iso) type=dvddrive ;;
    # A description names the other file, which must lie beside it. One file alone begins with KDMV.
    *.vmdk)
        LC_ALL=C IFS= read -r -N 4 magic <"$image" || :
        [[ $magic == KDMV ]] || cp "${image%.vmdk}-flat.vmdk" "$folder/" 2>/dev/null ||
            fail "$USAGE" "${image%.vmdk}-flat.vmdk is missing"
        ;;
esac
[[ $type == dvddrive ]] || run VBoxManage internalcommands sethduuid "$disk"

# --platform-architecture came with 7.1, which has more than one.
run VBoxManage --version
architecture=()
[[ ! $said =~ (^|$'\n')([0-9]+)\.([0-9]+)\.[0-9] ]] || ((BASH_REMATCH[2] * 100 + BASH_REMATCH[3] < 701)) ||
    architecture=(--platform-architecture=x86)
create remove_machine VBoxManage createvm --name "$name" "${architecture[@]}" --ostype Other --register --basefolder "$folder"
run VBoxManage modifyvm "$name" --memory 16 --acpi on --firmware bios --chipset "${option[chipset]}"
run VBoxManage storagectl "$name" --name ide --add ide
run VBoxManage storageattach "$name" --storagectl ide --port 0 --device 0 --type "$type" --medium "$disk"

# VirtualBox is the client of a socket that is there before the machine: so no byte is lost.
open_line socat - "UNIX-LISTEN:$folder/com1.socket"
listens() { [[ -S $folder/com1.socket ]]; }
code=$OPEN until_true 'socat does not listen' listens
run VBoxManage modifyvm "$name" --uart1 0x3F8 4 --uart-mode1 client "$folder/com1.socket"
run VBoxManage startvm "$name" --type headless

converse

code=$PRESS run VBoxManage controlvm "$name" acpipowerbutton
hear_end
is_off() { state && [[ $state == poweroff || $state == aborted ]]; }
code=$STILL_ON until_true 'the line has ended, but VirtualBox does not say that the machine is off' is_off
[[ $state == poweroff ]] || fail "$OTHER_END" "the machine went off, but not by itself: $state"
off "$state"

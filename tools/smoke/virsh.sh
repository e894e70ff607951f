#!/bin/sh
# Defines a machine in libvirt, checks banner, answer and `virsh shutdown`, and removes it: virsh.sh --help.
. "$(dirname -- "$0")/common.sh"
. "$here/libvirt-machine.sh"

about='Defines a machine in libvirt, checks banner, answer and "virsh shutdown", and removes it.
Needs boot256-probe and virsh.'
kinds='qcow2 img raw'
option type qemu TYPE "the domain's type: qemu runs everywhere, kvm needs /dev/kvm"
option uefi '' '' 'start it by a UEFI firmware, which libvirt finds, and not by a BIOS'
begin "$@"
prepare_libvirt
[ ! "$uefi" ] || memory=64 firmware=" firmware='efi'"

remove_machine() {
    # Fails where the machine is off already.
    launch virsh destroy "$name"
    drop virsh undefine "$name" ${uefi:+--nvram}
}

describe "$name" "$type" "<serial type='pty'><target port='0'/></serial>" >"$folder/machine.xml"
create remove_machine virsh define "$folder/machine.xml"
# Paused: COM1 must be open before the machine says its first byte, which is lost else.
run "$START" virsh start "$name" --paused
run "$OPEN" virsh ttyconsole "$name"
# libvirt notices a moment after the terminal's end. It says why the machine is off.
cat >"$folder/is_off" <<SH
case \$(virsh domstate --reason $name) in
    'shut off (shutdown)'*) ;;
    'shut off'*) virsh domstate --reason $name; exit $OTHER_END ;;
    *) exit 1 ;;
esac
SH
cd "$folder"
talk --serial "$said" --start "exec virsh resume $name" --power-command "exec virsh shutdown $name" --off-command 'exec sh is_off'
off shutdown

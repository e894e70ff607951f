#!/usr/bin/env bash
# Defines a machine in libvirt, checks banner, answer and `virsh shutdown`, and removes it: virsh.sh --help.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$here/common.sh"

about 'Defines a machine in libvirt, checks banner, answer and "virsh shutdown", and removes it. Needs bash and virsh.'
images qcow2
option connect "${LIBVIRT_DEFAULT_URI:-}" URI 'qemu:///system or qemu:///session'
option type qemu TYPE "the domain's type: qemu runs everywhere, kvm needs /dev/kvm"
begin "$@"
need virsh 'Debian: libvirt-clients'

name=${option[name]}
[[ ! ${option[connect]} ]] || export LIBVIRT_DEFAULT_URI=${option[connect]}

remove_machine() {
    # Fails where the machine is off already.
    launch virsh destroy "$name"
    drop virsh undefine "$name"
}

# A copy that libvirt's QEMU may read, whoever it runs as; read-only all the same.
chmod 711 "$folder"
install -m 644 "$image" "$folder/boot.qcow2"
# No graphics: nobody looks.
cat >"$folder/machine.xml" <<XML
<domain type='${option[type]}'>
  <name>$name</name>
  <memory unit='MiB'>16</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type><boot dev='hd'/></os>
  <features><acpi/></features>
  <on_poweroff>destroy</on_poweroff>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/>
      <source file='$folder/boot.qcow2'/>
      <target dev='vda' bus='virtio'/>
      <readonly/>
    </disk>
    <serial type='pty'><target port='0'/></serial>
    <video><model type='vga'/></video>
    <memballoon model='none'/>
  </devices>
</domain>
XML

create remove_machine virsh define "$folder/machine.xml"
# Paused: COM1 must be open before the machine says its first byte, which is lost else.
run virsh start "$name" --paused
code=$OPEN run virsh ttyconsole "$name"
open_terminal "$said"
run virsh resume "$name"

converse

code=$PRESS run virsh shutdown "$name"
hear_end
# libvirt notices a moment after the terminal's end.
is_off() {
    run virsh domstate --reason "$name"
    [[ $said == 'shut off'* ]]
}
code=$STILL_ON until_true 'the line has ended, but libvirt does not say that the machine is off' is_off
[[ $said == 'shut off (shutdown)' ]] || fail "$OTHER_END" "the machine went off, but not by itself: $said"
off shutdown

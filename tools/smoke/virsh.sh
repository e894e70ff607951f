#!/usr/bin/env bash
# Defines a machine in libvirt, checks banner, answer and `virsh shutdown`, and removes the machine.
# Needs bash and virsh.
#
#   tools/smoke/virsh.sh [IMAGE]     IMAGE: boot.qcow2 (the default is build/boot.qcow2), where libvirt's QEMU may read it
#
# In the environment: LIBVIRT_DEFAULT_URI (as virsh takes it), TIMEOUT (seconds a wait may take).
# One line a step on standard output, one line on standard error if something is wrong, and exit code 1.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=talk.sh
. "$here/talk.sh"

image=$(realpath "${1:-$here/../../build/boot.qcow2}")

command -v virsh >/dev/null || fail 'virsh is missing (Debian: libvirt-clients)'
[[ -r $image ]] || fail "$image is missing"
[[ $image == *.qcow2 ]] || fail "$image: not a qcow2 image"

# A name of its own: a machine of that name that is there already is somebody's.
name=boot256-smoke-$$
folder=$(mktemp -d)
defined=
clean_up() {
    if [[ $defined ]]; then
        # The first fails where the machine is off already.
        virsh -q destroy "$name" >/dev/null 2>&1 || :
        virsh -q undefine "$name" >/dev/null || :
    fi
    rm -rf "$folder"
}
trap clean_up EXIT
trap 'exit 1' INT TERM HUP

# run COMMAND...: virsh, its complaint turned into the one line.
run() {
    virsh -q "$@" 2>"$folder/log" || fail "virsh $1: $(tr '\n' ' ' <"$folder/log")"
}

# The disk is read-only: the image stays as it is. No graphics: nobody looks.
cat >"$folder/machine.xml" <<XML
<domain type='qemu'>
  <name>$name</name>
  <memory unit='MiB'>16</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type><boot dev='hd'/></os>
  <features><acpi/></features>
  <on_poweroff>destroy</on_poweroff>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/>
      <source file='$image'/>
      <target dev='vda' bus='virtio'/>
      <readonly/>
    </disk>
    <serial type='pty'><target port='0'/></serial>
    <video><model type='vga'/></video>
    <memballoon model='none'/>
  </devices>
</domain>
XML

run define "$folder/machine.xml" >/dev/null
defined=1
# Paused: COM1 must be open before the machine says its first byte, which is lost else.
run start "$name" --paused >/dev/null
terminal=$(run ttyconsole "$name")
[[ -c $terminal ]] || fail "virsh ttyconsole: $terminal is no terminal"
exec {to}<>"$terminal"
# raw, -echo: nothing is changed and nothing added. min 1: a read waits for a byte.
stty raw -echo min 1 <&"$to"
# By cat, for bash itself would turn CR into LF: it changes the mode of a terminal that it reads.
exec {from}< <(exec cat <&"$to" 2>/dev/null)
run resume "$name" >/dev/null

converse

run shutdown "$name" >/dev/null
hear_end
# libvirt notices a moment after the terminal's end.
until=$((SECONDS + TIMEOUT))
while state=$(run domstate --reason "$name"); [[ $state != 'shut off'* ]]; do
    ((SECONDS < until)) || fail "the line has ended, but libvirt says: $state"
done
[[ $state == 'shut off (shutdown)' ]] || fail "the machine went off, but not by itself: $state"
say "$state"
say 'ok'

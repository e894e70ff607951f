# shellcheck shell=sh
#
# A machine in libvirt, for virsh.sh and storm.sh.

option connect "${LIBVIRT_DEFAULT_URI:-}" URI 'libvirt: qemu:///system or qemu:///session'
# Whoever QEMU runs as.
shared=1

# What a BIOS needs, in MiB, and which firmware: libvirt's default.
memory=16 firmware=''

# prepare_libvirt: the tool, and a copy of the image that libvirt's QEMU may read; read-only all the same.
prepare_libvirt() {
    need virsh 'Debian: libvirt-clients'
    [ ! "$connect" ] || export LIBVIRT_DEFAULT_URI="$connect"
    cp "$image" "$folder/disk"
    chmod 644 "$folder/disk"
}

# describe NAME TYPE SERIAL >FILE: the machine. No graphics: nobody looks.
describe() {
    cat <<XML
<domain type='$2'>
  <name>$1</name>
  <memory unit='MiB'>$memory</memory>
  <os$firmware><type arch='x86_64' machine='pc'>hvm</type><boot dev='hd'/></os>
  <features><acpi/></features>
  <on_poweroff>destroy</on_poweroff>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='$format'/>
      <source file='$folder/disk'/>
      <target dev='vda' bus='virtio'/>
      <readonly/>
      <shareable/>
    </disk>
    $3
    <video><model type='vga'/></video>
    <memballoon model='none'/>
  </devices>
</domain>
XML
}

# shellcheck shell=bash disable=SC2154 # sourced by init, which has $images and $smoke
# Domain 0 of Xen: the lines of docs/guides/xen.md, and tools/smoke/xen.sh.

# What systemd would do.
starts() {
  modprobe -a xen-blkback loop
  /etc/init.d/xen start
  xl info | grep -E '^(release|xen_version|xen_commandline)'
}

gone() { ! xl domid boot256 >/dev/null 2>&1; }

# by_hand DISK PRESS... : the guide's file, with another disk; its lines, the console's end read by the probe.
by_hand() {
  local disk=$1 number line
  shift
  cat >boot256.cfg <<CFG
name = "boot256"
type = "hvm"
memory = 32
bios = "seabios"
disk = [ "$disk" ]
boot = "cd"
serial = "pty"
vnc = 1
on_poweroff = "destroy"
CFG
  xl create -p boot256.cfg
  number=$(xl domid boot256)
  line=$(xenstore-read "/local/domain/$number/serial/0/tty")
  "$images/boot256-probe" --serial "$line" --start 'xl unpause boot256' --power-command "$*" || { xl destroy boot256; exit 1; }
  until_true 30 gone
}
copy=/var/lib/xen/images

by_the_guide() {
  install -D -t "$copy" "$images/boot.img"
  by_hand "format=raw, vdev=hda, access=rw, target=$copy/boot.img" xl trigger boot256 power
  cmp "$copy/boot.img" "$images/boot.img"
}
falls_back() {
  by_hand "format=raw, vdev=hda, access=rw, target=$copy/boot.img" \
    '! xl shutdown boot256 && xl list boot256 && xl shutdown -F boot256'
}
iso() { by_hand "format=raw, vdev=hdc, devtype=cdrom, access=ro, target=$images/boot.iso" xl trigger boot256 power; }
vhd() {
  install -D -t "$copy" "$images/boot.vhd"
  by_hand "format=vhd, vdev=hda, access=rw, target=$copy/boot.vhd" xl trigger boot256 power
}

step 'domain 0 is up' starts
step 'boot.img by hand, xl trigger' by_the_guide
step 'boot.img by hand, xl shutdown is refused, xl shutdown -F' falls_back
step 'boot.iso by hand' iso
# Debian builds the device model of 13 without it.
if grep -qa vpc-create-opts /usr/libexec/xen-qemu-system-i386; then
  step 'boot.vhd by hand' vhd
else
  skip 'boot.vhd by hand' 'its device model has no driver for it'
fi
step 'xen.sh boot.img' "$smoke/xen.sh" "$images/boot.img"
step 'xen.sh boot.qcow2' "$smoke/xen.sh" "$images/boot.qcow2"

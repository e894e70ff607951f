#!/bin/bash
# shellcheck disable=SC2154,SC2164 # sourced by init, which has $images and $smoke
# KVM with the processor's help: QEMU by itself, and the lines of docs/guides/libvirt.md with its scripts.

starts() {
  modprobe kvm_amd
  udevadm settle
  dmesg | grep -i 'kvm\|nested paging'
  uname -r
  qemu-system-x86_64 --version | head -n 1
  [ -c /dev/kvm ]
}

# talk PRESS: with the machine boot256, which is paused.
talk() {
  "$images/boot256-probe" --serial "$(virsh ttyconsole boot256)" --start 'virsh resume boot256' --power-command 'virsh shutdown boot256'
  until_true 30 is_off
  virsh undefine boot256
}
is_off() { [ "$(virsh domstate --reason boot256 | head -n 1)" = 'shut off (shutdown)' ]; }

# by_the_guide TYPE
by_the_guide() {
  cp "$images/boot.qcow2" /var/lib/libvirt/images/
  sed "s/<domain type='qemu'>/<domain type='$1'>/" "$images/boot256.xml" >boot256.xml
  grep "<domain type='$1'>" boot256.xml
  virsh define boot256.xml
  virsh start boot256 --paused
  talk
  cmp /var/lib/libvirt/images/boot.qcow2 "$images/boot.qcow2"
}

# virt_install OPTION...: the guide's line, and these.
virt_install() {
  cd /var/lib/libvirt/images
  virt-install --name boot256 --memory 16 --import --disk path=boot.qcow2,bus=virtio \
    --osinfo detect=off,require=off --network none --graphics vnc --noautoconsole "$@"
  virsh dumpxml boot256 | grep "<domain type='kvm'"
  until_true 60 "$images/boot256-probe" --serial "$(virsh ttyconsole boot256)" --no-banner --timeout 10
  virsh shutdown boot256
  until_true 30 is_off
  virsh undefine boot256 --nvram
}

step '/dev/kvm is there' starts
for board in pc q35; do
  step "qemu.sh, $board" env QEMU_FLAGS="-machine $board -accel kvm" "$smoke/qemu.sh" "$images/boot.img"
done
step 'qemu:///system answers' libvirt_starts
step 'boot256.xml, type qemu' by_the_guide qemu
step 'boot256.xml, type kvm' by_the_guide kvm
step 'virt-install' virt_install
if [ -e "$images/boot.efi" ]; then
  step 'UEFI: qemu.sh' env QEMU_FLAGS="-machine q35 -accel kvm" "$smoke/qemu.sh" --uefi "$images/boot.img"
  step 'UEFI: virsh.sh' "$smoke/virsh.sh" --uefi --connect qemu:///system --type kvm "$images/boot.qcow2"
  step 'UEFI: virt-install' virt_install --memory 128 \
    --boot uefi=on,firmware.feature0.name=secure-boot,firmware.feature0.enabled=no
fi
step 'virsh.sh --type kvm' "$smoke/virsh.sh" --connect qemu:///system --type kvm "$images/boot.qcow2"
step 'storm.sh 3 --by libvirt' "$smoke/storm.sh" 3 --by libvirt --connect qemu:///system --idle 2 "$images/boot.qcow2"

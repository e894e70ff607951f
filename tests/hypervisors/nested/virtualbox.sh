#!/bin/bash
# shellcheck disable=SC2154 # sourced by init, which has $images and $smoke
# VirtualBox with its kernel module, on the processor's own help: tools/smoke/virtualbox.sh.

starts() {
  # It wants the processor's help for itself.
  modprobe -r kvm_amd
  modprobe -a vboxdrv vboxnetadp vboxnetflt
  uname -r
  modinfo -F version vboxdrv
  [ -c /dev/vboxdrv ]
  VBoxManage --version
  VBoxManage list hostinfo | grep "HW virtualization: yes"
}

step 'vboxdrv is there' starts
for image in boot.vdi boot.vmdk boot.iso; do step "virtualbox.sh $image" "$smoke/virtualbox.sh" "$images/$image"; done
step 'virtualbox.sh --chipset ich9' "$smoke/virtualbox.sh" --chipset ich9 "$images/boot.vdi"

#!/bin/bash
# shellcheck disable=SC2154 # sourced by init, which has $images and $smoke
# Incus: the lines of docs/guides/incus.md, and tools/smoke/incus.sh.

starts() {
  modprobe -a kvm_amd vhost_vsock overlay
  udevadm settle
  /etc/init.d/lxcfs start
  timeout 120 /etc/init.d/incus start || { cat /var/log/incus/incus.log; exit 1; }
  incus version
  # No network: the machine needs none.
  incus storage create default dir
  incus profile device add default root disk path=/ pool=default
}

import() {
  printf 'architecture: x86_64\ncreation_date: 1700000000\n' >metadata.yaml
  tar -cf metadata.tar metadata.yaml
  incus image import metadata.tar "$images/boot.qcow2" --alias boot256
}

has_banner() { incus console boot256 --show-log | grep -qa ClientAPI; }

# by_the_guide OPTION...: of `incus create`. socat makes the terminal that incus wants.
by_the_guide() {
  incus create boot256 boot256 --vm "$@" </dev/null
  incus start boot256
  until_true 120 has_banner
  socat UNIX-LISTEN:com1 'EXEC:incus console boot256,pty,rawer' &
  until_true 10 [ -S com1 ]
  "$images/boot256-probe" --serial unix:com1 --no-banner --power-command 'incus stop boot256 --timeout 60'
  [ "$(incus list boot256 --format csv --columns s)" = STOPPED ]
  incus delete boot256
}

step 'incusd starts' starts
step 'image import' import
step 'security.csm=true by hand' by_the_guide --config security.csm=true --config security.secureboot=false
if [ -e "$images/boot.efi" ]; then step 'UEFI: by hand' by_the_guide --config security.secureboot=false; fi
step 'incus.sh boot.qcow2' "$smoke/incus.sh" "$images/boot.qcow2"

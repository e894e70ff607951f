#!/usr/bin/env bash
# Uploads an image to a cluster with KubeVirt, checks banner, answer and power button, and deletes all of
# it: kubevirt.sh --help.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$here/common.sh"

about 'Runs an image in KubeVirt, checks banner, answer and power button, and deletes all of it.
Needs bash, kubectl and virtctl; and CDI in the cluster, unless --container-disk names an image in a registry.'
images qcow2 img raw
option namespace default NAME 'where in the cluster'
option container-disk '' REFERENCE 'take this container disk, upload nothing'
option uploadproxy '' URL "CDI's upload proxy, where virtctl does not find it"
begin "$@"
need kubectl 'Debian: kubernetes-client'
need virtctl 'of the cluster: KubeVirt'

name=${option[name]}
space=(--namespace "${option[namespace]}")

remove_disk() { drop kubectl delete "${space[@]}" datavolume "$name"; }
# grace-period 0: what is still there at the end is to go at once.
remove_machine() { drop kubectl delete "${space[@]}" vmi "$name" --ignore-not-found --grace-period 0; }

if [[ ${option[container-disk]} ]]; then
    volume="containerDisk: { image: \"${option[container-disk]}\" }"
else
    # insecure: the proxy's certificate is the cluster's own.
    create remove_disk virtctl image-upload "${space[@]}" dv "$name" --size=16Mi --image-path="$image" --insecure \
        --force-bind ${option[uploadproxy]:+--uploadproxy-url="${option[uploadproxy]}"}
    volume="dataVolume: { name: $name }"
fi

# Paused: the line is open before the first byte. The grace period is twice of what is waited for, so that a
# power cut at its end is not taken for the button's work.
cat >"$folder/machine.yaml" <<YAML
apiVersion: kubevirt.io/v1
kind: VirtualMachineInstance
metadata:
  name: $name
spec:
  startStrategy: Paused
  terminationGracePeriodSeconds: $longer
  domain:
    firmware:
      bootloader:
        bios: {}
    memory:
      guest: 64Mi
    devices:
      autoattachMemBalloon: false
      disks:
        - name: boot
          disk:
            bus: virtio
  volumes:
    - name: boot
      $volume
YAML
create remove_machine kubectl create "${space[@]}" --filename "$folder/machine.yaml"
run kubectl wait "${space[@]}" vmi "$name" --for=condition=Paused --timeout="${shorter}s"
open_line virtctl console "${space[@]}" "$name"
code=$OPEN until_true 'virtctl console does not connect' has_said 'Successfully connected'
run virtctl unpause "${space[@]}" vmi "$name"

converse

# KubeVirt presses the button of a machine that is to be deleted.
code=$STILL_ON run kubectl delete "${space[@]}" vmi "$name" --timeout="${shorter}s"
off deleted

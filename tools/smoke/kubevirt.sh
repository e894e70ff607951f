#!/bin/sh
# Uploads an image to a cluster with KubeVirt, checks banner, answer and power button, and deletes all of
# it: kubevirt.sh --help.
. "$(dirname -- "$0")/common.sh"

about='Runs an image in KubeVirt, checks banner, answer and power button, and deletes all of it.
Needs boot256-probe, kubectl and virtctl; and CDI in the cluster, unless --container-disk names an image in a registry.'
kinds='qcow2 img raw'
option namespace default NAME 'where in the cluster'
option container-disk '' REFERENCE 'take this container disk, upload nothing'
option uploadproxy '' URL "CDI's upload proxy, where virtctl does not find it"
begin "$@"
need kubectl 'Debian: kubernetes-client'
need virtctl 'of the cluster: KubeVirt'
case $namespace in '' | *[!a-z0-9-]*) fail "$USAGE" "--namespace: not a name: $namespace" ;; esac

remove_disk() { drop kubectl delete --namespace "$namespace" datavolume "$name"; }
# grace-period 0: what is still there at the end is to go at once.
remove_machine() { drop kubectl delete --namespace "$namespace" vmi "$name" --ignore-not-found --grace-period 0; }

if [ "$container_disk" ]; then
    volume="containerDisk: { image: \"$container_disk\" }"
else
    # insecure: the proxy's certificate is the cluster's own.
    create remove_disk virtctl image-upload --namespace "$namespace" dv "$name" --size=16Mi --image-path="$image" \
        --insecure --force-bind ${uploadproxy:+--uploadproxy-url="$uploadproxy"}
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
create remove_machine kubectl create --namespace "$namespace" --filename "$folder/machine.yaml"
run "$START" kubectl wait --namespace "$namespace" vmi "$name" --for=condition=Paused --timeout="${shorter}s"
# KubeVirt presses the button of a machine that is to be deleted.
press_code=$STILL_ON
talk --serial "exec:exec virtctl console --namespace $namespace $name" --ready 'Successfully connected' \
    --start "exec virtctl unpause --namespace $namespace vmi $name" \
    --power-command "exec kubectl delete --namespace $namespace vmi $name --timeout=${shorter}s"
off deleted

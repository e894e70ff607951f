#!/bin/bash
# shellcheck disable=SC2154 # sourced by init, which has $images
# boot-oci.tar in what takes container images: each has to give boot.qcow2 back.

archive=$images/boot-oci.tar
same() { cmp "$1" "$images/boot.qcow2"; }

docker_starts() {
  modprobe overlay
  dockerd --bridge=none --iptables=false --ip6tables=false >dockerd.log 2>&1 &
  until_true 90 docker info || { cat dockerd.log; exit 1; }
  docker version
}
docker_load() {
  local name container
  docker load -i "$archive"
  docker image ls
  name=$(docker image ls --format '{{.Repository}}:{{.Tag}}')
  container=$(docker create "$name" none)
  docker cp "$container:/disk/boot.qcow2" docker.qcow2
  same docker.qcow2
}
# Where Kubernetes' images are.
containerd_import() {
  containerd >containerd.log 2>&1 &
  until_true 60 ctr version
  ctr -n k8s.io images import "$archive"
  ctr -n k8s.io images ls
  # The name by which the kubelet asks for boot256:VERSION.
  ctr -n k8s.io images ls -q | grep "^docker.io/library/boot256:"
  mkdir ctr
  ctr -n k8s.io images mount "$(ctr -n k8s.io images ls -q | head -n 1)" ctr
  same ctr/disk/boot.qcow2
}
podman_load() {
  podman load -i "$archive"
  podman image ls
  same "$(podman image mount "$(podman image ls -q)")/disk/boot.qcow2"
}
buildah_from() {
  local container
  container=$(buildah from "oci-archive:$archive")
  same "$(buildah mount "$container")/disk/boot.qcow2"
}
skopeo_copy() {
  skopeo copy "oci-archive:$archive" dir:skopeo
  skopeo inspect "oci-archive:$archive"
}

step 'docker: the daemon starts' docker_starts
step 'docker load' docker_load
step 'ctr images import' containerd_import
skip 'crictl' 'Debian 13 has no package of it'
step 'podman load' podman_load
step 'buildah from' buildah_from
step 'skopeo copy' skopeo_copy

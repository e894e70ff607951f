#!/usr/bin/env bash
# On a node of Proxmox VE: imports an image, checks banner, answer and `qm shutdown`, and destroys the
# machine: proxmox.sh --help.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$here/common.sh"

about 'On a node of Proxmox VE: imports an image, checks banner, answer and "qm shutdown", and destroys the machine.
Needs bash, qm, pvesh and socat, which a node has; and to be root.'
images qcow2 vmdk img raw
option storage local-lvm NAME 'where the disk goes'
option vmid '' NUMBER "the machine's number (the next free one)"
begin "$@"
need qm 'this runs on a node of Proxmox VE'
need pvesh 'this runs on a node of Proxmox VE'
need socat 'Debian: socat'

vmid=${option[vmid]}
if [[ ! $vmid ]]; then
    run pvesh get /cluster/nextid
    vmid=$said
fi
[[ $vmid =~ ^[1-9][0-9]{2,8}$ ]] || fail "$USAGE" "--vmid: not the number of a machine: $vmid"

remove_machine() {
    # A machine that is off stays off.
    launch qm stop "$vmid"
    drop qm destroy "$vmid" --purge 1
}

# serial0: without it the machine has no serial port at all.
create remove_machine qm create "$vmid" --name "${option[name]}" --memory 64 --serial0 socket --scsihw virtio-scsi-single
run qm disk import "$vmid" "$image" "${option[storage]}" --target-disk scsi0
# freeze: the machine waits for `qm resume`, so that the line is open before the first byte.
run qm set "$vmid" --boot order=scsi0 --freeze 1
run qm start "$vmid"
# What `qm terminal` does, without its terminal. Twice -d: it says when it is connected.
open_line socat -d -d - "UNIX-CONNECT:/var/run/qemu-server/$vmid.serial0"
code=$OPEN until_true 'socat does not connect' has_said 'starting data transfer loop'
code=$START run qm resume "$vmid"

converse

# Without --forceStop it waits for the machine and does nothing else.
code=$STILL_ON run qm shutdown "$vmid" --timeout "$shorter"
hear_end
run qm status "$vmid"
[[ $said == 'status: stopped' ]] || fail "$STILL_ON" "the line has ended, but Proxmox says: $said"
off stopped

#!/bin/sh
# On a node of Proxmox VE: imports an image, checks banner, answer and `qm shutdown`, and destroys the
# machine: proxmox.sh --help.
. "$(dirname -- "$0")/common.sh"

about='On a node of Proxmox VE: imports an image, checks banner, answer and "qm shutdown", and destroys the machine.
Needs boot256-probe, qm and pvesh; and to be root.'
kinds='qcow2 vmdk img raw'
option storage local-lvm NAME 'where the disk goes'
option vmid '' NUMBER "the machine's number (the next free one)"
option sockets /var/run/qemu-server FOLDER "where the node's machines have their sockets"
begin "$@"
need qm 'this runs on a node of Proxmox VE'
need pvesh 'this runs on a node of Proxmox VE'

if [ ! "$vmid" ]; then
    run "$START" pvesh get /cluster/nextid
    vmid=$said
fi
is_number "$vmid" 9 && [ "$vmid" -ge 100 ] || fail "$USAGE" "--vmid: not the number of a machine: $vmid"

remove_machine() {
    # A machine that is off stays off.
    launch qm stop "$vmid"
    drop qm destroy "$vmid" --purge 1
}

# serial0: without it the machine has no serial port at all.
create remove_machine qm create "$vmid" --name "$name" --memory 64 --serial0 socket --scsihw virtio-scsi-single
run "$START" qm disk import "$vmid" "$image" "$storage" --target-disk scsi0
# freeze: the machine waits for `qm resume`, so that the line is open before the first byte.
run "$START" qm set "$vmid" --boot order=scsi0 --freeze 1
run "$START" qm start "$vmid"
# The socket is what `qm terminal` opens. Without --forceStop, `qm shutdown` waits for the machine and does nothing else.
press_code=$STILL_ON
talk --serial "$sockets/$vmid.serial0" --start "exec qm resume $vmid" \
    --power-command "exec qm shutdown $vmid --timeout $shorter"
run "$START" qm status "$vmid"
[ "$said" = 'status: stopped' ] || fail "$STILL_ON" "the line has ended, but Proxmox says: $said"
off stopped

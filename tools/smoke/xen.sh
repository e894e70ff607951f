#!/bin/sh
# In domain 0 of Xen: makes an HVM guest, checks banner, answer and `xl trigger ... power`: xen.sh --help.
. "$(dirname -- "$0")/common.sh"

about='In domain 0 of Xen: makes an HVM guest, checks banner, answer and the power button, and destroys it.
Needs boot256-probe, xl and xenstore-read; and to be root.'
kinds='img qcow2 raw'
begin "$@"
need xl 'Debian: xen-utils-common'
need xenstore-read 'Debian: xenstore-utils'

remove_machine() {
    # Where the button has done it, there is no such domain any more.
    launch xl destroy "$name" || case $complaint in
        *'invalid domain identifier'*) ;;
        *) leave_behind "xl destroy: $complaint" ;;
    esac
}

# A copy: libxl gives no read-only IDE disk to a guest.
cp "$image" "$folder/disk"
# preserve: a domain that ends in another way than by S5 stays to be seen.
cat >"$folder/machine.cfg" <<CFG
name = "$name"
type = "hvm"
memory = 32
bios = "seabios"
disk = [ "format=$format, vdev=hda, access=rw, target=$folder/disk" ]
serial = "pty"
vnc = 0
on_poweroff = "destroy"
on_reboot = "preserve"
on_crash = "preserve"
on_watchdog = "preserve"
CFG

# -p: paused, so that the line is open before the first byte.
create remove_machine xl create -p "$folder/machine.cfg"
run "$START" xl domid "$name"
domid=$said
run "$OPEN" xenstore-read "/local/domain/$domid/serial/0/tty"
# Only what says so is gone: xl may fail for other reasons.
talk --serial "$said" --start "exec xl unpause $domid" --power-command "exec xl trigger $domid power" \
    --off-command "xl domid $name 2>&1 | grep 'does not exist'"
off destroyed

#!/usr/bin/env bash
# In domain 0 of Xen: makes an HVM guest, checks banner, answer and `xl trigger ... power`: xen.sh --help.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$here/common.sh"

about 'In domain 0 of Xen: makes an HVM guest, checks banner, answer and the power button, and destroys it.
Needs bash, xl and xenstore-read; and to be root.'
images img qcow2 raw
begin "$@"
need xl 'Debian: xen-utils-common'
need xenstore-read 'Debian: xenstore-utils'

name=${option[name]}

remove_machine() {
    # Where the button has done it, there is no such domain any more.
    launch xl destroy "$name" || [[ $complaint == *'invalid domain identifier'* ]] ||
        left+=("xl destroy: $complaint")
}

# Only what says so is gone: xl may fail for other reasons.
is_there() { launch xl domid "$name" || [[ $complaint != *'does not exist'* ]]; }

# A copy: libxl gives no read-only IDE disk to a guest.
case $image in
    *.qcow2) format=qcow2 ;;
    *) format=raw ;;
esac
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
run xl domid "$name"
domid=$said
code=$OPEN run xenstore-read "/local/domain/$domid/serial/0/tty"
open_terminal "$said"
run xl unpause "$domid"

converse

code=$PRESS run xl trigger "$domid" power
hear_end
is_gone() { ! is_there; }
code=$OTHER_END until_true 'the line has ended, but Xen still has the machine: it went off, but not by itself' is_gone
off destroyed

#!/bin/sh
# Imports an image into Incus, checks banner, answer and `incus stop`, and deletes all of it: incus.sh --help.
. "$(dirname -- "$0")/common.sh"

about='Imports an image into Incus, checks banner, answer and "incus stop", and deletes machine and image.
Needs boot256-probe, incus, tar and socat, and a server whose firmware has a CSM.'
kinds=qcow2
option profile default NAME 'the profile, which has a root disk'
begin "$@"
need incus 'Debian: incus'
need socat 'Debian: socat'
need tar 'Debian: tar'

remove_image() { drop incus image delete "$name"; }
remove_machine() { drop incus delete "$name" --force; }

cat >"$folder/metadata.yaml" <<YAML
architecture: x86_64
creation_date: 1700000000
YAML
tar -C "$folder" -cf "$folder/metadata.tar" metadata.yaml
create remove_image incus image import "$folder/metadata.tar" "$image" --alias "$name"
# security.csm: the program needs a BIOS. It goes without secure boot only.
create remove_machine incus create "$name" "$name" --vm --profile "$profile" \
    --config security.csm=true --config security.secureboot=false
run "$START" incus start "$name"

# The console's first megabyte is kept for who comes late.
hear_log incus console "$name" --show-log
# incus insists on a terminal, which socat makes. `incus stop` presses the button, for there is no agent; it waits for
# the machine's end, and does not cut the power when the time is over.
press_code=$STILL_ON
talk --serial "exec:exec socat - 'EXEC:incus console $name,pty,rawer'" --no-banner \
    --power-command "exec incus stop $name --timeout $shorter"
run "$START" incus list "$name" --format csv --columns ns
[ "$said" = "$name,STOPPED" ] || fail "$STILL_ON" "the line has ended, but Incus says: $said"
off STOPPED

#!/usr/bin/env bash
# Imports an image into Incus, checks banner, answer and `incus stop`, and deletes all of it: incus.sh --help.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$here/common.sh"

about 'Imports an image into Incus, checks banner, answer and "incus stop", and deletes machine and image.
Needs bash, incus, tar and socat, and a server whose firmware has a CSM.'
images qcow2
option profile default NAME 'the profile, which has a root disk'
begin "$@"
need incus 'Debian: incus'
need socat 'Debian: socat'

name=${option[name]}

remove_image() { drop incus image delete "$name"; }
remove_machine() { drop incus delete "$name" --force; }

cat >"$folder/metadata.yaml" <<YAML
architecture: x86_64
creation_date: 1700000000
YAML
tar -C "$folder" -cf "$folder/metadata.tar" metadata.yaml
create remove_image incus image import "$folder/metadata.tar" "$image" --alias "$name"
# security.csm: the program needs a BIOS. It goes without secure boot only.
create remove_machine incus create "$name" "$name" --vm --profile "${option[profile]}" \
    --config security.csm=true --config security.secureboot=false
run incus start "$name"

# The console's first megabyte is kept for who comes late.
has_said_banner() {
    code=$OPEN run incus console "$name" --show-log
    seen=$said
    [[ $said == *ClientAPI*'$ '* ]]
}
code=$NO_BANNER until_true "the banner does not come in $timeout s" has_said_banner
say ClientAPI
# incus insists on a terminal, which socat makes.
open_line socat - "EXEC:incus console $name,pty,rawer"
ask_for_prompt
type_line

# It presses the button, for there is no agent, and does not cut the power when the time is over.
code=$STILL_ON run incus stop "$name" --timeout "$shorter"
hear_end
run incus list "$name" --format csv --columns ns
[[ $said == "$name,STOPPED" ]] || fail "$STILL_ON" "the line has ended, but Incus says: $said"
off STOPPED

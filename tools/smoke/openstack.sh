#!/usr/bin/env bash
# Uploads an image to OpenStack, checks banner, answer and `openstack server stop`, and deletes all of
# it: openstack.sh --help.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$here/common.sh"

about 'Uploads an image to OpenStack, checks banner, answer and "openstack server stop", and deletes machine and image.
Needs bash, openstack, websocat, and a cloud with serial consoles; the cloud is the one of OS_CLOUD.'
images qcow2 vmdk vhd vdi iso img raw
option flavor m1.tiny NAME 'the size of the machine'
begin "$@"
need openstack 'Debian: python3-openstackclient'
need websocat 'crates.io: websocat'
# The first in which a server may do without a network.
export OS_COMPUTE_API_VERSION=${OS_COMPUTE_API_VERSION:-2.37}

name=${option[name]}
case $image in
    *.img) format=raw ;;
    *) format=${image##*.} ;;
esac

remove_image() { drop openstack image delete "$name"; }
remove_machine() { drop openstack server delete "$name" --wait; }

# os_shutdown_timeout: Nova cuts the power after it. Twice of what is waited for, so that this script does
# not take the one for the other.
create remove_image openstack image create "$name" --disk-format "$format" --container-format bare --file "$image" \
    --property hw_firmware_type=bios --property "os_shutdown_timeout=$longer"
create remove_machine openstack server create "$name" --image "$name" \
    --flavor "${option[flavor]}" --no-network --wait

has_said_banner() {
    code=$OPEN run openstack console log show "$name"
    seen=$said
    [[ $said == *ClientAPI*'$'* ]]
}
code=$NO_BANNER until_true "the banner does not come in $timeout s" has_said_banner
say ClientAPI
code=$OPEN run openstack console url show "$name" --serial -f value -c url
[[ $said == ws://* || $said == wss://* ]] || fail "$OPEN" "openstack console url show: no web socket: $said"
open_line websocat --binary --protocol binary "$said"
ask_for_prompt
type_line

code=$PRESS run openstack server stop "$name"
is_off() {
    run openstack server show "$name" -f value -c status
    [[ $said != ACTIVE ]]
}
code=$STILL_ON until_true "the power button is pressed, but the machine is not off after $timeout s" is_off
[[ $said == SHUTOFF ]] || fail "$OTHER_END" "the machine went off, but not by itself: $said"
off "$said"

#!/bin/sh
# Uploads an image to OpenStack, checks banner, answer and `openstack server stop`, and deletes all of
# it: openstack.sh --help.
. "$(dirname -- "$0")/common.sh"

about='Uploads an image to OpenStack, checks banner, answer and "openstack server stop", and deletes machine and image.
Needs boot256-probe, openstack, websocat, and a cloud with serial consoles; the cloud is the one of OS_CLOUD.'
kinds='qcow2 vmdk vhd vdi iso img raw'
option flavor m1.tiny NAME 'the size of the machine'
begin "$@"
need openstack 'Debian: python3-openstackclient'
need websocat 'crates.io: websocat'
# The first in which a server may do without a network.
export OS_COMPUTE_API_VERSION="${OS_COMPUTE_API_VERSION:-2.37}"

remove_image() { drop openstack image delete "$name"; }
remove_machine() { drop openstack server delete "$name" --wait; }

# os_shutdown_timeout: Nova cuts the power after it. Twice of what is waited for, so that this script does
# not take the one for the other.
create remove_image openstack image create "$name" --disk-format "$format" --container-format bare --file "$image" \
    --property hw_firmware_type=bios --property "os_shutdown_timeout=$longer"
create remove_machine openstack server create "$name" --image "$name" \
    --flavor "$flavor" --no-network --wait

hear_log openstack console log show "$name"
run "$OPEN" openstack console url show "$name" --serial -f value -c url
case $said in ws://* | wss://*) ;; *) fail "$OPEN" "openstack console url show: no web socket: $said" ;; esac
quote "$said"
cat >"$folder/is_off" <<SH
state=\$(openstack server show $name -f value -c status) || exit 1
case \$state in
    SHUTOFF) ;;
    ACTIVE) exit 1 ;;
    *) echo "\$state"; exit $OTHER_END ;;
esac
SH
cd "$folder"
talk --serial "exec:exec websocat --binary --protocol binary$quoted" --no-banner \
    --power-command "exec openstack server stop $name" --off-command 'exec sh is_off'
off SHUTOFF

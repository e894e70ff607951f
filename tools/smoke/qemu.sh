#!/usr/bin/env bash
# Boots an image in QEMU, checks banner, answer and power button. Needs bash and QEMU, nothing else.
#
#   tools/smoke/qemu.sh [IMAGE]      IMAGE: boot.img (the default is build/boot.img), .iso, .qcow2, .vmdk, .vhd, .vdi
#
# In the environment: QEMU (the program), QEMU_FLAGS (options more), TIMEOUT (seconds a wait may take).
# One line a step on standard output, one line on standard error if something is wrong, and exit code 1.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=talk.sh
. "$here/talk.sh"

image=${1:-$here/../../build/boot.img}
qemu=${QEMU:-qemu-system-x86_64}
read -ra flags <<<"${QEMU_FLAGS:-}"

command -v "$qemu" >/dev/null || fail "$qemu is missing (Debian: qemu-system-x86)"
[[ -r $image ]] || fail "$image is missing"
case $image in
    *.iso) format=raw media=cdrom ;;
    *.img | *.raw) format=raw media=disk ;;
    *.vhd) format=vpc media=disk ;;
    *.qcow2 | *.vmdk | *.vdi) format=${image##*.} media=disk ;;
    *) fail "$image: not an image that this script knows" ;;
esac

folder=$(mktemp -d)
machine=
clean_up() {
    # Where the machine is off, there is nothing to kill.
    [[ -z $machine ]] || kill "$machine" 2>/dev/null || :
    rm -rf "$folder"
}
trap clean_up EXIT
trap 'exit 1' INT TERM HUP

# What QEMU complains of.
why() {
    [[ ! -s $folder/log ]] || printf ': %s' "$(tr '\n' ' ' <"$folder/log")"
}

# COM1 is QEMU's standard input and output; the monitor speaks over two named pipes. Bash opens
# these for both directions, so that it waits for nobody.
mkfifo "$folder/com1" "$folder/qmp.in" "$folder/qmp.out"
exec {to}<>"$folder/com1" {qmp_to}<>"$folder/qmp.in" {qmp_from}<>"$folder/qmp.out"
exec {from}< <(
    # snapshot=on: the image stays as it is.
    exec "$qemu" -m 16 -nodefaults -vga std -display none -no-reboot \
        -drive "file=$image,format=$format,media=$media,snapshot=on" \
        -serial stdio -qmp "pipe:$folder/qmp" "${flags[@]}" <"$folder/com1" 2>"$folder/log"
)
machine=$!

converse

printf '%s\n' '{"execute": "qmp_capabilities"}' '{"execute": "system_powerdown"}' >&"$qmp_to"
while :; do
    IFS= read -r -t "$TIMEOUT" -u "$qmp_from" message ||
        fail "the power button is pressed, but the machine is not off after $TIMEOUT s"
    case $message in
        *'"error"'*) fail "QEMU: $message" ;;
        *'"SHUTDOWN"'*'"guest-shutdown"'*) break ;;
        *'"SHUTDOWN"'*) fail "the machine went off, but not by itself: $message" ;;
    esac
done
hear_end
machine=
say 'off (guest-shutdown)'
say 'ok'

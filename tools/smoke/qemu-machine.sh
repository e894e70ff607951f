# shellcheck shell=sh
#
# A machine in QEMU, for qemu.sh and pxe.sh: the probe starts it, COM1 is its standard input and output.

option qemu "${QEMU:-qemu-system-x86_64}" PROGRAM 'the QEMU'
option flags "${QEMU_FLAGS:-}" OPTIONS "more of QEMU's options"

# check_in_qemu OPTION...: the whole check. $image stays as it is, if OPTION says so.
check_in_qemu() {
    need "$qemu" 'Debian: qemu-system-x86'
    # QEMU makes a file for what is written, and leaves it if it is ended too soon.
    export TMPDIR="$folder"
    quote "$qemu" -m 16 -nodefaults -vga std -display none -no-reboot "$@" \
        -serial stdio -qmp "unix:$folder/qmp,server=on,wait=off"
    # $flags is several words.
    talk --serial "exec:exec $quoted $flags" --power "$folder/qmp"
    off guest-shutdown
}

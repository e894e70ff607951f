# shellcheck shell=bash disable=SC2154 # common.sh has option, folder and timeout
#
# A machine in QEMU, for qemu.sh and pxe.sh: COM1 is QEMU's standard input and output; the monitor
# speaks over two named pipes.

option qemu "${QEMU:-qemu-system-x86_64}" PROGRAM 'the QEMU'
option flags "${QEMU_FLAGS:-}" OPTIONS "more of QEMU's options"

# check_in_qemu OPTION...: the whole check. $image stays as it is, if OPTION says so.
check_in_qemu() {
    local qemu=${option[qemu]} flags message to_monitor from_monitor
    need "$qemu" 'Debian: qemu-system-x86'
    read -ra flags <<<"${option[flags]}"
    mkfifo "$folder/qmp.in" "$folder/qmp.out"
    exec {to_monitor}<>"$folder/qmp.in" {from_monitor}<>"$folder/qmp.out"
    # TMPDIR: QEMU makes a file for what is written, and leaves it if it is ended too soon.
    TMPDIR=$folder open_line "$qemu" -m 16 -nodefaults -vga std -display none -no-reboot "$@" \
        -serial stdio -qmp "pipe:$folder/qmp" "${flags[@]}"

    converse

    printf '%s\n' '{"execute": "qmp_capabilities"}' '{"execute": "system_powerdown"}' >&"$to_monitor"
    while :; do
        IFS= read -r -t "$timeout" -u "$from_monitor" message ||
            fail "$STILL_ON" "the power button is pressed, but the machine is not off after $timeout s"
        case $message in
            *'"error"'*) fail "$PRESS" "QEMU: $message" ;;
            *'"SHUTDOWN"'*'"guest-shutdown"'*) break ;;
            *'"SHUTDOWN"'*) fail "$OTHER_END" "the machine went off, but not by itself: $message" ;;
        esac
    done
    hear_end
    off guest-shutdown
}

# shellcheck shell=sh
#
# A machine in QEMU, for qemu.sh and pxe.sh: the probe starts it, COM1 is its standard input and output.

option qemu "${QEMU:-qemu-system-x86_64}" PROGRAM 'the QEMU'
option flags "${QEMU_FLAGS:-}" OPTIONS "more of QEMU's options"

# Where Debian, Fedora and Arch have OVMF's code. Its variables are beside it.
ovmf='/usr/share/OVMF/OVMF_CODE_4M.fd /usr/share/OVMF/OVMF_CODE.fd /usr/share/edk2/ovmf/OVMF_CODE.fd
/usr/share/edk2/x64/OVMF_CODE.4m.fd'

# with_ovmf: the machine starts by it, and forgets what it writes to the variables.
with_ovmf() {
    local code
    for code in $ovmf ''; do [ ! -r "$code" ] || break; done
    [ "$code" ] || fail "$START" 'OVMF is missing (Debian: ovmf, Fedora and Arch: edk2-ovmf)'
    flags="-m 64 -drive if=pflash,unit=0,format=raw,readonly=on,file=$code \
-drive if=pflash,unit=1,format=raw,snapshot=on,file=${code%CODE*}VARS${code##*CODE} $flags"
}

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

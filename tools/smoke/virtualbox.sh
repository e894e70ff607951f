#!/bin/sh
# Makes a machine in VirtualBox, checks banner, answer and ACPI button, and removes it: virtualbox.sh --help.
. "$(dirname -- "$0")/common.sh"

about='Makes a machine in VirtualBox, checks banner, answer and ACPI button, and removes it.
Needs boot256-probe and VBoxManage.'
kinds='vdi vmdk vhd iso'
option chipset piix3 CHIPSET 'piix3 or ich9'
option uefi '' '' 'start it by UEFI, not by the BIOS'
begin "$@"
# 32-bit firmware, which it has too, finds no program.
guest=Other firmware=bios memory=16
[ ! "$uefi" ] || guest=Other_64 firmware=efi64 memory=256
need VBoxManage VirtualBox

# VirtualBox holds the machine for a moment after its end, and before its start is done.
remove_machine() { within "$HELD" is_removed || drop VBoxManage unregistervm "$name" --delete; }
is_removed() {
    # Fails where the machine is off already.
    launch VBoxManage controlvm "$name" poweroff
    launch VBoxManage unregistervm "$name" --delete
}

# A copy with a UUID of its own: VirtualBox writes to a disk that it attaches, and knows each by its UUID.
disk=$folder/${image##*/}
cp "$image" "$folder/"
type=hdd
case $image in
    *.iso) type=dvddrive ;;
    # A description names the other file, which must lie beside it. One file alone begins with KDMV.
    *.vmdk)
        [ "$(dd if="$image" bs=4 count=1 2>/dev/null)" = KDMV ] || cp "${image%.vmdk}-flat.vmdk" "$folder/" 2>/dev/null ||
            fail "$USAGE" "${image%.vmdk}-flat.vmdk is missing"
        ;;
esac
[ "$type" = dvddrive ] || run "$START" VBoxManage internalcommands sethduuid "$disk"

# --platform-architecture came with 7.1, which has more than one.
run "$START" VBoxManage --version
architecture=--platform-architecture=x86
case ${said##* } in [1-6].* | 7.0.*) architecture='' ;; esac
create remove_machine VBoxManage createvm --name "$name" ${architecture:+"$architecture"} --ostype "$guest" --register \
    --basefolder "$folder"
run "$START" VBoxManage modifyvm "$name" --memory "$memory" --acpi on --firmware "$firmware" --chipset "$chipset"
run "$START" VBoxManage storagectl "$name" --name ide --add ide
run "$START" VBoxManage storageattach "$name" --storagectl ide --port 0 --device 0 --type "$type" --medium "$disk"
run "$START" VBoxManage modifyvm "$name" --uart1 0x3F8 4 --uart-mode1 client "$folder/com1"
cat >"$folder/is_off" <<SH
case \$(VBoxManage showvminfo $name --machinereadable) in
    *'VMState="poweroff"'*) ;;
    *'VMState="aborted"'*) echo aborted; exit $OTHER_END ;;
    *) exit 1 ;;
esac
SH
cd "$folder"
# VirtualBox is the client of a socket that is there before the machine: so no byte is lost.
talk --serial listen:com1 --start "exec VBoxManage startvm $name --type headless" \
    --power-command "exec VBoxManage controlvm $name acpipowerbutton" --off-command 'exec sh is_off'
off poweroff

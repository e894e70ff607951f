#!/usr/bin/env bash
# Runs an image in VMware, by govc (ESXi, vCenter) or vmrun (Workstation, Fusion): vmware.sh --help.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$here/common.sh"

about 'Runs an image in VMware, checks banner and answer, cuts the power, and deletes the machine.
With an .ova by govc, on the ESXi or vCenter of GOVC_URL; with a .vmdk by vmrun and socat, on this computer.
No VMware product is known to press the button of a guest without VMware Tools: so it is not looked at.'
if [[ ${GOVC_URL-} ]]; then images ova vmdk; else images vmdk ova; fi
option host '' HOST 'govc: the ESXi host that runs the machine, for its serial port'
option port 2001 PORT 'govc: the TCP port of the serial port on that host'
option product ws PRODUCT 'vmrun: ws (Workstation), player or fusion'
begin "$@"

name=${option[name]}
vmx=$folder/$name.vmx

by_govc() {
    need govc 'github.com/vmware/govmomi'
    local host=${option[host]} port=${option[port]} device
    [[ $host ]] || fail "$USAGE" '--host is missing: whose serial port is to be opened?'
    [[ $port =~ ^[0-9]+$ ]] || fail "$USAGE" "--port: not a number: $port"
    remove_machine() { drop govc vm.destroy "$name"; }
    create remove_machine govc import.ova -name "$name" "$image"
    run govc device.serial.add -vm "$name"
    device=$said
    # The host listens from the machine's start on; its firewall must let that in.
    run govc device.serial.connect -vm "$name" -device "$device" "tcp://:$port"
    run govc vm.power -on "$name"
    connects() { { exec {to}<>"/dev/tcp/$host/$port"; } 2>/dev/null; }
    code=$OPEN until_true "nobody listens at $host:$port" connects
    from=$to
    # It may be too late for the banner.
    ask_for_prompt
    type_line
    run govc vm.power -off -force "$name"
    hear_end
    run govc vm.info "$name"
    [[ $said == *'Power state:'*poweredOff* ]] || fail "$STILL_ON" "the line has ended, but govc says: $said"
}

by_vmrun() {
    need vmrun 'VMware Workstation or Fusion'
    need socat 'Debian: socat'
    local flat=${image%.vmdk}-flat.vmdk
    [[ -r $flat ]] || fail "$USAGE" "$flat is missing"
    # Copies, with their own names: one names the other.
    cp "$image" "$flat" "$folder/"
    cat >"$vmx" <<VMX
.encoding = "UTF-8"
config.version = "8"
virtualHW.version = "10"
displayName = "$name"
guestOS = "other"
firmware = "bios"
memsize = "16"
pciBridge0.present = "TRUE"
scsi0.present = "TRUE"
scsi0.virtualDev = "lsilogic"
scsi0:0.present = "TRUE"
scsi0:0.fileName = "${image##*/}"
serial0.present = "TRUE"
serial0.fileType = "pipe"
serial0.fileName = "$folder/com1.socket"
serial0.pipe.endPoint = "client"
serial0.tryNoRxLoss = "TRUE"
VMX
    remove_machine() {
        # Fails where the machine is off already.
        launch vmrun -T "${option[product]}" stop "$vmx" hard
        drop vmrun -T "${option[product]}" deleteVM "$vmx"
    }
    # VMware is the client of a socket that is there before the machine: so no byte is lost.
    open_line socat - "UNIX-LISTEN:$folder/com1.socket"
    listens() { [[ -S $folder/com1.socket ]]; }
    code=$OPEN until_true 'socat does not listen' listens
    create remove_machine vmrun -T "${option[product]}" start "$vmx" nogui
    converse
    run vmrun -T "${option[product]}" stop "$vmx" hard
    hear_end
    run vmrun -T "${option[product]}" list
    [[ $said != *"$vmx"* ]] || fail "$STILL_ON" "the line has ended, but vmrun says: $said"
}

case $image in
    *.ova) by_govc ;;
    *) by_vmrun ;;
esac
off 'power cut: without VMware Tools there is no button'

#!/bin/sh
# Runs an image in VMware, by govc (ESXi, vCenter) or vmrun (Workstation, Fusion): vmware.sh --help.
. "$(dirname -- "$0")/common.sh"

about='Runs an image in VMware, checks banner and answer, cuts the power, and deletes the machine.
With an .ova by govc, on the ESXi or vCenter of GOVC_URL; with a .vmdk by vmrun, on this computer. Needs boot256-probe.
No VMware product is known to press the button of a guest without VMware Tools: so it is not looked at.'
if [ "${GOVC_URL-}" ]; then kinds='ova vmdk'; else kinds='vmdk ova'; fi
option host '' HOST 'govc: the ESXi host that runs the machine, for its serial port'
option port 2001 PORT 'govc: the TCP port of the serial port on that host'
option product ws PRODUCT 'vmrun: ws (Workstation), player or fusion'
begin "$@"

by_govc() {
    need govc 'github.com/vmware/govmomi'
    [ "$host" ] || fail "$USAGE" '--host is missing: whose serial port is to be opened?'
    is_number "$port" 5 || fail "$USAGE" "--port: not a number: $port"
    remove_machine() { drop govc vm.destroy "$name"; }
    create remove_machine govc import.ova -name "$name" "$image"
    # COM1 is the first one that it has: an OVA may declare it.
    run "$START" govc device.ls -vm "$name"
    case $said in
        *serialport-*) device=serialport-${said#*serialport-} ;;
        *)
            run "$START" govc device.serial.add -vm "$name"
            device=$said
            ;;
    esac
    # The host listens from the machine's start on; its firewall must let that in.
    run "$START" govc device.serial.connect -vm "$name" -device "${device%% *}" "tcp://:$port"
    run "$START" govc vm.power -on "$name"
    # It may be too late for the banner.
    talk --serial "tcp:$host:$port" --no-banner --power-command "exec govc vm.power -off -force $name"
    run "$START" govc vm.info "$name"
    case $said in
        *'Power state:'*poweredOff*) ;;
        *) fail "$STILL_ON" "the line has ended, but govc says: $said" ;;
    esac
}

by_vmrun() {
    need vmrun 'VMware Workstation or Fusion'
    flat=${image%.vmdk}-flat.vmdk
    [ -r "$flat" ] || fail "$USAGE" "$flat is missing"
    case $product in ws | player | fusion) ;; *) fail "$USAGE" "--product: ws, player or fusion: $product" ;; esac
    # Copies, with their own names: one names the other.
    cp "$image" "$flat" "$folder/"
    vmx=$folder/$name.vmx
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
serial0.fileName = "$folder/com1"
serial0.pipe.endPoint = "client"
serial0.tryNoRxLoss = "TRUE"
VMX
    # Where it is not known whether the machine has started, it may come yet.
    remove_machine() { within "$HELD" is_removed || drop vmrun -T "$product" deleteVM "$vmx"; }
    is_removed() {
        # Fails where the machine is off already.
        launch vmrun -T "$product" stop "$vmx" hard
        launch vmrun -T "$product" deleteVM "$vmx"
    }
    undos=remove_machine
    quote vmrun -T "$product" start "$vmx" nogui
    start=$quoted
    quote vmrun -T "$product" stop "$vmx" hard
    # VMware is the client of a socket that is there before the machine: so no byte is lost.
    cd "$folder"
    talk --serial listen:com1 --start "exec $start" --power-command "exec $quoted"
    run "$START" vmrun -T "$product" list
    case $said in *"$vmx"*) fail "$STILL_ON" "the line has ended, but vmrun says: $said" ;; esac
}

case $image in
    *.ova) by_govc ;;
    *) by_vmrun ;;
esac
off 'power cut: without VMware Tools there is no button'

#!/bin/bash
# shellcheck disable=SC2086,SC2154 # sourced by init, which has $images
# A server's remote control: what docs/guides/ipmi.md says.

cp "$images/boot.img" "$images/boot.qcow2" .

# --- QEMU with a BMC outside of it ---------------------------------------------------------
from_page ipmi.md lan.conf
from_page ipmi.md bmc.emu
ipmi="ipmitool -I lanplus -H 127.0.0.1 -U admin -P secret -p"
power_is() { [[ $($ipmi 9001 chassis power status) == *"is $1" ]]; }

ipmi_sim_starts() {
  mkdir -p state
  ipmi_sim -c lan.conf -f bmc.emu -s state -n &
  until_true 30 power_is off
}
serial_over_lan() {
  socat UNIX-LISTEN:sol "EXEC:$ipmi 9001 sol activate,pty,rawer" &
  until_true 10 [ -S sol ]
  "$images/boot256-probe" --serial unix:sol --start "$ipmi 9001 chassis power on"
}
power_soft() {
  $ipmi 9001 chassis power soft
  until_true 30 power_is off
}

# --- libvirt -------------------------------------------------------------------------------
is() { [ "$(virsh domstate --reason boot256 | head -n 1)" = "$1" ]; }
# By Enter and the prompt; a key that comes too early is not heard.
answers() { "$images/boot256-probe" --serial "$1" --no-banner --timeout 5; }
python() {
  local program=/opt/python/bin/$1
  shift
  PYTHONPATH=/opt/python python3 "$program" "$@"
}

defined() {
  cp boot.qcow2 /var/lib/libvirt/images/
  virsh define "$images/boot256.xml"
}
vbmc() {
  python vbmcd --foreground &
  until_true 60 python vbmc list
  python vbmc add boot256 --port 6230 --username admin --password secret --libvirt-uri qemu:///system
  python vbmc start boot256
  until_true 60 $ipmi 6230 chassis power status
  $ipmi 6230 chassis power on
  until_true 30 answers "$(virsh ttyconsole boot256)"
  $ipmi 6230 chassis power soft
  until_true 30 is 'shut off (shutdown)'
}
redfish() {
  local system=http://127.0.0.1:8000/redfish/v1/Systems/
  python sushy-emulator --libvirt-uri qemu:///system -i 127.0.0.1 -p 8000 &
  until_true 60 curl -sf "$system"
  system+=$(virsh domuuid boot256)/Actions/ComputerSystem.Reset
  curl -sf -H 'Content-Type: application/json' -d '{"ResetType": "On"}' "$system"
  until_true 30 answers "$(virsh ttyconsole boot256)"
  curl -sf -H 'Content-Type: application/json' -d '{"ResetType": "GracefulShutdown"}' "$system"
  until_true 30 is 'shut off (shutdown)'
}

step 'ipmi_sim answers' ipmi_sim_starts
step 'ipmi_sim: power on, serial over LAN' serial_over_lan
step 'ipmi_sim: chassis power soft' power_soft
step 'qemu:///system answers' libvirt_starts
step 'boot256.xml' defined
step 'VirtualBMC: power on, power soft' vbmc
step 'sushy-emulator: On, GracefulShutdown' redfish

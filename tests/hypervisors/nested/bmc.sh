# shellcheck shell=bash disable=SC2154 # sourced by init, which has $images
# A server's remote control: what docs/guides/ipmi.md says.

cp "$images/boot.img" "$images/boot.qcow2" .
password=secret

# --- QEMU with a BMC outside of it ---------------------------------------------------------
cat >lan.conf <<'CONF'
name "boot256"
set_working_mc 0x20
startlan 1
  addr 127.0.0.1 9001
  priv_limit admin
  allowed_auths_admin md5
  guid b0072560b0072560b0072560b0072560
endlan
user 2 true "admin" "secret" admin 10 md5
serial 15 127.0.0.1 9002 codec VM
sol "tcp:127.0.0.1:9003" 9600
startcmd "qemu-system-x86_64 -m 16 -nic none -display none -drive file=boot.img,format=raw -chardev socket,id=bmc,host=127.0.0.1,port=9002,reconnect=1 -device ipmi-bmc-extern,id=bmc0,chardev=bmc -device isa-ipmi-kcs,bmc=bmc0 -serial tcp:127.0.0.1:9003,server=on,wait=on"
startnow false
poweroff_wait 0
CONF
cat >bmc.emu <<'EMU'
mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02
mc_enable 0x20
EMU
ipmi() { ipmitool -I lanplus -H 127.0.0.1 -p 9001 -U admin -P "$password" "$@"; }
power_is() { [[ $(ipmi chassis power status) == *"is $1" ]]; }

ipmi_sim_starts() {
  mkdir -p state
  ipmi_sim -c lan.conf -f bmc.emu -s state -n &
  until_true 30 power_is off
}
serial_over_lan() {
  socat UNIX-LISTEN:sol "EXEC:ipmitool -I lanplus -H 127.0.0.1 -p 9001 -U admin -P $password sol activate,pty,rawer" &
  until_true 10 [ -S sol ]
  "$images/boot256-probe" --serial unix:sol --start "ipmitool -I lanplus -H 127.0.0.1 -p 9001 -U admin -P $password chassis power on"
}
power_soft() {
  ipmi chassis power soft
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
  local ipmi=(ipmitool -I lanplus -H 127.0.0.1 -p 6230 -U admin -P "$password")
  python vbmcd --foreground &
  until_true 60 python vbmc list
  python vbmc add boot256 --port 6230 --username admin --password "$password" --libvirt-uri qemu:///system
  python vbmc start boot256
  until_true 60 "${ipmi[@]}" chassis power status
  "${ipmi[@]}" chassis power on
  until_true 30 answers "$(virsh ttyconsole boot256)"
  "${ipmi[@]}" chassis power soft
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

#!/usr/bin/env bash
# Starts many machines at once on this host, and tells how long they took: storm.sh --help.
set -euo pipefail
# Numbers have a point.
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$here/common.sh"

about 'Starts COUNT machines at once, checks banner and answer of each, looks at them while they idle, presses all
buttons at once, and says how long the slowest took. Needs bash, awk, boot256-probe, and QEMU or virsh.'
takes COUNT
images qcow2 img raw
option by qemu WAY 'qemu, or libvirt'
option idle 5 SECONDS 'how long they are looked at'
option json '' FILE 'the figures, as one JSON object'
option probe '' PROGRAM 'boot256-probe (above this folder, in build/, or on PATH)'
option qemu "${QEMU:-qemu-system-x86_64}" PROGRAM 'the QEMU'
option flags "${QEMU_FLAGS:-}" OPTIONS "more of QEMU's options"
option connect "${LIBVIRT_DEFAULT_URI:-}" URI 'libvirt: qemu:///system or qemu:///session'
count=${1-}
if [[ $count != --help && $count != -h ]]; then
    [[ $count =~ ^[1-9][0-9]{0,3}$ ]] || fail "$USAGE" "how many machines? (see ${0##*/} --help)"
    shift
fi
begin "$@"
[[ ${option[idle]} =~ ^[1-9][0-9]{0,4}$ ]] || fail "$USAGE" "--idle: not a number of seconds: ${option[idle]}"
[[ ${option[by]} == qemu || ${option[by]} == libvirt ]] || fail "$USAGE" "--by: qemu or libvirt, not ${option[by]}"
[[ ! ${option[json]} || -d $(dirname "${option[json]}") ]] || fail "$USAGE" "--json: no folder for ${option[json]}"

probe=${option[probe]}
for place in "$here/../boot256-probe" "$here/../../build/boot256-probe" boot256-probe; do
    [[ $probe ]] || ! command -v "$place" >/dev/null || probe=$place
done
need "${probe:-boot256-probe}" "'make probe' builds it"
need awk 'Debian: mawk'

machines=() probes=()
# What contents and output set.
number='' hz='' cpu='' memory='' told='' up='' pressed='' prompt='' stop=''
read -ra flags <<<"${option[flags]}"

end_machines() {
    local presser number
    ((${#probes[@]} == 0)) || kill "${probes[@]}" 2>/dev/null || :
    ((${#machines[@]} == 0)) || kill "${machines[@]}" 2>/dev/null || :
    wait
    # Who waits at the gate waits for ever; and who is about to come finds none.
    rm -f "$folder/gate"
    for presser in "$folder"/*/presser; do
        [[ -s $presser ]] || continue
        contents number "$presser"
        kill "$number" 2>/dev/null || :
    done
}
ends+=(end_machines)

# What libvirt knows: those of this run have its name and a number.
remove_domains() {
    local i
    for ((i = 1; i <= defined; i++)); do
        launch virsh destroy "${option[name]}-$i" || :
        drop virsh undefine "${option[name]}-$i"
    done
}
defined=0

# press MACHINE'S_FOLDER COMMAND: what presses the button, into $press. All wait for this gate before they
# press; and a file says when.
mkfifo "$folder/gate"
press() {
    press="echo \$\$ >'$1/presser'; date +%s.%N >'$1/up'; read -r go <'$folder/gate'; date +%s.%N >'$1/pressed'; $2"
}

# watch MACHINE'S_FOLDER ADDRESS PRESS [OPTION...]
watch() {
    local place=$1 address=$2 command=$3
    shift 3
    press "$place" "$command"
    "$probe" --serial "$address" --json --timeout "$((2 * timeout + option[idle]))" "$@" \
        --power-command "$press" >"$place/told" 2>"$place/log" &
    probes+=($!)
}

by_qemu() {
    need "${option[qemu]}" 'Debian: qemu-system-x86'
    local i place format=${image##*.}
    [[ $format != img ]] || format=raw
    for ((i = 1; i <= count; i++)); do
        mkdir "$folder/$i"
        mkfifo "$folder/$i/monitor.in" "$folder/$i/monitor.out"
    done
    for ((i = 1; i <= count; i++)); do
        place=$folder/$i
        # COM1 waits for the probe: the banner is not said to nobody. TMPDIR: a QEMU that is ended too soon
        # leaves a file.
        TMPDIR=$place "${option[qemu]}" -name "${option[name]}-$i" -m 16 -nodefaults -vga std -display none -no-reboot \
            -drive "file=${image//,/,,},format=$format,snapshot=on" -monitor "pipe:$place/monitor" \
            -serial "unix:$place/com1,server=on,wait=on" "${flags[@]}" </dev/null >"$place/qemu" 2>&1 &
        machines+=($!)
        watch "$place" "unix:$place/com1" "echo system_powerdown >'$place/monitor.in'"
    done
}

by_libvirt() {
    need virsh 'Debian: libvirt-clients'
    [[ ! ${option[connect]} ]] || export LIBVIRT_DEFAULT_URI=${option[connect]}
    local i place name format=${image##*.}
    [[ $format != img ]] || format=raw
    # What libvirt's QEMU may read, whoever it runs as.
    chmod 711 "$folder"
    install -m 644 "$image" "$folder/disk"
    ends+=(remove_domains)
    for ((i = 1; i <= count; i++)); do
        place=$folder/$i name=${option[name]}-$i
        mkdir -m 777 "$place"
        cat >"$place/machine.xml" <<XML
<domain type='qemu'>
  <name>$name</name>
  <memory unit='MiB'>16</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type><boot dev='hd'/></os>
  <features><acpi/></features>
  <on_poweroff>destroy</on_poweroff>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='$format'/>
      <source file='$folder/disk'/>
      <target dev='vda' bus='virtio'/>
      <readonly/>
      <shareable/>
    </disk>
    <serial type='unix'><source mode='connect' path='$place/com1'/><target port='0'/></serial>
    <video><model type='vga'/></video>
    <memballoon model='none'/>
  </devices>
</domain>
XML
        # Counted first: what is defined in the midst of a signal is removed as well.
        defined=$i
        run virsh define "$place/machine.xml"
    done
    for ((i = 1; i <= count; i++)); do
        place=$folder/$i name=${option[name]}-$i
        watch "$place" "listen:$place/com1" "virsh shutdown $name" --start "virsh start $name"
    done
}

# progress TEXT: one line, on a terminal only.
progress() {
    [[ ! -t 2 ]] || printf '\r%-60s\r' "$*" >&2
}

# How many of the folders have this file with something in it.
how_many() {
    local place
    number=0
    for place in "$folder"/*/; do
        [[ ! -s $place$1 ]] || number=$((number + 1))
    done
}

# A probe that has failed says which machine, and why.
no_failure() {
    local i told
    for ((i = 1; i <= count; i++)); do
        # Nothing yet, or not even a file.
        [[ -s $folder/$i/told ]] || continue
        contents told "$folder/$i/told"
        [[ $told =~ \"exit\":([0-9]+),.*\"message\":\"(.*)\",\"ok\":false ]] || continue
        fail "${BASH_REMATCH[1]}" "machine $i: ${BASH_REMATCH[2]} $(cat "$folder/$i/qemu" 2>/dev/null)"
    done
}

# Nor does a QEMU end before its machine is at the prompt: what it said is why.
no_early_end() {
    local i
    for ((i = 1; i <= ${#machines[@]}; i++)); do
        [[ -s $folder/$i/up ]] || kill -0 "${machines[i - 1]}" 2>/dev/null ||
            fail "$CLOSED" "machine $i ends before its prompt: $(<"$folder/$i/qemu")"
    done
}

# all_have FILE WHAT CODE: waits until each machine has it.
all_have() {
    local until=$((SECONDS + timeout))
    while how_many "$1"; ((number < count)); do
        progress "$number of $count $2"
        no_failure
        no_early_end
        ((SECONDS < until)) || fail "$3" "only $number of $count machines are $2 after $timeout s"
        pause 0.1
    done
    progress ''
}

# used: the processor time of all machines so far, in ticks, into $ticks.
used() {
    local pid part
    ticks=0
    for pid in "${machines[@]}"; do
        # The fields behind the command's name, which may have blanks in it: 12 and 13 are user and system.
        contents part "/proc/$pid/stat"
        read -r -a part <<<"${part##*) }"
        ticks=$((ticks + part[11] + part[12]))
    done
}

# memory: theirs, in MiB.
memory() {
    local pid
    for pid in "${machines[@]}"; do
        # What they share is counted once. Root alone may read this of others.
        sed -n 's/^Pss: *//p' "/proc/$pid/smaps_rollup"
    done | awk '{ sum += $1 } END { printf "%.1f", sum / 1024 }'
}

# figures NAME COLUMN: of all machines' times: median, 99 %, worst.
figures() {
    cut -d ' ' -f "$2" "$folder/times" | sort -g | awk -v name="$1" '
        function rank(part) { at = int(part * NR); if (at < part * NR) at++; return value[at < 1 ? 1 : at] }
        { value[NR] = $1 }
        END { printf "%s %.3f %.3f %.3f\n", name, rank(0.5), rank(0.99), value[NR] }'
}

case ${option[by]} in
    qemu) by_qemu ;;
    libvirt) by_libvirt ;;
esac
all_have up 'at the prompt' "$NO_PROMPT"
say "ClientAPI ($count machines)"
say "hello -> olleh ($count machines)"

if [[ ${option[by]} == libvirt ]]; then
    for ((i = 1; i <= count; i++)); do
        output number pgrep --full --newest -- "guest=${option[name]}-$i," || fail "$START" "where is machine $i?"
        machines+=("$number")
    done
fi
progress "$count machines idle"
used
before=$ticks
since=$EPOCHREALTIME
pause "${option[idle]}"
used
now=$EPOCHREALTIME
output hz getconf CLK_TCK
output cpu awk -v ticks="$((ticks - before))" -v hz="$hz" -v since="$since" -v now="$now" \
    'BEGIN { printf "%.2f", 100 * ticks / hz / (now - since) }'
output memory memory

# One byte for each of them: a shell takes no more of a pipe than its line.
exec {gate}<>"$folder/gate"
for ((i = 1; i <= count; i++)); do
    echo >&"$gate"
done
all_have told 'off' "$STILL_ON"
no_failure

# Of each machine: seconds to the prompt, seconds from the press to the end of the line.
for ((i = 1; i <= count; i++)); do
    for what in told up pressed; do
        contents "$what" "$folder/$i/$what"
    done
    awk -v told="$told" -v up="$up" -v pressed="$pressed" '
        function step(name) {
            match(told, "\"seconds\":[0-9.e-]+,\"step\":\"" name "\"")
            return substr(told, RSTART + 10) + 0
        }
        BEGIN { print step("banner"), step("off") - step("answer") - (pressed - up) }'
done >"$folder/times"
output prompt figures prompt 1
output stop figures off 2

awk -v prompt="$prompt" -v stop="$stop" -v cpu="$cpu" -v memory="$memory" -v count="$count" 'BEGIN {
    split(prompt, p); split(stop, o)
    printf "%-26s %9s %9s %9s\n", "seconds", "median", "99 %", "worst"
    printf "%-26s %9s %9s %9s\n", "start to the prompt", p[2], p[3], p[4]
    printf "%-26s %9s %9s %9s\n", "button to off", o[2], o[3], o[4]
    printf "%-26s %9.2f   (each %.3f)\n", "idle CPU, % of a core", cpu, cpu / count
    printf "%-26s %9.1f   (each %.1f)\n", "memory, MiB", memory, memory / count }'
if [[ ${option[json]} ]]; then
    awk -v prompt="$prompt" -v stop="$stop" -v cpu="$cpu" -v memory="$memory" -v count="$count" -v by="${option[by]}" \
        -v idle="${option[idle]}" 'BEGIN {
        split(prompt, p); split(stop, o)
        printf "{\"by\":\"%s\",\"machines\":%d,", by, count
        printf "\"prompt_seconds\":{\"median\":%s,\"p99\":%s,\"worst\":%s},", p[2], p[3], p[4]
        printf "\"off_seconds\":{\"median\":%s,\"p99\":%s,\"worst\":%s},", o[2], o[3], o[4]
        printf "\"idle\":{\"seconds\":%d,\"cpu_percent_of_a_core\":%s},\"memory_mib\":%s}\n", idle, cpu, memory }' \
        >"$folder/json"
    cp "$folder/json" "${option[json]}.new" && mv "${option[json]}.new" "${option[json]}"
fi
probes=() machines=()
off "$count machines"

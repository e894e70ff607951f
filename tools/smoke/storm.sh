#!/bin/sh
# Starts many machines at once on this host, and tells how long they took: storm.sh --help.
. "$(dirname -- "$0")/common.sh"
. "$here/libvirt-machine.sh"

about='Starts COUNT machines at once, checks banner and answer of each, looks at them while they idle, presses all
buttons at once, and says how long the slowest took. Needs Linux, boot256-probe, awk, and QEMU or virsh.'
operands='COUNT '
kinds='qcow2 img raw'
option by qemu WAY 'qemu, or libvirt'
option idle 5 SECONDS 'how long they are looked at'
option json '' FILE 'the figures, as one JSON object'
option qemu "${QEMU:-qemu-system-x86_64}" PROGRAM 'the QEMU'
option flags "${QEMU_FLAGS:-}" OPTIONS "more of QEMU's options"
count=${1-}
case $count in
    --help | -h) ;;
    *)
        is_number "$count" 4 || fail "$USAGE" "how many machines? (see ${0##*/} --help)"
        shift
        ;;
esac
begin "$@"
is_number "$idle" 5 || fail "$USAGE" "--idle: not a number of seconds: $idle"
[ ! "$json" ] || [ -d "$(dirname -- "$json")" ] || fail "$USAGE" "--json: no folder for $json"
need awk 'Debian: mawk'
case $(date +%N) in '' | *[!0-9]*) fail "$START" 'a date that knows nanoseconds (%N) is missing (coreutils)' ;; esac

machines=$(seq "$count")
probes='' ticks='' now='' since=''

end_probes() {
    # shellcheck disable=SC2086 # numbers
    [ ! "$probes" ] || kill $probes
    wait
}

# What libvirt knows: as many as this is called for.
removed=0
remove_domain() {
    removed=$((removed + 1))
    launch virsh destroy "$name-$removed"
    drop virsh undefine "$name-$removed"
}

# watch NUMBER PRESS OPTION...: a probe in the machine's folder, where it leaves what was said and when. All wait at one
# gate before they press; what QEMU puts into TMPDIR goes with the folder.
mkfifo "$folder/gate"
watch() {
    local i="$1" press="$2"
    shift 2
    (
        cd "$folder/$i"
        export TMPDIR="$folder/$i"
        exec "$probe" "$@" --json --timeout "$((2 * timeout + idle))" --power-command \
            "date +%s.%N >up; read -r go <../gate; date +%s.%N >pressed; $press"
    ) >"$folder/$i/told" 2>"$folder/$i/log" </dev/null &
    probes="$probes $!"
}

by_qemu() {
    local i
    need "$qemu" 'Debian: qemu-system-x86'
    for i in $machines; do
        mkdir "$folder/$i"
        mkfifo "$folder/$i/monitor.in" "$folder/$i/monitor.out"
    done
    undos=end_probes
    for i in $machines; do
        quote "$qemu" -name "$name-$i" -m 16 -nodefaults -vga std -display none -no-reboot -pidfile pid \
            -drive "file=$(printf %s "$image" | sed 's/,/,,/g'),format=$format,snapshot=on" -monitor pipe:monitor -serial stdio
        watch "$i" 'echo system_powerdown >monitor.in' --serial "exec:exec $quoted $flags"
    done
}

by_libvirt() {
    local i
    prepare_libvirt
    need pgrep 'Debian: procps'
    for i in $machines; do
        mkdir -m 777 "$folder/$i"
        describe "$name-$i" qemu \
            "<serial type='unix'><source mode='connect' path='$folder/$i/com1'/><target port='0'/></serial>" \
            >"$folder/$i/machine.xml"
        create remove_domain virsh define "$folder/$i/machine.xml"
    done
    undos="end_probes $undos"
    for i in $machines; do
        watch "$i" "exec virsh shutdown $name-$i" --serial "listen:$folder/$i/com1" --start "exec virsh start $name-$i"
    done
}

# progress TEXT: one line, on a terminal only.
progress() {
    [ ! -t 2 ] || printf '\r%-60s\r' "$*" >&2
}

# no_failure: a probe that has failed says which machine, and why.
no_failure() {
    local i told exit
    for i in $machines; do
        [ -s "$folder/$i/told" ] || continue
        contents told "$folder/$i/told"
        case $told in *'"ok":true'*) continue ;; esac
        exit=${told#*'"exit":'}
        fail "${exit%%,*}" "machine $i: $(message "$folder/$i/told")"
    done
}

# all_have FILE WHAT CODE: waits until each machine has it.
all_have() {
    local until number i
    now
    until=$((now + timeout))
    while :; do
        number=0
        for i in $machines; do [ ! -s "$folder/$i/$1" ] || number=$((number + 1)); done
        [ "$number" -lt "$count" ] || break
        progress "$number of $count $2"
        no_failure
        now
        [ "$now" -lt "$until" ] || fail "$3" "only $number of $count machines are $2 after $timeout s"
        pause 0.1
    done
    progress ''
}

# of_processes FILE PROGRAM: awk's over this file of all machines' processes in /proc.
of_processes() {
    local i pid files=''
    for i in $machines; do
        read -r pid <"$folder/$i/pid"
        files="$files /proc/$pid/$1"
    done
    # shellcheck disable=SC2086 # names without blanks
    awk "$2" $files
}

# used: all machines' processor time so far, in ticks, into $ticks; and when that was, in seconds, into $now.
# Behind the command's name, which may have blanks in it, user's and system's are the 12th and the 13th field.
used() {
    of_processes stat '{ sub(/.*\) /, ""); sum += $12 + $13 } END { print sum }' >"$folder/ticks"
    read -r ticks <"$folder/ticks"
    date +%s.%N >"$folder/now"
    read -r now <"$folder/now"
}

case $by in
    qemu) by_qemu ;;
    libvirt) by_libvirt ;;
    *) fail "$USAGE" "--by: qemu or libvirt, not $by" ;;
esac
all_have up 'at the prompt' "$NO_PROMPT"
say "ClientAPI ($count machines)"
say "hello -> olleh ($count machines)"

if [ "$by" = libvirt ]; then
    for i in $machines; do
        pgrep -f -n -- "guest=$name-$i," >"$folder/$i/pid" || fail "$START" "where is machine $i?"
    done
fi
progress "$count machines idle"
used
before=$ticks since=$now
pause "$idle"
used
hz=100
! command -v getconf >/dev/null || hz=$(getconf CLK_TCK)
# What they share is counted once. Root alone may read this of others.
of_processes smaps_rollup '/^Pss:/ { sum += $2 } END { print sum / 1024 }' >"$folder/memory"
read -r memory <"$folder/memory"

# One byte for each of them: a shell takes no more of a pipe than its line.
exec 9<>"$folder/gate"
for i in $machines; do echo >&9; done
all_have told off "$STILL_ON"
no_failure

# Of each machine: seconds to the prompt, seconds from the press to the end of the line.
cd "$folder"
awk -v count="$count" '
    function line(file) { getline text <file; close(file); return text }
    function step(name) {
        match(told, "\"seconds\":[0-9.e-]+,\"step\":\"" name "\"")
        return substr(told, RSTART + 10) + 0
    }
    BEGIN {
        for (i = 1; i <= count; i++) {
            told = line(i "/told")
            print step("banner") >"prompt"
            print step("off") - step("answer") - (line(i "/pressed") - line(i "/up")) >"off"
        }
    }'
sort -n prompt >prompts
sort -n off >offs
awk -v ticks="$((ticks - before))" -v hz="$hz" -v since="$since" -v now="$now" -v memory="$memory" -v by="$by" -v idle="$idle" '
    function rank(part) { at = int(part * FNR); return at < part * FNR ? at + 1 : at }
    { value[FILENAME, FNR] = $1; count = FNR }
    function row(name, file) {
        printf "%-26s %9.3f %9.3f %9.3f\n", name, value[file, rank(0.5)], value[file, rank(0.99)], value[file, count]
    }
    function member(name, file) {
        printf "\"%s\":{\"median\":%.3f,\"p99\":%.3f,\"worst\":%.3f},", name, value[file, rank(0.5)], value[file, rank(0.99)],
            value[file, count] >"json"
    }
    END {
        cpu = 100 * ticks / hz / (now - since)
        printf "%-26s %9s %9s %9s\n", "seconds", "median", "99 %", "worst"
        row("start to the prompt", "prompts")
        row("button to off", "offs")
        printf "%-26s %9.2f   (each %.3f)\n", "idle CPU, % of a core", cpu, cpu / count
        printf "%-26s %9.1f   (each %.1f)\n", "memory, MiB", memory, memory / count
        printf "{\"by\":\"%s\",\"machines\":%d,", by, count >"json"
        member("prompt_seconds", "prompts")
        member("off_seconds", "offs")
        printf "\"idle\":{\"seconds\":%d,\"cpu_percent_of_a_core\":%.2f},\"memory_mib\":%.1f}\n", idle, cpu, memory >"json"
    }' prompts offs
cd "$OLDPWD"
if [ "$json" ]; then cp "$folder/json" "$json.new" && mv "$json.new" "$json"; fi
off "$count machines"

# shellcheck shell=sh
#
# What the scripts in this folder share: options, the image, one line for each failure, and clean-up. They make
# a machine, hand its serial line to boot256-probe, and take the machine away. Any sh: dash, BusyBox, bash from 3.2.
#
# A script says what it is ($about), which images it takes ($kinds: their endings, the default first) and its options
# (`option`), calls `begin "$@"`, and then works by
#
#   run CODE COMMAND...     a command that must succeed; its output is in $said, CODE is the exit code if it fails
#   create UNDO COMMAND...  the same, and UNDO is run at the end, whichever way that is; where UNDO runs, -e does not hold
#   talk OPTION...          the probe: banner, a line and its answer, the power button
#
# Nothing sleeps for a fixed time: each wait ends by what it waits for, or after --timeout seconds.
# A signal ends the script at once, but for a command that creates something: that one is waited for,
# since what is half made cannot be removed. A second signal does not wait.
# Where all goes well there is no $(COMMAND) once something can be left behind: bash (5.2) loses a SIGINT that
# comes while such a command ends, trap or no trap.

set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

# Exit codes: the probe's (boot256-probe --help says what they mean), 13, and 128 and the signal's number.
readonly USAGE=2 OPEN=3 START=4 NO_BANNER=6 NO_PROMPT=7 PRESS=10 STILL_ON=11 OTHER_END=12
# All was well, but something is left behind.
readonly LEFT_BEHIND=13

# The longest folder for temporary files, in bytes: a socket's name has room for 103 (macOS) or 107 (Linux), and the
# longest one that is made in it is "/9999/com1".
readonly FOLDER_MAX=90

# The seconds that a tool may hold a machine after its end.
readonly HELD=5

# Words are read as they are written, and numbers have a point.
export LC_ALL=C

about='' operands='' kinds='' options=' ' help=''
folder='' image='' format='' said='' complaint='' told='' quoted='' undos='' left='' holding='' signalled='' shared=''

# --- What a script is ---------------------------------------------------------------------

# option NAME DEFAULT WORD HELP: an option --NAME WORD; its value is $NAME, a hyphen turned into _. --uefi has none.
option() {
    options="$options$1 "
    value_of "$1" "$2"
    help="$help$(printf '  %-17s %s' "--$1 $3" "$4${2:+ ($2)}")
"
}

value_of() {
    eval "$(echo "$1" | tr - _)=\$2"
}

option name "boot256-smoke-$$" NAME 'what the machine is called'
option timeout "${TIMEOUT:-60}" SECONDS 'what a step may take; the talk with the machine is one'
option probe '' PROGRAM 'boot256-probe (beside or above this script, in build/, or on PATH)'

usage() {
    cat <<USAGE
Usage: ${0##*/} ${operands}[OPTION]... [IMAGE | FOLDER]

$about

  IMAGE             a file that ends in one of: $kinds
  FOLDER            a release, or build/: boot.${kinds%% *} in it is taken
                    (without either: the folder above this one, or build/)
$help  --help            this text
USAGE
}

# begin "$@": reads the command line, finds image ($image, $format) and probe, and makes $folder for what comes and goes.
begin() {
    local word value see="(see ${0##*/} --help)"
    while [ $# -gt 0 ]; do
        word=$1
        shift
        case $word in
            --help | -h)
                usage
                exit
                ;;
            -*)
                is_option "${word%%=*}" || fail "$USAGE" "${word%%=*}: no such option $see"
                case $word in
                    --uefi) value=1 ;;
                    *=*) value=${word#*=} ;;
                    *)
                        [ $# -gt 0 ] || fail "$USAGE" "$word needs a value $see"
                        value=$1
                        shift
                        ;;
                esac
                word=${word#--}
                value_of "${word%%=*}" "$value"
                ;;
            *)
                [ ! "$image" ] || fail "$USAGE" "one image is enough: $word"
                find_image "$word"
                ;;
        esac
    done
    is_number "$timeout" 6 || fail "$USAGE" "--timeout: not a number of seconds: $timeout"
    # For a tool's own patience, a bit less than the script's; and for a power cut that must not be mistaken
    # for the button's work.
    shorter=$((timeout - (timeout + 9) / 10)) longer=$((2 * timeout))
    case $name in
        '' | [!A-Za-z0-9]* | *[!A-Za-z0-9-]*) fail "$USAGE" "--name: letters, digits and hyphens only: $name" ;;
    esac
    word=$here/../boot.${kinds%% *}
    [ -e "$word" ] || word=$here/../../build/boot.${kinds%% *}
    [ "$image" ] || find_image "$word"
    case $image in *.img) format=raw ;; *) format=${image##*.} ;; esac
    need timeout coreutils
    find_probe
    # What runs in the background is to be ended, unless it is a job that is known to have.
    : &
    ended=$!
    trap clean_up EXIT
    trap 'interrupt 130' INT
    trap 'interrupt 143' TERM
    trap 'interrupt 129' HUP
    make_folder
}

is_option() {
    case $1 in
        --*[!a-z-]* | --) false ;;
        --*) case $options in *" ${1#--} "*) ;; *) false ;; esac ;;
        *) false ;;
    esac
}

# is_number TEXT DIGITS: a number above 0 of so many digits at most.
is_number() {
    case $1 in '' | 0* | *[!0-9]*) false ;; *) [ ${#1} -le "$2" ] ;; esac
}

# find_image IMAGE | FOLDER: the file, into $image.
find_image() {
    local place="$1" kind
    # As of a variable of a pipeline that is not set: to take another image then would be a test of that one.
    [ "$place" ] || fail "$USAGE" 'the image has no name'
    [ ! -d "$place" ] || place=$place/boot.${kinds%% *}
    for kind in $kinds; do
        case $place in *".$kind") image=$place ;; esac
    done
    [ "$image" ] || fail "$USAGE" "$place: not an image that this script knows ($kinds)"
    [ -r "$image" ] && [ -f "$image" ] || fail "$USAGE" "$image is missing"
    image=$(CDPATH='' cd -- "$(dirname -- "$image")" && pwd)/${image##*/}
}

# find_probe: into $probe; in a release it is beside the scripts, and named after the processor.
find_probe() {
    local place
    [ ! "$probe" ] || need "$probe" 'see --probe'
    for place in "$here/boot256-probe-$(uname -m)" "$here/../boot256-probe-$(uname -m)" "$here/../boot256-probe" \
        "$here/../../build/boot256-probe" boot256-probe; do
        [ "$probe" ] || ! command -v "$place" >/dev/null || probe=$place
    done
    [ "$probe" ] || fail "$START" "boot256-probe is missing (a release has it, 'make probe' builds it; see --probe)"
    # storm.sh runs it in other folders.
    case $probe in /*) ;; */*) probe=$PWD/$probe ;; esac
}

# make_folder: a folder that nobody else has, into $folder; there is no moment in which it is made and not known.
# In TMPDIR, unless its name is too long for a socket in it, or has what XML or a machine's settings would have to quote,
# or, if $shared, another user's QEMU could not reach it.
make_folder() {
    local place
    holding=1
    for place in "${TMPDIR:-/tmp}" /tmp /var/tmp; do
        case $place in [!/]* | *[\'\"\&\<]*) continue ;; esac
        [ ! "$folder" ] && { [ ! "$shared" ] || is_reachable "$place"; } || continue
        place=$place/boot256-smoke.$$
        [ ${#place} -gt "$FOLDER_MAX" ] || ! mkdir -m 700 "$place" 2>/dev/null || folder=$place
    done
    let_go
    [ "$folder" ] || fail "$START" "no folder for temporary files: set TMPDIR to one${shared:+ that every user can enter}"
    [ ! "$shared" ] || chmod 711 "$folder"
}

# is_reachable FOLDER: everybody may go there.
is_reachable() {
    local place
    place=$(CDPATH='' cd -P -- "$1" 2>/dev/null && pwd) || return 1
    while [ "$place" ] && [ "$place" != / ]; do
        case $(ls -ld "$place") in d????????[xt]*) ;; *) return 1 ;; esac
        place=${place%/*}
    done
}

# need TOOL PACKAGE
need() {
    command -v "$1" >/dev/null || fail "$START" "$1 is missing ($2)"
}

# --- Words ----------------------------------------------------------------------------------

say() {
    echo "smoke: $*"
}

# fail CODE TEXT...: ends the script with one line that says what is wrong.
fail() {
    local code="$1"
    trap '' INT TERM HUP
    shift
    echo "smoke: FAIL: $(printf %s "$*" | tr '\r\n' '  ')" >&2
    exit "$code"
}

# off REASON: the last lines. A signal would come too late from here on, and in the midst of the clean-up.
off() {
    trap '' INT TERM HUP
    say "off ($1)"
    say ok
}

# contents VARIABLE FILE: what is in the file, its lines joined by blanks.
contents() {
    local line all=''
    while read -r line || [ "$line" ]; do
        [ ! "$line" ] || all="$all${all:+ }$line"
    done <"$2"
    eval "$1=\$all"
}

# quote WORD...: the words as a shell reads them, into $quoted.
quote() {
    local word
    quoted=''
    for word; do
        quoted="$quoted '"
        while [ "$word" != "${word#*\'}" ]; do
            quoted="$quoted${word%%\'*}'\\''" word=${word#*\'}
        done
        quoted="$quoted$word'"
    done
}

# --- Commands -------------------------------------------------------------------------------

# let_go: no signal waits any more; one that has waited is obeyed.
let_go() {
    holding=''
    [ ! "$signalled" ] || leave "$signalled"
}

# interrupt CODE: the end, or a note where something is being created.
interrupt() {
    if [ "$holding" ] && [ ! "$signalled" ]; then signalled=$1; else leave "$1"; fi
}

leave() {
    trap '' INT TERM HUP
    exit "$1"
}

# await: waits for the job in the background; a signal ends a wait, and not the job. The job's status.
await() {
    local status=0
    wait "$!" || status=$?
    while [ "$status" -gt 128 ] && kill -0 "$!" 2>/dev/null; do
        status=0
        wait "$!" || status=$?
    done
    ended=$!
    return "$status"
}

# launch COMMAND...: runs it, not longer than a step may take. Its output is in $said, what it says on
# standard error in $complaint. Its status.
#
# In the background, so that a signal is seen at once. With nothing to read: govc and incus would
# take the script's own standard input for theirs. -k: BusyBox has no --kill-after.
launch() {
    local status=0
    timeout -k 5 "$timeout" "$@" >"$folder/said" 2>"$folder/complaint" </dev/null &
    await || status=$?
    contents said "$folder/said"
    contents complaint "$folder/complaint"
    # BusyBox's word for what GNU calls 124; and one that had to be killed.
    case $status in
        124 | 137 | 143) status=124 complaint="does not return in $timeout s" ;;
    esac
    return "$status"
}

# run CODE COMMAND...: which must succeed; CODE is the exit code if it does not.
run() {
    local code="$1"
    shift
    launch "$@" || fail "$code" "$*: $complaint${said:+ $said}"
}

# create UNDO COMMAND...: UNDO, a function of the script, is called at the end.
create() {
    local undo="$1" status=0
    shift
    holding=1
    launch "$@" || status=$?
    # What did not return in time, or of which it is not known how it ended, may have made what it should.
    case $status in 0 | 124 | 129 | 130) undos="$undo $undos" ;; esac
    let_go
    [ "$status" -eq 0 ] || fail "$START" "$*: $complaint${said:+ $said}"
}

# talk OPTION...: the probe's check of the machine, and its exit codes; $press_code in the place of PRESS, where the tool
# that presses the button waits for the machine's end.
talk() {
    local status=0
    "$probe" --json --timeout "$timeout" "$@" >"$folder/told" 2>"$folder/complaint" </dev/null &
    await || status=$?
    contents told "$folder/told"
    case $told in
        *'"step":"banner"'*) say ClientAPI ;;
        *'"step":"prompt"'*) say prompt ;;
    esac
    case $told in *'"step":"answer"'*) say 'hello -> olleh' ;; esac
    [ "$status" -ne 0 ] || return 0
    [ "$status" -ne "$PRESS" ] || status=${press_code:-$PRESS}
    complaint=$(message "$folder/told")
    # Without a report, it says on standard error why there is none.
    [ "$complaint" ] || contents complaint "$folder/complaint"
    fail "$status" "$complaint"
}

# hear_log COMMAND...: waits for the banner in what the command prints: a console's log, for who comes late.
hear_log() {
    within "$timeout" has_said_banner "$@" || fail "$NO_BANNER" "the banner does not come in $timeout s, heard $said"
    say ClientAPI
}
has_said_banner() {
    run "$OPEN" "$@"
    case $said in *ClientAPI*'$'*) ;; *) false ;; esac
}

# message FILE: what the probe says is wrong.
message() {
    sed -n 's/.*"message":"\(.*\)","ok":.*/\1/p' "$1" | sed 's/\\\(["\\]\)/\1/g'
}

# within SECONDS COMMAND...: attempts COMMAND until it succeeds, for what nothing tells of.
within() {
    local until="$1" now
    shift
    now
    until=$((now + until))
    until "$@"; do
        now
        [ "$now" -lt "$until" ] || return 1
        pause 0.1
    done
}

# now: the time, in seconds, into $now.
now() {
    date +%s >"$folder/now"
    read -r now <"$folder/now"
}

# pause SECONDS: in the background, so that a signal is seen at once.
pause() {
    sleep "$1" &
    await || :
}

# drop COMMAND...: for UNDO functions: runs it, and notes its complaint if it fails.
drop() {
    launch "$@" || leave_behind "$*: $complaint${said:+ $said}"
}

# leave_behind TEXT: notes that something is.
leave_behind() {
    left="${left}smoke: FAIL: left behind: $1
"
}

# At the end, whichever way: what was created goes, the last one first; then the temporary files.
clean_up() {
    local code=$? undo
    # Once is enough, and to the end.
    trap '' INT TERM HUP
    set +e
    # A child that is ended before it has become its command is still this script, and not the one to clean up.
    [ "$(exec sh -c 'echo $PPID')" = $$ ] || exit "$code"
    signalled='' holding=''
    {
        # timeout(1) has a process group of its own, which it may have left to itself (a signal between its fork and what
        # follows); BusyBox's and the probe have none.
        [ "$!" = "$ended" ] || { kill -s TERM -- "-$!" || kill "$!"; } && await
        for undo in $undos; do $undo; done
        [ ! "$folder" ] || rm -rf "$folder"
    } 2>/dev/null
    [ ! "$folder" ] || [ ! -e "$folder" ] || leave_behind "$folder cannot be removed"
    printf %s "$left" >&2
    [ ! "$left" ] || [ "$code" -ne 0 ] || code=$LEFT_BEHIND
    exit "$code"
}

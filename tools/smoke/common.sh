# shellcheck shell=bash disable=SC2034,SC2154 # $here is the scripts', $code and $longer theirs to use
#
# What the scripts in this folder share: options, the image, one line for each failure, clean-up, and
# the talk with the machine. Bash 4.4 and coreutils.
#
# A script says what it is (`about`, `images`, `option`), calls `begin "$@"`, and then works by
#
#   run COMMAND...          a command that must succeed; its output is in $said
#   create UNDO COMMAND...  the same, and UNDO is run at the end, whichever way that is; where UNDO runs, -e does not hold
#   open_line COMMAND...    a command whose standard input and output are the machine's COM1
#   converse                banner, prompt, a line and its answer
#   hear_end                the end of the line, which goes with the machine
#
# Nothing sleeps for a fixed time: each wait ends by what it waits for, or after --timeout seconds.
# A signal ends the script at once, but for a command that creates something: that one is waited for,
# since what is half made cannot be removed. A second signal does not wait.
#
# Exit codes: the probe's (boot256-probe --help), 13, and 128 and the signal's number.

# Command line: the image makes no sense, or an option.
readonly USAGE=2
# The serial line cannot be opened.
readonly OPEN=3
# The machine cannot be made or started: a tool is missing, an import is refused.
readonly START=4
# The line ends before all is said.
readonly CLOSED=5
# No banner in time.
readonly NO_BANNER=6
# No prompt in time, or something else in its place.
readonly NO_PROMPT=7
# A typed byte does not come back, or not as it should.
readonly ECHO=8
# The answer is wrong, or does not come.
readonly ANSWER=9
# The power button cannot be pressed.
readonly PRESS=10
# The button is pressed and the machine stays on.
readonly STILL_ON=11
# The machine goes off, but not by its own doing.
readonly OTHER_END=12
# All was well, but something is left behind.
readonly LEFT_BEHIND=13

declare -A option=([name]=boot256-smoke-$$ [timeout]=${TIMEOUT:-60})
help=('--name NAME|what the machine is called' '--timeout SECONDS|what a step may take')
about='' operands='' kinds=() folder='' image='' said='' heard='' from='' to='' line=''
ends=() child='' holding='' signalled='' timeout='' shorter='' longer=''

# --- What a script is ---------------------------------------------------------------------

# about TEXT: what the script does, for --help.
about() {
    about=$1
}

# takes WORDS: what the command line begins with, for --help; the script reads it itself.
takes() {
    operands="$1 "
}

# images KIND...: the endings of the files it takes; the first one is the default.
images() {
    kinds=("$@")
}

# option NAME DEFAULT WORD HELP: an option --NAME WORD; its value is ${option[NAME]}.
option() {
    option[$1]=$2
    help+=("--$1 $3|$4${2:+ ($2)}")
}

usage() {
    local line
    cat <<USAGE
Usage: ${0##*/} ${operands}[OPTION]... [IMAGE | FOLDER]

$about

  IMAGE             a file that ends in one of: ${kinds[*]}
  FOLDER            a release, or build/: boot.${kinds[0]} in it is taken
                    (without either: the folder above this one, or build/)
USAGE
    for line in "${help[@]}"; do
        printf '  %-17s %s\n' "${line%%|*}" "${line#*|}"
    done
    printf '  %-17s %s\n' --help 'this text'
}

# begin "$@": reads the command line, finds the image, and makes $folder for what comes and goes.
begin() {
    local name value words=()
    while (($#)); do
        case $1 in
            --help | -h)
                usage
                exit
                ;;
            -*)
                name=${1%%=*}
                [[ $name == --?* && -v option[${name#--}] ]] || fail "$USAGE" "$name: no such option (see ${0##*/} --help)"
                if [[ $1 == *=* ]]; then
                    value=${1#*=}
                else
                    (($# > 1)) || fail "$USAGE" "$1 needs a value (see ${0##*/} --help)"
                    shift
                    value=$1
                fi
                option[${name#--}]=$value
                ;;
            *) words+=("$1") ;;
        esac
        shift
    done
    ((${#words[@]} <= 1)) || fail "$USAGE" "one image is enough: ${words[1]}"
    timeout=${option[timeout]}
    [[ $timeout =~ ^[1-9][0-9]{0,5}$ ]] || fail "$USAGE" "--timeout: not a number of seconds: $timeout"
    # For a tool's own patience, a bit less than the script's; and for a power cut that must not be mistaken
    # for the button's work.
    shorter=$((timeout - timeout / 10)) longer=$((2 * timeout))
    [[ ${option[name]} =~ ^[A-Za-z0-9][A-Za-z0-9-]*$ ]] ||
        fail "$USAGE" "--name: letters, digits and hyphens only: ${option[name]}"
    find_image "${words[@]}"
    trap clean_up EXIT
    trap 'interrupt INT' INT
    trap 'interrupt TERM' TERM
    trap 'interrupt HUP' HUP
    folder=$(mktemp -d) || fail "$START" 'no folder for temporary files'
    : >"$folder/line"
}

# find_image [IMAGE | FOLDER]: the file, into $image.
find_image() {
    local place=${1-} kind
    if (($# == 0)); then
        place=$here/..
        [[ -e $place/boot.${kinds[0]} ]] || place=$here/../../build
        place=$place/boot.${kinds[0]}
    elif [[ ! $place ]]; then
        # As of a variable of a pipeline that is not set: to take another image then would be a test of that one.
        fail "$USAGE" 'the image has no name'
    fi
    [[ ! -d $place ]] || place=$place/boot.${kinds[0]}
    for kind in "${kinds[@]}"; do
        [[ $place != *".$kind" ]] || image=$place
    done
    [[ $image ]] || fail "$USAGE" "$place: not an image that this script knows (${kinds[*]})"
    [[ -r $image && -f $image ]] || fail "$USAGE" "$image is missing"
    image=$(realpath "$image")
}

# need TOOL PACKAGE
need() {
    command -v "$1" >/dev/null || fail "$START" "$1 is missing ($2)"
}

# --- One line -------------------------------------------------------------------------------

say() {
    echo "smoke: $*"
}

# fail CODE TEXT...: ends the script with one line that says what is wrong.
fail() {
    local code=$1
    shift
    echo "smoke: FAIL: ${*//$'\n'/ }" >&2
    exit "$code"
}

# shown TEXT: its last bytes, control characters made visible, on one line.
shown() {
    local text=$1
    ((${#text} <= 120)) || text=${text: -120}
    printf '%q' "$text"
}

# complaint: what a tool said on standard error, in one line. Not what bash says of a child that
# it has killed.
complaint() {
    [[ ! -s $folder/log ]] || tr -s '\r\n' '  ' <"$folder/log"
}

# --- Commands -------------------------------------------------------------------------------

# interrupt SIGNAL: the end, or a note where something is being created.
interrupt() {
    # A `read -t` that a signal has ended leaves its alarm to come, and that is the end of bash (5.2).
    trap '' ALRM
    if [[ $holding && ! $signalled ]]; then
        signalled=$1
    else
        leave "$1"
    fi
}

leave() {
    case $1 in
        HUP) exit 129 ;;
        INT) exit 130 ;;
        *) exit 143 ;;
    esac
}

# launch COMMAND...: runs it, not longer than a step may take, its output in $said. Its status.
#
# In the background, so that a signal is seen at once. With nothing to read: govc and incus would
# take the script's own standard input for theirs.
launch() {
    local status=0 again
    timeout --kill-after=5 "$timeout" "$@" >"$folder/said" 2>"$folder/log" </dev/null &
    child=$!
    # A signal ends a wait, and not the child.
    until wait "$child" && status=0 || status=$?; ! kill -0 "$child" 2>/dev/null; do :; done
    if ((status > 128)); then
        # The signal's number or the child's own: asked again, bash gives the child's, unless it has done so
        # or (5.2) has lost it: -1.
        wait "$child" 2>/dev/null && again=0 || again=$?
        ((again == 127 || again < 0)) || status=$again
    fi
    child=''
    said=$(<"$folder/said")
    return "$status"
}

# refused CODE STATUS COMMAND...: the line for a command that has failed.
refused() {
    local code=$1 status=$2
    shift 2
    ((status != 124 && status != 137)) || fail "$code" "$(called "$@"): does not return in $timeout s"
    fail "$code" "$(called "$@"): $(complaint)$said"
}

# called TOOL [-OPTION VALUE]... COMMAND ...: tool and command, for a message.
called() {
    local tool=$1
    shift
    while [[ ${1-} == -* && $# -gt 1 ]]; do shift 2; done
    echo "$tool ${1-}"
}

# run COMMAND...: which must succeed; $code (START by default) is the exit code if it does not.
run() {
    local status=0
    launch "$@" || status=$?
    ((status == 0)) || refused "${code:-$START}" "$status" "$@"
}

# create UNDO COMMAND...: as run. UNDO, a function of the script, is called at the end.
create() {
    local undo=$1 status=0
    shift
    holding=1
    launch "$@" || status=$?
    holding=''
    # What did not return in time, or of which it is not known how it ended, may have made what it should.
    ((status != 0 && status != 124 && status <= 128)) || ends+=("$undo")
    [[ ! $signalled ]] || leave "$signalled"
    ((status == 0)) || refused "$START" "$status" "$@"
}

# until_true WHAT COMMAND...: asks again and again; $code as in run. What COMMAND leaves in $seen is told too.
until_true() {
    local what=$1 until=$((SECONDS + timeout)) seen=''
    shift
    until "$@"; do
        ((SECONDS < until)) || fail "${code:-$START}" "$what${seen:+, $seen}"
        pause 0.1
    done
}

# pause SECONDS: for what nothing tells of. In the background: a signal is seen at once.
pause() {
    sleep "$1" &
    child=$!
    wait "$child" || :
    child=''
}

# patience TIMES COMMAND...: attempts COMMAND, for tools that hold a thing for a moment after its end.
patience() {
    local times=$1
    shift
    until launch "$@"; do
        ((times-- > 1)) || return 1
        pause 0.1
    done
}

# drop COMMAND...: for UNDO functions: runs it, and notes its complaint if it fails.
drop() {
    launch "$@" || left+=("$(called "$@"): $(complaint)$said")
}

# At the end, whichever way: what was created goes, the last one first; then the temporary files.
clean_up() {
    local code=$? i left=()
    # Once is enough, and to the end.
    trap '' INT TERM HUP
    signalled='' holding=''
    [[ ! $child ]] || { kill "$child" && wait "$child"; } 2>/dev/null || :
    for ((i = ${#ends[@]} - 1; i >= 0; i--)); do
        "${ends[i]}" || :
    done
    rm -rf "$folder"
    for i in "${left[@]}"; do
        echo "smoke: FAIL: left behind: ${i//$'\n'/ }" >&2
        ((code)) || code=$LEFT_BEHIND
    done
    exit "$code"
}

# --- The line -------------------------------------------------------------------------------

# open_line COMMAND...: its standard input is COM1's input, its standard output COM1's output.
open_line() {
    mkfifo "$folder/com1"
    # Bash opens it for both directions, so that it waits for nobody, and the command sees no end.
    exec {to}<>"$folder/com1"
    exec {from}< <(exec "$@" <"$folder/com1" 2>"$folder/line")
    line=$!
    ends+=(close_line)
}

# is_connected TEXT: the line's command has said TEXT.
is_connected() {
    [[ $(<"$folder/line") == *"$1"* ]]
}

close_line() {
    # Where the machine is off, there is nothing to end.
    [[ ! $line ]] || kill "$line" 2>/dev/null || :
    exec {from}<&- {to}>&-
}

# open_terminal DEVICE: COM1 is a terminal.
open_terminal() {
    [[ -c $1 ]] || fail "$OPEN" "$1 is no terminal"
    exec {to}<>"$1"
    # raw, -echo: nothing is changed and nothing added. min 1: a read waits for a byte.
    stty raw -echo min 1 <&"$to" || fail "$OPEN" "$1 is no terminal"
    # By cat, for bash itself would turn CR into LF: it changes the mode of a terminal that it reads.
    exec {from}< <(exec cat <&"$to" 2>/dev/null)
    line=$!
    ends+=(close_line)
}

# hear WHAT CODE: takes one byte more into $heard. WHAT is what the wait is for, for the message.
hear() {
    local byte status=0
    # LC_ALL=C: bytes, not characters. -d '': a line feed is a byte as any other.
    LC_ALL=C IFS= read -r -d '' -n 1 -t "$timeout" -u "$from" byte || status=$?
    ((status <= 128)) || fail "$2" "$1 does not come in $timeout s, heard $(shown "$heard")"
    ((status == 0)) || fail "$CLOSED" "the line ends before $1, heard $(shown "$heard")$(why)"
    heard+=$byte
}

# A reason for the end of the line, if there is one.
why() {
    local said
    # Not what socat and virtctl say of their success.
    said=$(sed '/ N starting data transfer loop/d; /^Successfully connected/d' "$folder/line" | tr -s '\r\n' '  ')
    [[ ! $said ]] || printf ': %s' "$said"
}

# hear_until TEXT WHAT CODE: takes bytes until the last ones are TEXT.
hear_until() {
    while [[ $heard != *"$1" ]]; do
        hear "$2" "$3"
    done
}

# hear_exactly TEXT WHAT CODE: the next bytes must be TEXT.
hear_exactly() {
    local before=${#heard} i
    for ((i = 1; i <= ${#1}; i++)); do
        hear "$2" "$3"
        [[ ${heard:before} == "${1:0:i}" ]] ||
            fail "$3" "$2 is wrong: expected $(shown "$1"), heard $(shown "${heard:before}")"
    done
}

# The banner and the prompt, whatever the firmware says before.
hear_banner() {
    hear_until $'ClientAPI\r\n$ ' 'the banner' "$NO_BANNER"
    say 'ClientAPI'
}

# For a line that was opened too late for the banner: Enter, and the prompt that answers it.
ask_for_prompt() {
    printf '\r' >&"$to"
    # CR LF for the Enter, CR LF for the empty line's answer.
    hear_until $'\r\n\r\n$ ' 'the prompt after Enter' "$NO_PROMPT"
    say 'prompt'
}

# A line, its echo, its answer, the prompt.
type_line() {
    printf 'hello\r' >&"$to"
    hear_exactly $'hello\r\n' 'the echo' "$ECHO"
    hear_exactly $'olleh\r\n' 'the answer' "$ANSWER"
    hear_exactly '$ ' 'the prompt after the answer' "$NO_PROMPT"
    say 'hello -> olleh'
}

converse() {
    hear_banner
    type_line
}

# Waits for the end of the line, which goes with the machine.
hear_end() {
    local rest status=0
    IFS= read -r -d '' -t "$timeout" -u "$from" rest || status=$?
    ((status <= 128)) || fail "$STILL_ON" "the power button is pressed, but the machine is not off after $timeout s"
    line=''
}

# off REASON: the last lines.
off() {
    say "off ($1)"
    say 'ok'
}

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
# No $(COMMAND) and no <(COMMAND) where all goes well: bash (5.2) loses a SIGINT that comes while such a
# command ends, trap or no trap, and once in a while never ends. It is for the message of a failure only.
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
ends=() child='' complaint='' holding='' signalled='' timeout='' shorter='' longer=''

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
    make_folder
    : >"$folder/line"
}

# make_folder: a folder that nobody else has, into $folder; there is no moment in which it is made and not known.
make_folder() {
    local place=${TMPDIR:-/tmp}/boot256-smoke.$$.$RANDOM$RANDOM
    holding=1
    ! mkdir -m 700 "$place" 2>/dev/null || folder=$place
    let_go
    [[ $folder ]] || fail "$START" "no folder for temporary files: $place cannot be made"
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
    trap '' INT TERM HUP
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

# contents VARIABLE FILE: what is in the file, without line ends at its end and without zeros: as $(<FILE).
contents() {
    # Names that no caller's variable has.
    local _part _all=''
    while IFS= read -r -d '' _part; do _all+=$_part; done <"$2"
    _all+=$_part
    while [[ $_all == *$'\n' ]]; do _all=${_all%$'\n'}; done
    printf -v "$1" %s "$_all"
}

# output VARIABLE COMMAND...: what it says, as VARIABLE=$(COMMAND). Its status.
output() {
    local _into=$1
    shift
    "$@" >"$folder/output" && contents "$_into" "$folder/output"
}

# one_line VARIABLE FILE: as contents, line ends turned into blanks, and many blanks into one.
one_line() {
    contents "$1" "$2"
    local _line=${!1//[$'\r\n']/ }
    while [[ $_line == *'  '* ]]; do _line=${_line//  / }; done
    printf -v "$1" %s "$_line"
}

# --- Commands -------------------------------------------------------------------------------

# let_go: no signal waits any more; one that has waited is obeyed.
let_go() {
    holding=''
    [[ ! $signalled ]] || leave "$signalled"
}

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
    trap '' INT TERM HUP
    case $1 in
        HUP) exit 129 ;;
        INT) exit 130 ;;
        *) exit 143 ;;
    esac
}

# launch COMMAND...: runs it, not longer than a step may take. Its output is in $said, what it says on
# standard error in $complaint. Its status.
#
# In the background, so that a signal is seen at once. With nothing to read: govc and incus would
# take the script's own standard input for theirs.
launch() {
    local status=0 known
    : >"$folder/status"
    # shellcheck disable=SC2016 # for the inner one
    timeout --kill-after=5 "$timeout" bash -c '"$@"; echo $? >"$0"' "$folder/status" "$@" \
        >"$folder/said" 2>"$folder/log" </dev/null &
    child=$!
    wait "$child" 2>/dev/null || status=$?
    # A signal ends a wait, and not the child. Not waited for again: bash (5.2) may have lost how that one ended,
    # and then waits for ever.
    while kill -0 "$child" 2>/dev/null; do sleep 0.1; done
    child=''
    # Not known of what was ended: then the wait's.
    contents known "$folder/status"
    status=${known:-$status}
    contents said "$folder/said"
    one_line complaint "$folder/log"
    return "$status"
}

# refused CODE STATUS COMMAND...: the line for a command that has failed.
refused() {
    local code=$1 status=$2
    shift 2
    ((status != 124 && status != 137)) || fail "$code" "$(called "$@"): does not return in $timeout s"
    fail "$code" "$(called "$@"): $complaint$said"
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
    # What did not return in time, or of which it is not known how it ended, may have made what it should.
    ((status != 0 && status != 124 && status <= 128)) || ends+=("$undo")
    let_go
    ((status == 0)) || refused "$START" "$status" "$@"
}

# until_true WHAT COMMAND...: asks again and again; $code as in run. What COMMAND leaves in $seen is told too,
# and where it is the line that cannot be opened, what its command said. That one's end ends the wait.
until_true() {
    local what=$1 until=$((SECONDS + timeout)) seen
    shift
    until "$@"; do
        { ((SECONDS < until)) && may_open; } || give_up "$what" ${seen+"$seen"}
        pause 0.1
    done
}

# may_open: not, if a line is to be opened by a command that has ended.
may_open() {
    [[ ${code-} != "$OPEN" || ! $line ]] || kill -0 "$line" 2>/dev/null
}

# give_up WHAT [SEEN]: the end of until_true.
give_up() {
    local what=$1
    (($# < 2)) || what+=", heard $(shown "$2")"
    [[ ${code-} != "$OPEN" ]] || what+=$(why)
    fail "${code:-$START}" "$what"
}

# pause SECONDS: for what nothing tells of. In the background: a signal is seen at once.
pause() {
    sleep "$1" &
    child=$!
    # bash (5.2) may say that there is no such process, if a signal comes.
    wait "$child" 2>/dev/null || :
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
    launch "$@" || left+=("$(called "$@"): $complaint$said")
}

# end_jobs: ends what runs in the background. Not $child alone: a signal may have come before that was set.
end_jobs() {
    [[ $folder ]] || return
    jobs -pr >"$folder/jobs"
    while read -r child; do
        kill "$child" && wait "$child"
    done <"$folder/jobs"
}

# At the end, whichever way: what was created goes, the last one first; then the temporary files.
clean_up() {
    local code=$? i left=()
    # A child that is ended before it has become its command is still this script, and not the one to clean up.
    [[ $BASHPID == "$$" ]] || exit "$code"
    # Once is enough, and to the end.
    trap '' INT TERM HUP
    signalled='' holding=''
    {
        end_jobs || :
        for ((i = ${#ends[@]} - 1; i >= 0; i--)); do
            "${ends[i]}" || :
        done
        rm -rf "$folder" || :
        # Not what bash (5.2) says of a child that it has lost when a signal came.
    } 2>/dev/null
    [[ ! $folder || ! -e $folder ]] || left+=("$folder cannot be removed")
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
    # For both directions: bash waits for nobody, and the command sees no end.
    exec {to}<>"$folder/com1"
    listen_to "$folder/line" "$@"
}

# listen_to LOG COMMAND...: runs it with $to as its standard input; what it says comes by $from.
listen_to() {
    local log=$1 both into
    shift
    mkfifo "$folder/heard"
    # Opened for both directions first: who opens one end of a named pipe waits for the other.
    exec {both}<>"$folder/heard"
    exec {from}<"$folder/heard"
    exec {into}>"$folder/heard" {both}>&-
    ends+=(close_line)
    holding=1
    "$@" <&"$to" >&"$into" 2>"$log" &
    line=$!
    # Its end is nothing that bash should speak of.
    disown "$line"
    let_go
    exec {into}>&-
}

# has_said TEXT: the line's command has.
has_said() {
    local text
    contents text "$folder/line"
    [[ $text == *"$1"* ]]
}

close_line() {
    local i
    # Where the machine is off, there is nothing to end.
    if [[ $line ]] && kill "$line" 2>/dev/null; then
        # It may have a file in $folder.
        for ((i = 0; i < 50; i++)); do
            kill -0 "$line" 2>/dev/null || break
            sleep 0.1
        done
        kill -KILL "$line" 2>/dev/null || :
    fi
    exec {from}<&- {to}>&-
}

# open_terminal DEVICE: COM1 is a terminal.
open_terminal() {
    [[ -c $1 ]] || fail "$OPEN" "$1 is no terminal"
    exec {to}<>"$1"
    # raw, -echo: nothing is changed and nothing added. min 1: a read waits for a byte.
    stty raw -echo min 1 <&"$to" || fail "$OPEN" "$1 is no terminal"
    # By cat, for bash itself would turn CR into LF: it changes the mode of a terminal that it reads.
    listen_to /dev/null cat
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
    sed '/ N starting data transfer loop/d; /^Successfully connected/d' "$folder/line" >"$folder/why"
    one_line said "$folder/why"
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

# off REASON: the last lines. A signal would come too late from here on, and in the midst of the clean-up.
off() {
    trap '' INT TERM HUP
    say "off ($1)"
    say 'ok'
}

# shellcheck shell=bash disable=SC2154 # $from and $to are the scripts'
#
# What the scripts in this folder share: to hear a text, to type, to end with one line. Bash alone.
#
# The machine's COM1 is the file descriptor $from to read and $to to write. Nothing here sleeps:
# each wait ends by the byte it waits for, by the end of the line, or after $TIMEOUT seconds.

: "${TIMEOUT:=60}"

heard=

say() {
    echo "smoke: $*"
}

# Ends the script with one line that says what is wrong.
fail() {
    echo "smoke: FAIL: $*" >&2
    exit 1
}

# shown TEXT: its last bytes, control characters made visible, on one line.
shown() {
    local text=$1
    ((${#text} <= 120)) || text=${text: -120}
    printf '%q' "$text"
}

# hear WHAT: takes one byte more into $heard. WHAT is what the wait is for, for the message.
hear() {
    local byte status=0
    # LC_ALL=C: bytes, not characters. -d '': a line feed is a byte as any other.
    LC_ALL=C IFS= read -r -d '' -n 1 -t "$TIMEOUT" -u "$from" byte || status=$?
    ((status <= 128)) || fail "$1 does not come in $TIMEOUT s, heard $(shown "$heard")"
    ((status == 0)) || fail "the line ends before $1, heard $(shown "$heard")$(why)"
    heard+=$byte
}

# A reason for the end of the line, if the script knows one.
why() {
    :
}

# hear_until TEXT WHAT: takes bytes until the last ones are TEXT.
hear_until() {
    while [[ $heard != *"$1" ]]; do
        hear "$2"
    done
}

# hear_exactly TEXT WHAT: the next bytes must be TEXT.
hear_exactly() {
    local before=${#heard} i
    for ((i = 1; i <= ${#1}; i++)); do
        hear "$2"
        [[ ${heard:before} == "${1:0:i}" ]] ||
            fail "$2 is wrong: expected $(shown "$1"), heard $(shown "${heard:before}")"
    done
}

# The check itself: the banner and the prompt, whatever the firmware says before; then a line.
converse() {
    hear_until $'ClientAPI\r\n$ ' 'the banner'
    say 'ClientAPI'
    printf 'hello\r' >&"$to"
    hear_exactly $'hello\r\n' 'the echo'
    hear_exactly $'olleh\r\n$ ' 'the answer'
    say 'hello -> olleh'
}

# Waits for the end of the line, which goes with the machine.
hear_end() {
    local rest status=0
    IFS= read -r -d '' -t "$TIMEOUT" -u "$from" rest || status=$?
    ((status <= 128)) || fail "the machine is not off after $TIMEOUT s"
}

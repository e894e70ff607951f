#!/bin/bash
# make reproduce: two clean clones of the last commit, built as differently as this machine allows,
# give a release of the same bytes. Prints the SHA-256 of every file; exit status 1 if any differs.
#
# The second build has another folder, user, umask, time zone, locale, home, target folder and date.
# What this machine cannot change is said.
set -eu -o pipefail

die() { echo "boot256: $*" >&2; exit 1; }

command -v git >/dev/null || die "git is missing (package git): run 'make setup'"
root=$(git rev-parse --show-toplevel)
[ -z "$(git -C "$root" status --porcelain)" ] || echo "boot256: what is not committed is not in the clones"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP

# Both fetch the crates from where this user has them, for another home has none.
export CARGO_HOME=${CARGO_HOME:-$HOME/.cargo} RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup}
# These are this make's own, or would reach both builds alike.
unset MAKEFLAGS MAKELEVEL MFLAGS MAKEOVERRIDES CARGO_TARGET_DIR SOURCE_DATE_EPOCH
(cd "$root" && "${CARGO:-cargo}" fetch --quiet --locked)
export CARGO_NET_OFFLINE=true

one=$work/one
two=$work/another/folder/with-a-longer-name/two
git clone --quiet --no-hardlinks "$root" "$one"
git clone --quiet --no-hardlinks "$root" "$two"
find "$two" -not -path '*/.git/*' -exec touch -h -d '2001-02-03 04:05:06' {} +

# build FOLDER COMMAND...: `make release` there below a command; what it prints is shown if it fails.
build() {
    echo "boot256: builds in $1"
    "${@:2}" make -C "$1" release >"$work/log" 2>&1 || { cat "$work/log" >&2; die "the build in $1 failed"; }
}

(umask 022; build "$one" env TZ=UTC LC_ALL=C)

# Another user: a user ID of a namespace, so that the files stay this user's.
different=()
if unshare --user --map-user=12345 --map-group=12345 true 2>/dev/null; then
    different+=(unshare --user --map-user=12345 --map-group=12345 --)
else
    echo "boot256: the same user builds twice: this machine lets no one have a user namespace"
fi
if command -v faketime >/dev/null; then
    # rustc and libfaketime 0.9.10 wait for each other for ever. No date is in what rustc makes: it is told the right one.
    cargo=${CARGO:-$(command -v cargo)}
    printf '#!/bin/sh\nexec env --unset=LD_PRELOAD "%s" "$@"\n' "${cargo%cargo}rustc" >"$work/rustc"
    chmod 755 "$work/rustc"
    different+=(env RUSTC="$work/rustc" faketime -f +1000d)
else
    echo "boot256: both builds are of the same day: faketime is missing (package faketime)"
fi
mkdir "$work/home" "$work/locale"
echo "-volid OTHER -publisher OTHER" >"$work/home/.xorrisorc"
echo "PUBL=OTHER" >"$work/home/.mkisofsrc"
localedef -i en_US -f UTF-8 "$work/locale/en_US.UTF-8" 2>/dev/null ||
    echo "boot256: both builds have the locale C: the sources of others are missing (package locales)"
(umask 077; build "$two" env HOME="$work/home" USER=other LOGNAME=other TZ=Pacific/Kiritimati \
    LOCPATH="$work/locale" LC_ALL=en_US.UTF-8 SOURCE_DATE_EPOCH=86400 CARGO_TARGET_DIR="$work/target" "${different[@]}")

diff --recursive --brief "$one/build/release" "$two/build/release" || die "the two releases differ"
[ -n "$(ls -A "$one/build/release")" ] || die "the releases are empty"
(cd "$one/build/release" && sha256sum -- *)
echo "boot256: two builds, the same bytes"

# SPDX-License-Identifier: MIT
# TAP for shell tests, sourced as: . "${top_srcdir:-.}/tests/tap.sh"; the last line of a test is tap_done.

: "${top_srcdir:=.}" "${top_builddir:=.}"
tap_count=0
tap_failed=0
tap_dir=

# tap_temporary: sets tap_dir to a fresh folder that goes away with the test.
tap_temporary() {
	tap_dir=$(mktemp -d "${TMPDIR:-/tmp}/corbel-test.XXXXXX") || exit 99
	trap 'rm -rf "$tap_dir"' EXIT
	trap 'exit 99' HUP INT TERM
}

ok() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1"
}

# not_ok CLAIM [WORDS]: the words become diagnostics.
not_ok() {
	tap_count=$((tap_count + 1))
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_count - $1"
	if [ -n "${2-}" ]; then printf '%s\n' "$2" | sed 's/^/# /'; fi
}

# check CLAIM COMMAND...: the command's status decides; its output is shown when it fails.
check() {
	tap_claim=$1
	shift
	if tap_output=$("$@" 2>&1); then ok "$tap_claim"; else not_ok "$tap_claim" "$tap_output"; fi
}

# check_fails CLAIM COMMAND...: the command must fail.
check_fails() {
	tap_claim=$1
	shift
	if tap_output=$("$@" 2>&1); then not_ok "$tap_claim" "$tap_output"; else ok "$tap_claim"; fi
}

# check_empty CLAIM WORDS: any words are what is wrong.
check_empty() {
	if [ -z "$2" ]; then ok "$1"; else not_ok "$1" "$2"; fi
}

# check_equal CLAIM FOUND EXPECTED
check_equal() {
	if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "found: $2
expected: $3"; fi
}

# skip CLAIM REASON: leaves out one test.
skip() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

# skip_all REASON: ends the test when what it needs is missing.
skip_all() {
	echo "1..0 # SKIP $1"
	exit 77
}

# wait_for SECONDS COMMAND...: until the command succeeds, or fails the wait after that long.
wait_for() {
	tap_end=$(($(date +%s) + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		if [ "$(date +%s)" -ge "$tap_end" ]; then return 1; fi
		sleep 0.05
	done
}

tap_done() {
	echo "1..$tap_count"
	if [ "$tap_failed" -ne 0 ]; then exit 1; fi
	exit 0
}

# shellcheck shell=bash
# Refuses the servers and Pythons that this version is not for. Sourced after common.sh, not run.

# shellcheck disable=SC2154
platforms=$root/cerebro_db/platforms.py

# Prints the major version in what pg_config --version says: 15, or before PostgreSQL 10 9.4.
major_of() {
    [[ $1 =~ ([0-9]+)(\.[0-9]+)? ]] || die "there is no version in: $1"
    if ((BASH_REMATCH[1] < 10)); then
        echo "${BASH_REMATCH[0]}"
    else
        echo "${BASH_REMATCH[1]}"
    fi
}

# Refuses a server of a kind, the first argument, whose major version is none of its target's.
require_server() {
    local supported
    supported=$(sed -n "s/^    \"$1\": \"\([0-9., ]*\)\",\$/\1/p" "$platforms")
    [[ ", $supported, " == *", $2, "* ]] ||
        die "PostgreSQL $2 is not supported; this version is for PostgreSQL $supported"
}

# Refuses a server whose PL/Python embeds a version of Python for which there is no TensorFlow.
require_python() {
    local supported
    supported=$(sed -n 's/^PYTHONS = "\(.*\)"$/\1/p' "$platforms")
    [[ ", $supported, " == *", $1, "* ]] ||
        die "the server's PL/Python embeds Python $1; TensorFlow is there for Python $supported only"
}

#!/usr/bin/env bash
# Installs what is missing and nothing else: PostgreSQL with PL/Python, a virtual environment for the
# Python that PL/Python embeds, the package and the extension. Never touches a database cluster. Into
# a Greenplum, which PG_CONFIG has to name, on each of its hosts.
#
# usage: scripts/install.sh [demo] [test] [bench]     the extras of pyproject.toml to install as well
# environment: PREFIX, PG_CONFIG (see common.sh)
#   FRAMEWORKS  what is to train, of tensorflow, jax and torch; "tensorflow jax" are two. tensorflow
#               unless set. What was installed before stays

set -euo pipefail
umask 022
# shellcheck source=scripts/common.sh
source "$(dirname "$0")/common.sh"
# shellcheck source=scripts/supported.sh
source "$(dirname "$0")/supported.sh"

main() {
    local framework frameworks
    read -ra frameworks <<<"${FRAMEWORKS:-tensorflow}"
    for framework in "${frameworks[@]}"; do
        [[ $framework =~ ^(tensorflow|jax|torch)$ ]] ||
            die "FRAMEWORKS has $framework; there are tensorflow, jax and torch"
    done
    become_root "$@"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    local extra extras=() rivals=
    for extra; do
        if [[ $extra == bench ]]; then rivals=yes; else extras+=("$extra"); fi
    done
    install_server
    [[ " $* " != *' test '* ]] || install_cron
    install_environment "${frameworks[@]}" "${extras[@]}"
    install_package
    install_extension
    [[ -z $rivals ]] || install_rivals
}

# Sets pg_config, target, the kind of server, and python, the interpreter that its PL/Python embeds.
install_server() {
    local plpython version
    find_pg_config >/dev/null || install_postgresql
    pg_config=$(find_pg_config)
    target=$(target_of "$pg_config")
    require_server "$target" "$(major_of "$("$pg_config" --version)")"

    plpython=$("$pg_config" --pkglibdir)/plpython3.so
    [[ -f $plpython ]] || install_plpython

    version=$(ldd "$plpython" | sed -n 's/^\s*lib\(python3\.[0-9]*\)\.so.*/\1/p')
    [[ -n $version ]] || die "$plpython links no libpython3: cannot tell which Python it embeds"
    require_python "${version#python}"
    python=/usr/bin/$version
}

# Greenplum and its kin know an option that PostgreSQL does not.
target_of() {
    local server version
    server=$("$1" --bindir)/postgres
    version=$("$1" --version)
    "$server" --version >/dev/null || die "$server does not start"
    if ! "$server" --gp-version >/dev/null 2>&1; then
        echo postgresql
    elif [[ $version == "PostgreSQL 9.4"* ]]; then
        echo greenplum6
    else
        echo greenplum7
    fi
}

install_postgresql() {
    local major
    apt_refresh postgresql
    major=$(apt_needs postgresql 'postgresql-\([0-9]*\)')
    [[ -z $major ]] || require_server postgresql "$major"
    require_python_of "postgresql-plpython3-$major"
    apt_install postgresql
}

install_plpython() {
    local major package
    major=$(debian_major) ||
        die "the server of $pg_config has no PL/Python: build it with --with-python"
    package=postgresql-plpython3-$major
    apt_refresh "$package"
    require_python_of "$package"
    # Another version than the server's would upgrade the server and restart its clusters.
    if [[ -n $(pg_lsclusters --no-header 2>/dev/null) ]]; then
        package="$package=$(dpkg-query --show --showformat='${Version}' "postgresql-$major")"
    fi
    apt_install "$package"
}

# With what a test schedules searches. The test is skipped where the server is not of Debian's packages.
install_cron() {
    local major
    major=$(debian_major) || return 0
    [[ -f $("$pg_config" --pkglibdir)/pg_cron.so ]] || apt_install "postgresql-$major-cron"
}

# Prints the major version of a server of Debian's packages; fails for another server.
debian_major() {
    local bin
    bin=$("$pg_config" --bindir)
    [[ $bin == /usr/lib/postgresql/*/bin ]] && basename "${bin%/bin}"
}

# Before it is downloaded.
require_python_of() {
    local version
    version=$(apt_needs "$1" 'libpython\(3\.[0-9]*\).*')
    [[ -z $version ]] || require_python "$version"
}

# Learns which packages there are.
apt_refresh() {
    command -v apt-get >/dev/null || die "install $* first, with what this system has instead of apt"
    logged apt-get --quiet update
}

# Prints what a pattern, the second argument, has in brackets of the name of a package that the first
# one needs.
apt_needs() {
    apt-cache depends "$1" 2>/dev/null | sed -n "s/^ *Depends: $2$/\1/p" | head -n 1
}

apt_install() {
    apt_refresh "$@"
    say "installing $*"
    export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
    without_new_cluster logged apt-get --quiet --yes install --no-install-recommends "$@"
}

# Debian's server packages create and start a cluster "main"; ours shall not.
without_new_cluster() (
    folder=/etc/postgresql-common/createcluster.d
    trap 'rm -f "$folder/cerebro_db.conf"; rmdir --ignore-fail-on-non-empty "$folder"' EXIT
    mkdir -p "$folder"
    echo 'create_main_cluster = false' >"$folder/cerebro_db.conf"
    "$@"
)

install_environment() {
    make_environment "$venv"
    install_requirements "$venv" server "$@"
}

# One that another Python has made becomes this one's. The packages that it has for the other stay,
# where the server that embeds that one finds them; the lists of what is installed are of one Python.
make_environment() {
    local environment=$1
    if [[ -e $environment && $(readlink -f "$environment/bin/python") != $(readlink -f "$python") ]]; then
        say "$environment becomes an environment of $python; packages for the one before stay"
        rm -f "$environment"/bin/{python,pip}* "$environment"/.{requirements,sources}
    fi
    if [[ ! -x $environment/bin/pip ]]; then
        "$python" -c 'import ensurepip, venv' 2>/dev/null || apt_install "$(basename "$python")-venv"
        logged "$python" -m venv "$environment"
    fi
}

# What the benchmark compares with sees the server's environment, and is not seen by it: the server
# runs nothing of it, and both train with the same TensorFlow.
install_rivals() {
    local folder
    make_environment "$bench"
    folder=$(purelib_of "$bench")
    purelib_of "$venv" >"$folder/server.pth"
    install_requirements "$bench" bench
}

# Installs into an environment, first, extras of pyproject.toml, beside those that it has: with server,
# what the package needs anyway and what builds it.
install_requirements() {
    local environment=$1
    shift
    "$python" - "$root/pyproject.toml" "$environment/.requirements" "$@" >"$work/requirements" <<'PYTHON'
import sys, tomllib
from pathlib import Path

project_file, installed, names = Path(sys.argv[1]), Path(sys.argv[2]), set(sys.argv[3:])
document = tomllib.loads(project_file.read_text())
project = document["project"]
groups = project["optional-dependencies"]
groups["server"] += document["build-system"]["requires"] + project["dependencies"]
if installed.exists():
    names.update(installed.read_text().splitlines()[0].partition(":")[2].split())
lines = {line for name in names for line in groups[name]}
print(f"# groups: {' '.join(sorted(names))}", *sorted(lines), sep="\n")
PYTHON
    cmp --silent "$work/requirements" "$environment/.requirements" && return
    say "installing Python packages into $environment"
    pip "$environment" install --requirement "$work/requirements"
    note "$work/requirements" "$environment/.requirements"
}

# A copy, since the server's user may not be able to read this folder.
install_package() {
    cd "$root"
    local sources=(pyproject.toml README.md LICENSE cerebro_db)
    find "${sources[@]}" -type f ! -name '*.pyc' -print0 | sort -z |
        xargs -0 sha256sum >"$work/sources"
    cmp --silent "$work/sources" "$venv/.sources" && return
    say "installing the package into $venv"
    # Built from a copy: setuptools leaves its own files in the folder that it builds.
    mkdir "$work/build"
    cp -R "${sources[@]}" "$work/build"
    pip "$venv" install --no-index --no-deps --no-build-isolation --force-reinstall "$work/build"
    note "$work/sources" "$venv/.sources"
}

# Notes what is installed now: all of it or nothing, whatever interrupts it, and in a new file, since an
# environment that was copied by hard links has the old one in common with its copy.
note() {
    cp "$1" "$2.new"
    mv "$2.new" "$2"
}

install_extension() {
    "$venv/bin/python" "$root/extension/build.py" "$root/sql" "$("$pg_config" --sharedir)/extension" \
        --target "$target" \
        --import-path "$(purelib_of "$venv")"
}

# Prints the folder of an environment's packages.
purelib_of() {
    "$1/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))'
}

# Runs pip in an environment, the first argument.
pip() {
    logged "$1/bin/python" -m pip --disable-pip-version-check --no-input "${@:2}"
}

# Runs a command that is worth reading only when it fails.
logged() {
    "$@" </dev/null >"$work/log" 2>&1 || { cat "$work/log" >&2; die "failed: $*"; }
}

main "$@"

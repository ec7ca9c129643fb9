#!/usr/bin/env bash
# Takes out of an image's environment what no server needs: headers, other packages' tests, a compiler's
# library that TensorFlow names but never loads, the installer, and symbols of no use to the loader.
# The byte code stays: nobody but root can write it anew. Only for images; needs strip, of binutils.
#
# environment: PREFIX (see common.sh)

set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "$0")/../scripts/common.sh"

packages=$(echo "$venv"/lib/python3.*/site-packages)
[[ -f $packages/cerebro_db/__init__.py ]] || die "$venv is no environment of cerebro_db"

"$venv/bin/python" -m pip --quiet --disable-pip-version-check uninstall --yes libclang pip
rm -rf "$packages/tensorflow/include" "$packages/tensorflow/xla_aot_runtime_src"
# Of the package itself everything stays: what it tests servers with is its own.
others=("$packages" ! -path "$packages/cerebro_db/*")
find "${others[@]}" -type d \( -name tests -o -name include \) -prune -exec rm -rf {} +
find "${others[@]}" -type f -regex '.*\.\(a\|h\|hpp\|pyi\|pyx\|pxd\)' -delete
# Libraries of NumPy's were edited after they were linked, and would not load any more.
find "$packages/tensorflow" -type f -regex '.*\.so\(\.[0-9.]*\)?' -exec strip --strip-unneeded {} +

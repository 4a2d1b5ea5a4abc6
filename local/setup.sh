#!/bin/sh
# Puts a virtual environment in place: local/setup.sh GROUP [FOLDER]
# GROUP is a lock file's name (run, dev, talk, …). Does nothing where that lock is installed already.
set -eu
cd "$(dirname "$0")/.."
group=$1
venv=${2:-.venv}
lock=locks/$group.txt

installed() { [ -f "$venv/.$1" ] && cmp -s "$venv/.$1" "locks/$1.txt"; }
installed "$group" && exit 0
# Both contain the lock of `make run`.
[ "$group" = run ] && { installed dev || installed talk; } && exit 0

for python in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.14; do
    if "$python" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        found=$python
        break
    fi
done
if [ -z "${found:-}" ]; then
    have=$(python3 --version 2>/dev/null || echo none)
    echo "Python 3.11 or newer is needed, with its venv module; found: $have. Install it, or name one: PYTHON=/path/to/python3 make …" >&2
    exit 1
fi

echo "Installing what this target needs into $venv (once; about half a minute) …" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
trap 'echo "Stopped. The next run installs the rest." >&2; exit 130' INT TERM
if ! { [ -x "$venv/bin/python" ] || "$found" -m venv "$venv"; } >"$log" 2>&1; then
    tail -n 3 "$log" >&2
    echo "The virtual environment $venv could not be made. On Debian and Ubuntu: apt-get install python3-venv." >&2
    exit 1
fi
# --no-deps: a lock names everything, and pip before 24 trips over the extras of aws-sam-cli's stubs.
if ! "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
    --no-deps --require-hashes -r "$lock" >"$log" 2>&1; then
    said=$(grep -i "error" "$log" | head -n 1)
    echo "pip could not install $lock: is there a network, and a package index that pip may use? pip said: ${said:-nothing}" >&2
    exit 1
fi
cp "$lock" "$venv/.$group"

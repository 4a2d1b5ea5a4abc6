#!/bin/sh
# What `make test-browser` and `make screenshots` need: Python packages, npm packages, Chromium.
set -eu
cd "$(dirname "$0")/../.."
local/setup.sh browser .build/browser

if ! cmp -s tests/browser/package-lock.json .build/browser/.package-lock.json; then
    command -v npm >/dev/null || { echo "Node.js with npm is needed: install it." >&2; exit 1; }
    (cd tests/browser && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
    cp tests/browser/package-lock.json .build/browser/.package-lock.json
fi

for browser in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
    [ -n "$browser" ] && command -v "$browser" >/dev/null && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Chromium (once) …" >&2
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium; } >/dev/null 2>&1 && exit 0
fi
echo "Chromium is needed: install it (Debian and Ubuntu: apt-get install chromium), or name one: CHROMIUM=/path/to/it" >&2
exit 1

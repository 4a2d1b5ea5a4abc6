#!/bin/sh
# Installs the locked packages of this suite; does nothing where that lock is installed already.
set -eu
cd "$(dirname "$0")"
cmp -s package-lock.json node_modules/.installed && exit 0
if ! node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null; then
    echo "Node 20 or newer is needed; found: $(node --version 2>/dev/null || echo none)." >&2
    exit 1
fi
echo "Installing the official Node packages into tests/contract/node (once; a few seconds) …" >&2
if ! npm ci --silent --no-progress; then
    echo "npm could not install tests/contract/node/package-lock.json: is there a network?" >&2
    exit 1
fi
cp package-lock.json node_modules/.installed

#!/bin/sh
# `npm test`: installs the npm packages when they are missing or older than the lock, then builds and tests everything.
set -eu
cd "$(dirname "$0")/.."
if [ ! -e node_modules/.package-lock.json ] || [ -n "$(find package-lock.json -newer node_modules/.package-lock.json)" ]; then
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
fi
PATH="$PWD/node_modules/.bin:$PATH" exec node tools/test.mjs "$@"

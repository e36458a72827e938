#!/bin/sh
# `npm run quickstart`: from a fresh clone to a container's output, and nothing left behind. Says what it does and why.
set -eu
cd "$(dirname "$0")/.."

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || say() { printf '\n== %s\n' "$*"; }

case "$(uname -s)" in
  Linux) ;;
  *)
    echo "Davit runs containers on Linux. Here the packages can be built and their tests run: npm test" >&2
    exit 1
    ;;
esac
node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' || {
  echo "Node 20 or newer is needed to install (this is $(node -v)); Davit brings its own Node for everything else." >&2
  exit 1
}

say "1/4  npm packages"
if [ ! -e node_modules/.package-lock.json ] || [ -n "$(find package-lock.json -newer node_modules/.package-lock.json)" ]; then
  echo "  Installing into node_modules; no install scripts run."
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
else
  echo "  Installed already."
fi

say "2/4  Build"
PATH="$PWD/node_modules/.bin:$PATH"
export PATH
mkdir -p .nx
nx run-many -t build bundle --outputStyle=static >.nx/quickstart-build.log 2>&1 || {
  cat .nx/quickstart-build.log
  exit 1
}
echo "  davitd and davit are in node_modules/.bin."

say "3/4  Programs of this system that the demonstration needs"
status=0
sh tools/system-packages.sh \
  "runc=runc:runs the container" \
  "containerd-shim-runc-v2=containerd:stands between daemon and container, until Davit's own shim is there" \
  "docker-registry=docker-registry:the registry the image is pulled from" \
  "busybox=busybox-static:the one program in the image" || status=$?
if [ "$status" -eq 0 ]; then echo "  All there; none of their services was started."; fi

say "4/4  Davit at work"
if [ "$status" -eq 3 ]; then
  exec node tools/quickstart.mjs --without-containers
elif [ "$status" -ne 0 ]; then
  echo "  The packages could not be installed (see above); containers are left out." >&2
  exec node tools/quickstart.mjs --without-containers
elif [ "$(id -u)" -eq 0 ]; then
  exec node tools/quickstart.mjs
elif command -v sudo >/dev/null 2>&1 && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
  echo "  The daemon mounts and makes namespaces, and its socket is for root alone: from here on with sudo."
  exec sudo env "PATH=$PATH" node tools/quickstart.mjs
else
  exec node tools/quickstart.mjs --without-containers
fi

#!/bin/sh
# Builds programs of other projects from their Go modules, for tests that drive Davit with what its users run.
# They are kept in a cache outside the project and never committed: `sh tools/build-go-programs.sh ctr containerd …`.
# Prints the folder they are in. Versions are pinned here.
set -eu

CONTAINERD_VERSION=v2.4.2
cache="${XDG_CACHE_HOME:-$HOME/.cache}/davit-test-programs"

fail() {
  echo "build-go-programs: $1" >&2
  exit 1
}

command -v go >/dev/null || fail "go is not installed: the newest ctr and containerd are built from their modules"

# `go install …@version` refuses a module that has exclude or replace directives: download, copy, build.
build_containerd() {
  name=$1
  out="$cache/containerd-$CONTAINERD_VERSION"
  [ -x "$out/$name" ] && return
  mkdir -p "$out"
  source=$(cd "$cache" && GOFLAGS=-mod=mod go mod download -json "github.com/containerd/containerd/v2@$CONTAINERD_VERSION" |
    sed -n 's/^\t"Dir": "\(.*\)",*$/\1/p')
  [ -n "$source" ] || fail "the Go module of containerd $CONTAINERD_VERSION cannot be downloaded"
  work=$(mktemp -d)
  cp -r "$source/." "$work"
  chmod -R u+w "$work"
  package=github.com/containerd/containerd/v2/version
  (cd "$work" && CGO_ENABLED=0 GOFLAGS=-buildvcs=false go build \
    -ldflags "-X $package.Version=$CONTAINERD_VERSION -X $package.Revision=module" -o "$out/$name.new" "./cmd/$name") >&2 ||
    { rm -rf "$work"; fail "building $name failed"; }
  mv "$out/$name.new" "$out/$name"
  rm -rf "$work"
}

for program in "$@"; do
  case "$program" in
    ctr | containerd | containerd-shim-runc-v2) build_containerd "$program" ;;
    *) fail "$program is not known here" ;;
  esac
done
echo "$cache/containerd-$CONTAINERD_VERSION"

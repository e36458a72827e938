#!/bin/sh
# Prints the folder of a `go` that is new enough for the programs tests build (1.26): the one on the PATH, or, where the
# system's own is older, the toolchain that the Go module proxy has, fetched by it and kept in the module cache.
set -eu

WANTED=1.26
TOOLCHAIN=1.26.0

go=$(command -v go) || {
  echo "go-toolchain: no go on the PATH (package golang-go)" >&2
  exit 1
}
have=$(GOTOOLCHAIN=local go env GOVERSION | sed 's/^go//')
oldest=$(printf '%s\n%s\n' "$WANTED" "$have" | sort -V | head -n 1)
if [ "$oldest" = "$WANTED" ]; then
  dirname "$go"
  exit 0
fi

case "$(uname -m)" in
  x86_64) arch=amd64 ;;
  aarch64) arch=arm64 ;;
  *) echo "go-toolchain: no toolchain known for $(uname -m)" >&2; exit 1 ;;
esac
module="golang.org/toolchain@v0.0.1-go$TOOLCHAIN.linux-$arch"
dir=$(cd / && GOFLAGS=-mod=mod GO111MODULE=on go mod download -json "$module" | sed -n 's/^\t"Dir": "\(.*\)",*$/\1/p')
[ -n "$dir" ] || { echo "go-toolchain: $module cannot be downloaded" >&2; exit 1; }
# A module's files come without their executable bits.
chmod -R u+w "$dir"
chmod +x "$dir"/bin/* "$dir"/pkg/tool/linux_"$arch"/*
echo "$dir/bin"

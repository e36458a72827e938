#!/bin/sh
# Installs missing Debian or Ubuntu packages, and starts none of their services:
#   sh tools/system-packages.sh program=package:why …
# Says what it installs and why. Exit 3: something is missing and this user may not install it.
set -eu

missing=""
for entry in "$@"; do
  program=${entry%%=*}
  rest=${entry#*=}
  package=${rest%%:*}
  why=${rest#*:}
  if command -v "$program" >/dev/null 2>&1 || [ -x "/usr/sbin/$program" ]; then continue; fi
  echo "  missing  $program (package $package): $why"
  case " $missing " in *" $package "*) ;; *) missing="$missing $package" ;; esac
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
  echo "  These are for Debian and Ubuntu; install them with this system's own package manager:$missing" >&2
  exit 3
fi
if [ "$(id -u)" -eq 0 ]; then
  as_root=""
elif command -v sudo >/dev/null 2>&1 && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
  as_root=sudo
  echo "  Installing needs root; sudo may ask for your password."
else
  echo "  Not root, and no sudo: left out:$missing" >&2
  exit 3
fi

# policy-rc.d answering 101 keeps the packages' own services from starting; ours goes away again.
policy=/usr/sbin/policy-rc.d
made_policy=""
if [ ! -e "$policy" ]; then
  made_policy=yes
  printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
  $as_root chmod 755 "$policy"
fi
status=0
echo "  installing$missing"
$as_root apt-get update -qq </dev/null >/dev/null || true
# shellcheck disable=SC2086 # the names are meant to be split
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing </dev/null >/dev/null || status=$?
[ -z "$made_policy" ] || $as_root rm -f "$policy"
exit "$status"

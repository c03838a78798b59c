# shellcheck shell=bash
# Shared by the scripts: messages, and the installation of packages.

say() { printf '\n== %s\n' "$*"; }

fail() {
  printf '%s\n' "$*" >&2
  exit 2
}

# need COMMAND PACKAGE WHY: records the package if the command is missing.
missing=()
need() {
  # Shell builtins do not count: the tests start programs. Daemons may be outside of PATH.
  [ -n "$(PATH="$PATH:/usr/sbin:/usr/local/sbin" type -P "$1")" ] && return
  printf '%s is missing: %s (package %s)\n' "$1" "$3" "$2"
  missing+=("$2")
}

# Installs the packages that `need` has recorded.
install_missing() {
  [ "${#missing[@]}" -gt 0 ] || return 0
  command -v apt-get >/dev/null || fail "Please install: ${missing[*]}. This script supports apt-get only."
  local root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "Please run as root: apt-get install ${missing[*]}"
    root=(sudo)
  fi
  say "installing ${missing[*]}"
  # `env`, because sudo drops variables; RUNLEVEL, so that no daemon is started.
  { "${root[@]}" apt-get update -qq &&
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
      apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null; } ||
    fail "apt-get failed. Please install: ${missing[*]}"
  missing=()
}

# shellcheck shell=bash
# What the scripts of this repository share: to say what is done, and to install what is missing.

say() { printf '\n== %s\n' "$*"; }

fail() {
  printf '%s\n' "$*" >&2
  exit 2
}

# need COMMAND PACKAGE WHY: remembers a package whose command is missing.
missing=()
need() {
  # A command of the shell's own does not count: the tests start programs. Daemons are not on everybody's PATH.
  [ -n "$(PATH="$PATH:/usr/sbin:/usr/local/sbin" type -P "$1")" ] && return
  printf '%s is missing: %s (package %s)\n' "$1" "$3" "$2"
  missing+=("$2")
}

# Installs what was remembered, with the system's packages.
install_missing() {
  [ "${#missing[@]}" -gt 0 ] || return 0
  command -v apt-get >/dev/null || fail "Please install by hand: ${missing[*]}. This script knows apt-get only."
  local root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "Please run as root: apt-get install ${missing[*]}"
    root=(sudo)
  fi
  say "installing ${missing[*]}"
  # `env`, because sudo keeps variables to itself; RUNLEVEL, so that no daemon is started that only the tests want.
  { "${root[@]}" apt-get update -qq &&
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
      apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null; } ||
    fail "apt-get could not install all of this: please do it by hand: ${missing[*]}"
  missing=()
}

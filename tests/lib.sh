# shellcheck shell=bash
# Shared by the scripts: messages, and the installation of packages.

# The clients ask servers of this machine, whatever proxy the environment names for others.
no_proxy="127.0.0.1,localhost,::1,${no_proxy:-${NO_PROXY:-}}"
NO_PROXY=$no_proxy
export no_proxy NO_PROXY

say() { printf '\n== %s\n' "$*"; }

fail() {
  printf '%s\n' "$*" >&2
  exit 2
}

# wrong SENTENCE: ends with the exit code of a check that failed.
wrong() {
  printf '%s\n' "$*" >&2
  exit 1
}

# A port on which nothing listens, and that nothing else is likely to take.
choose_port() {
  port=$((20000 + RANDOM % 12000))
  ! (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || choose_port
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

# need_python: records what makes a virtual environment of Python if it is missing.
need_python() {
  need python3 python3 "runs clients in Python"
  # Debian has the module that puts pip into an environment in a package of its own.
  python3 -c 'import ensurepip, venv' 2>/dev/null || {
    echo "venv of python3 is missing: keeps clients in Python apart from the system's (package python3-venv)"
    missing+=(python3-venv)
  }
}

# python_venv PACKAGE...: installs clients in Python, each as NAME==VERSION, in target/python, where the tests find them.
python_venv() {
  local package wanted=()
  # One that was made in another folder, or for another Python, does not run.
  target/python/bin/pip --version >/dev/null 2>&1 || python3 -m venv --clear target/python || fail "python3 cannot make target/python"
  for package in "$@"; do
    grep -qxF "$package" target/python/installed 2>/dev/null || wanted+=("$package")
  done
  [ "${#wanted[@]}" -gt 0 ] || return 0
  say "installing ${wanted[*]} in target/python"
  target/python/bin/pip install --quiet --disable-pip-version-check "${wanted[@]}" || fail "pip cannot install ${wanted[*]}"
  printf '%s\n' "${wanted[@]}" >>target/python/installed
}

# node_packages PACKAGE...: installs clients in JavaScript, each as NAME@VERSION, in target/node, where the tests find them.
node_packages() {
  local package wanted=()
  for package in "$@"; do
    grep -qxF "$package" target/node/installed 2>/dev/null || wanted+=("$package")
  done
  [ "${#wanted[@]}" -gt 0 ] || return 0
  say "installing ${wanted[*]} in target/node"
  mkdir -p target/node
  npm install --silent --no-audit --no-fund --prefix target/node "${wanted[@]}" || fail "npm cannot install ${wanted[*]}"
  printf '%s\n' "${wanted[@]}" >>target/node/installed
}

# cargo_tool COMMAND VERSION WHY: installs a program of the registry of that name where it is missing, with the dependencies that it was
# released with. Without optimisation: to compile it takes longer than to run it.
cargo_tool() {
  PATH="$PATH:${CARGO_HOME:-$HOME/.cargo}/bin"
  command -v "$1" >/dev/null && return
  say "installing $1: $3"
  CARGO_PROFILE_DEV_DEBUG=0 cargo install --locked --quiet --debug "$1@$2" || fail "cargo cannot install $1 $2"
}

# shellcheck shell=bash
# The packages that are published: made, unpacked, and put in place of published ones. Needs tests/lib.sh.

# Each with its folder, in the order of dependencies.
packages=(
  bantam:core
  bantam-build:www/build
  bantam-www:www
  bantam-std:transport-std
  bantam-embedded:transport-embedded
)

selected=()
for package in "${packages[@]}"; do
  selected+=(-p "${package%:*}")
done
version=$(cargo pkgid -p bantam) || fail "cargo finds no package bantam"
version=${version##*@}
# CARGO_TARGET_DIR may be relative.
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")

# Cargo with the output folder and the profile of the workspace, so that what is built there of the dependencies is not built again.
as_workspace() {
  CARGO_TARGET_DIR=$target CARGO_PROFILE_DEV_OPT_LEVEL=1 CARGO_PROFILE_DEV_DEBUG=${CARGO_PROFILE_DEV_DEBUG:-line-tables-only} "$@"
}

# make_packages OPTION...: makes them, of what the folders hold now.
make_packages() {
  rm -f "$target"/package/*.crate
  # Tests need files outside of their packages, and stay in the repository.
  cargo package --locked --allow-dirty "$@" "${selected[@]}" 2>&1 | sed '/^warning: ignoring test/d'
}

# unpack FOLDER: unpacks the packages that make_packages has made, and has `patches` name them. Their lock files have the versions
# of the repository's, with the packages at a path instead of in a registry.
unpack() {
  local package name
  patches=()
  mkdir -p "$1"
  for package in "${packages[@]}"; do
    name=${package%:*}
    tar -xzf "$target/package/$name-$version.crate" -C "$1"
    patches+=(--config "patch.crates-io.$name.path='$1/$name-$version'")
  done
  for package in "${packages[@]}"; do
    awk '
      /^name = / { own = $3 ~ /^"bantam(-build|-www|-std|-embedded)?"$/ }
      own && /^(source|checksum) = / { next }
      { print }
    ' "$1/${package%:*}-$version/Cargo.lock" >"$1/lock"
    mv "$1/lock" "$1/${package%:*}-$version/Cargo.lock"
  done
}

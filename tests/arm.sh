# Building for Arm: with rustup's targets where they are or can be had; else with Debian's compiler, which comes with the
# sources of `core`. Needs tests/lib.sh.

arm_targets=(thumbv7m-none-eabi thumbv6m-none-eabi)

have_arm_targets() {
  local target installed
  command -v rustup >/dev/null || return 1
  installed=$(rustup target list --installed)
  for target in "${arm_targets[@]}"; do
    grep -qx "$target" <<<"$installed" || return 1
  done
}

# Says how to build, once: arm_with is then rustup or debian.
choose_arm() {
  if have_arm_targets; then
    arm_with=rustup
  elif command -v rustup >/dev/null && timeout 120 rustup target add "${arm_targets[@]}" >/dev/null 2>&1; then
    say "installed the targets ${arm_targets[*]} with rustup"
    arm_with=rustup
  else
    say "rustup has no ${arm_targets[*]} here: taking Debian's compiler"
    arm_with=debian
    if ! dpkg -s rustc-web rust-web-src cargo-web lld >/dev/null 2>&1; then
      missing+=(rustc-web rust-web-src cargo-web lld)
      install_missing
    fi
  fi
}

# arm_cargo ARGUMENTS: cargo, with core from source where that is needed.
arm_cargo() {
  if [ "$arm_with" = rustup ]; then
    cargo "$@"
  else
    # A folder of its own, or the two compilers would build everything anew each time.
    PATH="/usr/bin:$PATH" RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/debian" \
      CARGO_TARGET_THUMBV7M_NONE_EABI_LINKER=ld.lld \
      /usr/bin/cargo "$@" -Zbuild-std=core
  fi
}

# Where arm_cargo leaves what it builds, below the folder it is called in.
arm_target_dir() {
  if [ "$arm_with" = rustup ]; then
    echo "${CARGO_TARGET_DIR:-target}"
  else
    echo "${CARGO_TARGET_DIR:-target}/debian"
  fi
}

# Builds the firmware, and leaves the images where the tests look for them.
build_firmware() {
  local images image
  say "firmware"
  (cd transport-embedded/firmware && arm_cargo build --locked --release)
  images=transport-embedded/firmware/$(arm_target_dir)/thumbv7m-none-eabi/release
  mkdir -p target/firmware
  for image in ethernet serial; do
    cp "$images/$image" target/firmware/
  done
}

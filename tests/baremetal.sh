# shellcheck shell=bash
# Builds for bare-metal processors: with rustup's targets if they are or can be installed, else with Debian's compiler, which has the
# sources of `core`. Needs tests/lib.sh.

bare_targets=(thumbv6m-none-eabi thumbv7m-none-eabi thumbv7em-none-eabihf thumbv8m.main-none-eabi riscv32imac-unknown-none-elf)

have_bare_targets() {
  local target installed
  command -v rustup >/dev/null || return 1
  installed=$(rustup target list --installed)
  for target in "${bare_targets[@]}"; do
    grep -qx "$target" <<<"$installed" || return 1
  done
}

# Sets bare_with to rustup or debian.
choose_bare() {
  if have_bare_targets; then
    bare_with=rustup
  elif command -v rustup >/dev/null && timeout 120 rustup target add "${bare_targets[@]}" >/dev/null 2>&1; then
    say "installed the targets ${bare_targets[*]} with rustup"
    bare_with=rustup
  else
    say "rustup has no ${bare_targets[*]}: using Debian's compiler"
    bare_with=debian
    if ! dpkg -s rustc-web rust-web-src cargo-web lld >/dev/null 2>&1; then
      missing+=(rustc-web rust-web-src cargo-web lld)
      install_missing
    fi
  fi
}

# bare_cargo ARGUMENTS: cargo, which builds core if necessary.
bare_cargo() {
  if [ "$bare_with" = rustup ]; then
    cargo "$@"
  else
    # A separate folder, or each compiler would discard the output of the other.
    PATH="/usr/bin:$PATH" RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/debian" \
      CARGO_TARGET_THUMBV6M_NONE_EABI_LINKER=ld.lld CARGO_TARGET_THUMBV7M_NONE_EABI_LINKER=ld.lld \
      /usr/bin/cargo "$@" -Zbuild-std=core
  fi
}

# The output folder of bare_cargo, relative to the working directory.
bare_target_dir() {
  if [ "$bare_with" = rustup ]; then
    echo "${CARGO_TARGET_DIR:-target}"
  else
    echo "${CARGO_TARGET_DIR:-target}/debian"
  fi
}

# Builds the firmware into the folder of the tests.
build_firmware() {
  local images
  say "firmware"
  # CARGO_TARGET_DIR may be relative.
  images=$(cd transport-embedded/firmware && realpath -m "$(bare_target_dir)")
  mkdir -p target/firmware
  (
    cd transport-embedded/firmware || exit
    bare_cargo build --locked --release --bin ethernet --features dhcp
  )
  cp "$images/thumbv7m-none-eabi/release/ethernet" target/firmware/dhcp
  (
    cd transport-embedded/firmware || exit
    bare_cargo build --locked --release
    # The TCP images have different network stacks, and are built separately.
    bare_cargo build --locked --release --no-default-features --features embassy --bin embassy
    bare_cargo build --locked --release --no-default-features --features microbit --target thumbv6m-none-eabi
  )
  cp "$images"/thumbv7m-none-eabi/release/{ethernet,json_api,serial,fault_injection,baseline,embassy} target/firmware/
  cp "$images/thumbv6m-none-eabi/release/microbit" target/firmware/
}

# tests/footprint is a workspace of its own; `report` measures its images without binutils.
footprint=$(realpath -m "${CARGO_TARGET_DIR:-target}")/footprint
manifest=tests/footprint/Cargo.toml
report() {
  CARGO_TARGET_DIR=$footprint cargo run --quiet --locked --manifest-path "$manifest" -p footprint-report -- "$@"
}

# boot IMAGE: boots the image on port $port of this machine, and waits until it is ready. The board is stopped when the script
# ends.
qemu=
boot() {
  local try log
  log=$(mktemp)
  trap stop EXIT
  # Another program may bind the port first.
  for try in 1 2 3 4 5; do
    port=$((20000 + RANDOM % 12000))
    qemu-system-arm -M lm3s6965evb -display none -monitor none -serial null \
      -semihosting-config enable=on,target=native \
      -nic "user,model=stellaris,hostfwd=tcp:127.0.0.1:$port-:80,ipv6=off,restrict=on" \
      -kernel "$1" </dev/null >"$log" 2>&1 &
    qemu=$!
    for _ in $(seq 100); do
      grep -q '^READY ' "$log" && rm -f "$log" && return
      kill -0 "$qemu" 2>/dev/null || break
      sleep 0.1
    done
    printf 'boot %s failed\n' "$try" >&2
    stop
  done
  cat "$log" >&2
  exit 1
}

stop() {
  [ -n "$qemu" ] || return 0
  kill "$qemu" 2>/dev/null || true
  wait "$qemu" 2>/dev/null || true
  qemu=
}

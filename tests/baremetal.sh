# shellcheck shell=bash
# Building for processors without a system: with rustup's targets where they are or can be had; else with Debian's compiler, which comes with the
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

# Says how to build, once: bare_with is then rustup or debian.
choose_bare() {
  if have_bare_targets; then
    bare_with=rustup
  elif command -v rustup >/dev/null && timeout 120 rustup target add "${bare_targets[@]}" >/dev/null 2>&1; then
    say "installed the targets ${bare_targets[*]} with rustup"
    bare_with=rustup
  else
    say "rustup has no ${bare_targets[*]} here: taking Debian's compiler"
    bare_with=debian
    if ! dpkg -s rustc-web rust-web-src cargo-web lld >/dev/null 2>&1; then
      missing+=(rustc-web rust-web-src cargo-web lld)
      install_missing
    fi
  fi
}

# bare_cargo ARGUMENTS: cargo, with core from source where that is needed.
bare_cargo() {
  if [ "$bare_with" = rustup ]; then
    cargo "$@"
  else
    # A folder of its own, or the two compilers would build everything anew each time.
    PATH="/usr/bin:$PATH" RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/debian" \
      CARGO_TARGET_THUMBV6M_NONE_EABI_LINKER=ld.lld CARGO_TARGET_THUMBV7M_NONE_EABI_LINKER=ld.lld \
      /usr/bin/cargo "$@" -Zbuild-std=core
  fi
}

# Where bare_cargo leaves what it builds, below the folder it is called in.
bare_target_dir() {
  if [ "$bare_with" = rustup ]; then
    echo "${CARGO_TARGET_DIR:-target}"
  else
    echo "${CARGO_TARGET_DIR:-target}/debian"
  fi
}

# Builds the firmware, and leaves the images where the tests look for them.
build_firmware() {
  local images
  say "firmware"
  # Where the images are depends on whether the folder was named from the root or from here.
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
    # The two that speak TCP have different network stacks, and are built apart.
    bare_cargo build --locked --release --no-default-features --features embassy --bin embassy
    bare_cargo build --locked --release --no-default-features --features microbit --target thumbv6m-none-eabi
  )
  cp "$images"/thumbv7m-none-eabi/release/{ethernet,serial,fault_injection,baseline,embassy} target/firmware/
  cp "$images/thumbv6m-none-eabi/release/microbit" target/firmware/
}

# What is measured without binutils is a workspace of its own; `report` reads its images.
footprint=$(realpath -m "${CARGO_TARGET_DIR:-target}")/footprint
manifest=tests/footprint/Cargo.toml
report() {
  CARGO_TARGET_DIR=$footprint cargo run --quiet --locked --manifest-path "$manifest" -p footprint-report -- "$@"
}

# boot IMAGE: starts the board with it, on port $port of this machine, and waits until it is ready. Whatever runs when the
# script ends is stopped.
qemu=
boot() {
  local try log
  log=$(mktemp)
  trap stop EXIT
  # Between the choice of a port and its use another program may take it.
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

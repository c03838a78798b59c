# shellcheck shell=bash
# Builds for bare-metal processors: with rustup's targets if they are or can be installed, else with Debian's compiler, which has the
# sources of `core`. Needs tests/lib.sh.

bare_targets=(
  thumbv6m-none-eabi thumbv7m-none-eabi thumbv7em-none-eabihf thumbv8m.main-none-eabi thumbv8m.main-none-eabihf
  riscv32imac-unknown-none-elf
)

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
      CARGO_TARGET_RISCV32IMAC_UNKNOWN_NONE_ELF_LINKER=ld.lld \
      CARGO_TARGET_THUMBV7EM_NONE_EABIHF_LINKER=ld.lld CARGO_TARGET_THUMBV8M_MAIN_NONE_EABIHF_LINKER=ld.lld \
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

# images TARGET FLAGS BIN[:NAME]...: builds these images of the firmware into the folder of the tests, under their names; with $only
# that one alone.
images() {
  local target=$1 flags bins=() names=() image folder
  read -ra flags <<<"$2"
  shift 2
  for image in "$@"; do
    if [ -z "$only" ] || [ "${image#*:}" = "$only" ]; then
      bins+=(--bin "${image%:*}") names+=("$image")
    fi
  done
  [ "${#names[@]}" -gt 0 ] || return 0
  # CARGO_TARGET_DIR may be relative.
  folder=$(cd transport-embedded/firmware && realpath -m "$(bare_target_dir)")
  (cd transport-embedded/firmware && bare_cargo build --locked --release --target "$target" "${flags[@]}" "${bins[@]}")
  for image in "${names[@]}"; do
    cp "$folder/$target/release/${image%:*}" "target/firmware/${image#*:}"
  done
}

# build_firmware [IMAGE]: builds one image of the firmware, or all.
build_firmware() {
  local only=${1:-} arm=thumbv7m-none-eabi
  say "firmware"
  mkdir -p target/firmware
  images $arm "--features dhcp" ethernet:dhcp
  images $arm "--features site" ethernet:site
  images $arm "--features captive" captive_portal
  images $arm "" ethernet two_pages json_api serial fault_injection runtime baseline
  # The TCP images have different network stacks, and are built separately.
  images $arm "--no-default-features --features two-workers" embassy:embassy_two
  images $arm "--no-default-features --features embassy" embassy
  images thumbv6m-none-eabi "--no-default-features --features microbit" microbit
  images riscv32imac-unknown-none-elf "--no-default-features --features riscv" ethernet:riscv two_pages:riscv_two_pages \
    fault_injection:riscv_fault_injection runtime:riscv_runtime
}

# The boards that people own, each with its target.
boards=(
  w5500-evb-pico:thumbv6m-none-eabi
  pico-w:thumbv6m-none-eabi
  pico-2-w:thumbv8m.main-none-eabihf
  nucleo-h743:thumbv7em-none-eabihf
)

# Builds the images of the boards.
build_boards() {
  local board
  say "boards"
  for board in "${boards[@]}"; do
    (
      cd transport-embedded/boards || exit
      bare_cargo build --locked --release -p "${board%:*}" --target "${board#*:}"
    )
  done
}

# image_of BOARD:TARGET: the image that build_boards has built.
image_of() {
  local folder
  folder=$(cd transport-embedded/boards && realpath -m "$(bare_target_dir)")
  echo "$folder/${1#*:}/release/${1%:*}"
}

# tests/footprint is a workspace of its own; `report` measures its images without binutils.
footprint=$(realpath -m "${CARGO_TARGET_DIR:-target}")/footprint
manifest=tests/footprint/Cargo.toml
report() {
  CARGO_TARGET_DIR=$footprint cargo run --quiet --locked --manifest-path "$manifest" -p footprint-report -- "$@"
}

# machine IMAGE: sets machine to the command of QEMU for the image, and network to the options of its device for netdev n0.
machine() {
  case "$1" in
    riscv*)
      # virtio-mmio is the one before virtio 1.0 by default.
      machine=(qemu-system-riscv32 -M virt -bios none -global virtio-mmio.force-legacy=false)
      network=(-device "virtio-net-device,netdev=n0")
      ;;
    microbit) machine=(qemu-system-arm -M microbit) network=() ;;
    *) machine=(qemu-system-arm -M lm3s6965evb) network=(-net "nic,model=stellaris,netdev=n0") ;;
  esac
}

# boot IMAGE ARGUMENTS: boots the image on port $port of this machine, and waits until it is ready. The arguments are QEMU's. The board
# is stopped when the script ends.
qemu=
boot() {
  local try log
  log=$(mktemp)
  trap stop EXIT
  # Another program may bind the port first.
  for try in 1 2 3 4 5; do
    choose_port
    machine "$(basename "$1")"
    "${machine[@]}" -display none -monitor none -serial null \
      -semihosting-config enable=on,target=native \
      -netdev "user,id=n0,hostfwd=tcp:127.0.0.1:$port-:80,ipv6=off,restrict=on" "${network[@]}" \
      -kernel "$@" </dev/null >"$log" 2>&1 &
    qemu=$!
    for _ in $(seq 600); do
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

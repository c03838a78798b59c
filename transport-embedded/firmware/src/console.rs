//! Output to the debugger (semihosting), for example QEMU's standard output.

#[cfg(target_arch = "arm")]
use cortex_m_semihosting::hio;
#[cfg(target_arch = "riscv32")]
use riscv_semihosting::hio;

/// Prints `text`. Does nothing without a debugger.
pub fn print(text: &[u8]) {
    if let Ok(mut out) = hio::hstdout() {
        let _ = out.write_all(text);
    }
}

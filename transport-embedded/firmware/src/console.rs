//! Output to the debugger (semihosting), for example QEMU's standard output.

use cortex_m_semihosting::hio;

/// Prints `text`. Does nothing without a debugger.
pub fn print(text: &[u8]) {
    if let Ok(mut out) = hio::hstdout() {
        let _ = out.write_all(text);
    }
}

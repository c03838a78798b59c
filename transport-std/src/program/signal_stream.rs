//! Signals as a blocking iterator, so that they are handled on a thread and not in a signal handler.

use std::io;

/// Iterates over these signals. Blocks for the next one.
#[cfg(unix)]
pub(crate) fn signals(wanted: impl IntoIterator<Item = i32>) -> io::Result<impl Iterator<Item = i32>> {
    let mut signals = signal_hook::iterator::Signals::new(wanted)?;
    Ok(std::iter::from_fn(move || signals.forever().next()))
}

/// Iterates over these signals. Polls ten times a second.
#[cfg(not(unix))]
pub(crate) fn signals(wanted: impl IntoIterator<Item = i32>) -> io::Result<impl Iterator<Item = i32>> {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    let last_signal = Arc::new(AtomicUsize::new(0));
    for signal in wanted {
        signal_hook::flag::register_usize(signal, Arc::clone(&last_signal), signal.unsigned_abs() as usize)?;
    }
    Ok(std::iter::from_fn(move || {
        loop {
            match last_signal.swap(0, Ordering::SeqCst) {
                0 => std::thread::sleep(std::time::Duration::from_millis(100)),
                signal => return i32::try_from(signal).ok(),
            }
        }
    }))
}

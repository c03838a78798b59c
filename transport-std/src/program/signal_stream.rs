//! Law: a signal is heard in its turn, and not in the middle of something else.

use std::io;

/// These signals, as they come; waits for each.
#[cfg(unix)]
pub(crate) fn signalled(wanted: impl IntoIterator<Item = i32>) -> io::Result<impl Iterator<Item = i32>> {
    let mut signals = signal_hook::iterator::Signals::new(wanted)?;
    Ok(std::iter::from_fn(move || signals.forever().next()))
}

/// These signals, as they come, looked for ten times a second.
#[cfg(not(unix))]
pub(crate) fn signalled(wanted: impl IntoIterator<Item = i32>) -> io::Result<impl Iterator<Item = i32>> {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    let heard = Arc::new(AtomicUsize::new(0));
    for signal in wanted {
        signal_hook::flag::register_usize(signal, Arc::clone(&heard), signal.unsigned_abs() as usize)?;
    }
    Ok(std::iter::from_fn(move || {
        loop {
            match heard.swap(0, Ordering::SeqCst) {
                0 => std::thread::sleep(std::time::Duration::from_millis(100)),
                signal => return i32::try_from(signal).ok(),
            }
        }
    }))
}

//! `/api/live`: an event a second with what the site knows of itself, as JSON. A client that connects again goes on counting where it was.

use core::time::Duration;

use bantam::wire::Event;
use bantam::{Connection, RequestDetails};
use heapless::String;

use crate::Shared;

const SECOND: Duration = Duration::from_secs(1);
/// The milliseconds after which a browser connects again.
const RETRY: u32 = 1_000;

/// Sends until the client has gone or the server stops. `rate` is the requests of the last second, `requests` all of them; `streams` and
/// `chatters` are open now; `memory` is in KB.
pub async fn get<C: Connection>(
    shared: &Shared,
    details: &mut RequestDetails<'_, C>,
) -> Result<(), C::Error> {
    let mut count: u32 = details.last_event_id().and_then(|id| id.parse().ok()).unwrap_or(0);
    let _held = shared.streams.hold();
    let mut before = shared.requests.value();
    let Some(mut events) = details.events().await? else { return Ok(()) };
    while events.pause(SECOND).await.is_some() {
        let requests = shared.requests.value();
        let mut data = String::<128>::new();
        push(&mut data, "{\"rate\":", requests.wrapping_sub(before));
        push(&mut data, ",\"requests\":", requests);
        push(&mut data, ",\"streams\":", shared.streams.value());
        #[cfg(feature = "chat")]
        push(&mut data, ",\"chatters\":", shared.room.len());
        if let Some(memory) = shared.memory {
            push(&mut data, ",\"memory\":", memory());
        }
        let _ = data.push('}');
        before = requests;
        count = count.wrapping_add(1);
        let mut id = String::<10>::new();
        push(&mut id, "", count);
        events.send(&Event::new(&data).id(&id).retry(RETRY)).await?;
    }
    Ok(())
}

/// Appends a text and a number. What does not fit is left out.
fn push<const N: usize>(text: &mut String<N>, before: &str, mut number: u32) {
    let _ = text.push_str(before);
    let mut digits = [b'0'; 10];
    let mut length = 0;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
        length += 1;
        if number == 0 {
            break;
        }
    }
    for digit in digits.iter().skip(digits.len() - length) {
        let _ = text.push(char::from(*digit));
    }
}

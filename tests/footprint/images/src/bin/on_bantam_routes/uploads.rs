//! A page that counts the bytes of its body: all of them, or those of each part of a form.

use bantam::wire::Status;
use bantam::{Connection, RequestDetails, Response};

use crate::Pages;

pub async fn upload<C: Connection>(_: &Pages, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let (mut memory, mut sum) = ([0; 512], [0; 4]);
    #[cfg(feature = "form")]
    {
        let mut form = details.multipart(&mut memory)?;
        while let Some(mut part) = form.next_part().await? {
            let counts = part.head().name == "file";
            while let Some(bytes) = part.data().await? {
                add(&mut sum, if counts { bytes.len() } else { 0 });
            }
        }
    }
    #[cfg(not(feature = "form"))]
    loop {
        match details.connection.recv(&mut memory).await? {
            0 => break,
            count => add(&mut sum, count),
        }
    }
    details.connection.make_response(Response::new(Status::OK).body(&sum)).await
}

fn add(sum: &mut [u8; 4], count: usize) {
    *sum = u32::from_le_bytes(*sum).wrapping_add(count as u32).to_le_bytes();
}

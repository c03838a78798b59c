//! The table of the firmware: its statics, divided by the connections that share them.

use std::error::Error;
use std::fs;
use std::path::Path;

use crate::image::Image;

/// Prints the table from the image, the page `/status`, and the numbers of sockets and slots.
pub(crate) fn print(image: &Path, status: &Path, sockets: u64, slots: u64) -> Result<(), Box<dyn Error>> {
    let image = Image::read(image)?;
    let status = fs::read_to_string(status)?;
    let per_socket =
        (image.size_of("BYTES")? + image.size_of("STORAGE")? + image.size_of("SERVER")?) / sockets;
    let per_slot = (image.size_of("BUFFERS")? + image.size_of("FUTURES")?) / slots;
    println!("| the firmware, whole: `ethernet` | bytes |\n|---|--:|");
    println!("| flash | {} |", image.flash);
    println!("| static RAM | {} |", image.memory);
    println!("| of it a connection ({sockets} sockets) | {per_socket} |");
    println!("| of it a request under way ({slots} slots), with its future | {per_slot} |");
    println!("| peak stack after all pages | {} |", number(&status, "stack ")?);
    println!("| RAM never used | {} |", number(&status, "static, ")?);
    Ok(())
}

/// The number after a word.
fn number(text: &str, word: &str) -> Result<u64, Box<dyn Error>> {
    let rest = text.split(word).nth(1).ok_or(format!("no {word:?} in:\n{text}"))?;
    Ok(rest.split(|character: char| !character.is_ascii_digit()).next().unwrap_or("").parse()?)
}

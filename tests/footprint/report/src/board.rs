//! The tables of the firmware, its statics divided by the connections that share them, and of the boards.

use std::error::Error;
use std::path::Path;
use std::{fs, io};

use crate::image::Image;

/// Prints the table from the image, the one with two pages, the page `/status`, and the numbers of sockets and slots.
pub(crate) fn print(
    image: &Path,
    small: &Path,
    status: &Path,
    sockets: u64,
    slots: u64,
) -> Result<(), Box<dyn Error>> {
    let name = image.file_name().unwrap_or_default().display();
    println!("| the firmware, whole: `{name}` | bytes |\n|---|--:|");
    let image = Image::read(image)?;
    let status = fs::read_to_string(status)?;
    let per_socket =
        (image.size_of("BYTES")? + image.size_of("STORAGE")? + image.size_of("SERVER")?) / sockets;
    let per_slot = (image.size_of("BUFFERS")? + image.size_of("FUTURES")?) / slots;
    println!("| flash | {} |", image.flash);
    println!("| flash with two pages instead of the site: `two_pages` | {} |", Image::read(small)?.flash);
    println!("| static RAM | {} |", image.memory);
    println!("| of it a connection ({sockets} sockets) | {per_socket} |");
    println!("| of it a request under way ({slots} slots), with its future | {per_slot} |");
    println!("| peak stack after all pages | {} |", number(&status, "stack ")?);
    println!("| RAM never used | {} |", number(&status, "static, ")?);
    Ok(())
}

/// Prints the table of the boards from the paths of their images.
pub(crate) fn print_all(images: impl Iterator<Item = io::Result<String>>) -> Result<(), Box<dyn Error>> {
    println!("| board | flash | static RAM |\n|---|--:|--:|");
    for path in images {
        let path = path?;
        let image = Image::read(Path::new(&path))?;
        let name = Path::new(&path).file_name().unwrap_or_default().to_string_lossy();
        println!("| `{name}` | {} | {} |", image.flash, image.memory);
    }
    Ok(())
}

/// The number after a word.
fn number(text: &str, word: &str) -> Result<u64, Box<dyn Error>> {
    let rest = text.split(word).nth(1).ok_or(format!("no {word:?} in:\n{text}"))?;
    Ok(rest.split(|character: char| !character.is_ascii_digit()).next().unwrap_or("").parse()?)
}

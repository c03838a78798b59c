//! Reads sizes from images; needs no tool but Rust.
//!
//! `table FOLDER`, `board IMAGE STATUS SOCKETS SLOTS`, `symbols IMAGE COUNT` or `sources IMAGE COUNT`; `tests/size-report`
//! calls all of them. `panics LIBRARY NAME`: `tests/no_panic` does.

mod board;
mod capture;
mod image;
mod panics;
mod sources;
mod table;

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

fn run(arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    match arguments {
        ["table", folder] => table::print(Path::new(folder)),
        ["board", image, status, sockets, slots] => {
            board::print(Path::new(image), Path::new(status), sockets.parse()?, slots.parse()?)
        }
        ["symbols", image, count] => {
            let symbols = image::Image::read(Path::new(image))?.symbols;
            for (size, name) in symbols.iter().take(count.parse()?) {
                println!("{size:6} {name}");
            }
            Ok(())
        }
        ["panics", library, name] => panics::check(Path::new(library), name),
        ["sources", image, count] => sources::print(Path::new(image), count.parse()?),
        _ => Err("table FOLDER | board IMAGE STATUS SOCKETS SLOTS | symbols|sources IMAGE COUNT | panics LIBRARY NAME".into()),
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

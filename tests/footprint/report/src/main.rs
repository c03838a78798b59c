//! Reads sizes from images; needs no tool but Rust.
//!
//! `table FOLDER`, `chart FOLDER`, `first-uses FOLDER`, `boards`, `board IMAGE SMALL STATUS SOCKETS SLOTS`, `symbols IMAGE COUNT` or `sources IMAGE COUNT`;
//! `tests/size-report` calls all of them. `panics LIBRARY NAME`: `tests/no_panic` does. `profile IMAGE COUNT TIMES`: `tests/bench-device --profile` does.

mod board;
mod capture;
mod first_uses;
mod image;
mod panics;
mod profile;
mod sources;
mod table;

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

fn run(arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    match arguments {
        ["table", folder] => table::print(Path::new(folder)),
        ["chart", folder] => table::print_chart(Path::new(folder)),
        ["boards"] => board::print_all(std::io::stdin().lines()),
        ["first-uses", folder] => first_uses::print(Path::new(folder)),
        ["board", image, small, status, sockets, slots] => {
            let [image, small, status] = [image, small, status].map(Path::new);
            board::print(image, small, status, sockets.parse()?, slots.parse()?)
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
        ["profile", image, count, times] => profile::print(Path::new(image), count.parse()?, times.parse()?),
        _ => Err("table FOLDER | chart FOLDER | first-uses FOLDER | boards | board IMAGE SMALL STATUS SOCKETS SLOTS | symbols|sources IMAGE COUNT | panics LIBRARY NAME | \
                  profile IMAGE COUNT TIMES"
            .into()),
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

//! A form that stores files of any length: `cargo run -p bantam-std --example upload_form`, then open http://127.0.0.1:8080/ or `curl -F
//! file=@Cargo.toml http://127.0.0.1:8080/`. The files are in a new temporary folder, which it prints.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use bantam::wire::Status;
use bantam::{Connection, Failure, Refusal, RequestDetails, Site};
use bantam_std::{Mode, RunningServer, Server};
use tempfile::NamedTempFile;

/// The folder of the files. The server chooses their names: the client's is never a path.
struct Store(PathBuf);

impl Site for Store {
    bantam::routes! {
        GET "/" => form,
        POST "/" => upload,
    }
}

async fn form<C: Connection>(_: &Store, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    const PAGE: &str = "<!doctype html><meta charset=utf-8><title>Upload</title>
<form method=post enctype=multipart/form-data><input name=file type=file multiple required><button>Send</button></form>";
    details.html(Status::OK, format_args!("{PAGE}")).await
}

static NO_FILE: Refusal = Refusal::new(Status::BAD_REQUEST).reason("The form has no file.");
static DISK: Refusal = Refusal::new(Status::INTERNAL_SERVER_ERROR).reason("The file cannot be stored.");

async fn upload<C: Connection>(store: &Store, details: &mut RequestDetails<'_, C>) -> Result<(), Failure> {
    let mut memory = [0; 8192];
    let mut form = details.multipart(&mut memory)?;
    // A file that is dropped before it is kept is removed: also where the client has gone.
    let mut files = Vec::new();
    while let Some(mut part) = form.next_part().await? {
        if part.head().file_name.is_none() {
            continue;
        }
        let mut file = NamedTempFile::new_in(&store.0).map_err(|_| &DISK)?;
        while let Some(bytes) = part.data().await? {
            file.write_all(bytes).map_err(|_| &DISK)?;
        }
        files.push(file);
    }
    if files.is_empty() {
        return Err((&NO_FILE).into());
    }
    let mut names = String::new();
    for file in files {
        let (_, path) = file.keep().map_err(|_| &DISK)?;
        names += &format!("{}\n", path.display());
    }
    details.text(Status::CREATED, format_args!("{names}")).await?;
    Ok(())
}

/// A thread for each connection: a page may wait for the disk there.
pub(crate) fn start(address: &str, folder: &Path) -> io::Result<RunningServer> {
    Server::new().mode(Mode::Threads).body_limit(1 << 30).bind(address)?.start(Store(folder.to_owned()))
}

fn main() -> io::Result<()> {
    let folder = tempfile::tempdir()?.keep();
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let server = start(&address, &folder)?;
    writeln!(io::stdout(), "http://{}/ stores files in {}", server.local_addrs()[0], folder.display())?;
    server.wait();
    Ok(())
}

//! A form with files (`multipart/form-data`, RFC 7578), posted to a folder.
//!
//! Invariant: no file of a form gets its name before all of the form has arrived.

use std::fmt::Write as _;
use std::path::Path;

use bantam::wire::Status;
use bantam::{Connection, Failure, RequestDetails, Response};

use super::failure::{BAD_NAME, NAMED_TWICE, NO_FILE, NOT_A_FORM, TOO_MANY_FILES};
use super::handler::{Place, UploadHandler, check_name};
use super::put::{PIECE, content_length};
use super::store::Incoming;
use super::target::Target;
use crate::files::open::RootDir;
use crate::files::path::{RequestPath, dir_reference, encode};

/// The number of files of a form, each of which is open until the form has ended.
const MAX_FILES: usize = 64;

impl UploadHandler {
    /// Stores the files of a form in a folder. `has_slash`: the path ends in one.
    pub(super) async fn form<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
        place: Place<'_>,
        folder_path: &Path,
        folder: &RootDir,
        has_slash: bool,
    ) -> Result<(), Failure> {
        let is_form = |value: &[u8]| {
            value.get(..19).is_some_and(|start| start.eq_ignore_ascii_case(b"multipart/form-data"))
        };
        if !details.headers.first("content-type").is_some_and(is_form) {
            return Err((&NOT_A_FORM).into());
        }
        let base = Target::within(folder, folder_path, "".as_ref());
        self.check_space(&base, content_length(details).unwrap_or(0))?;
        let _permit = self.permit()?;
        let mut files = Vec::new();
        self.receive(details, place, &base, folder_path, &mut files).await?;
        if files.is_empty() {
            return Err((&NO_FILE).into());
        }
        if self.options.fsync {
            // The responses to the requests before.
            details.connection.flush().await?;
        }
        for file in &files {
            self.sync_content::<C>(file).await?;
        }
        let directory = if has_slash { String::new() } else { dir_reference(details.uri.path) };
        let mut locations = Vec::with_capacity(files.len());
        for file in files {
            locations.push(format!("{directory}{}", encode(file.target.name.as_encoded_bytes())));
            self.store::<C>(&place, file, None)?;
        }
        self.sync_names::<C>(&base).await?;
        // A browser displays the folder, so that loading it again posts nothing.
        if place.displays_folder {
            let location = if has_slash { "./" } else { &directory };
            let fields = [("Location", location)];
            let response = Response::new(Status::SEE_OTHER).headers(&fields).body(b"");
            return Ok(details.connection.make_response(response).await?);
        }
        let mut body = String::new();
        for location in &locations {
            let _ = writeln!(body, "{location}");
        }
        let mut fields = vec![("Content-Type", "text/plain; charset=utf-8")];
        if let [location] = &*locations {
            fields.push(("Location", location));
        }
        let response = Response::new(Status::CREATED).headers(&fields).body(body.as_bytes());
        Ok(details.connection.make_response(response).await?)
    }

    /// Receives the files of a form, to its end.
    async fn receive<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
        place: Place<'_>,
        base: &Target,
        folder_path: &Path,
        files: &mut Vec<Incoming>,
    ) -> Result<(), Failure> {
        let mut memory = vec![0; PIECE];
        let mut form = details.multipart(&mut memory)?;
        while let Some(mut part) = form.next_part().await? {
            let Some(name) = part.head().file_name else { continue };
            let name: Vec<u8> = name.bytes().collect();
            // No file was chosen.
            if name.is_empty() {
                continue;
            }
            if files.len() == MAX_FILES {
                return Err((&TOO_MANY_FILES).into());
            }
            let target = target(base, folder_path, &name, place.hidden)?;
            if files.iter().any(|file| file.target.name == target.name) {
                return Err((&NAMED_TWICE).into());
            }
            self.check::<C>(&place, &target, None)?;
            let mut incoming = self.begin::<C>(target)?;
            while let Some(bytes) = part.data().await? {
                self.append::<C>(&mut incoming, bytes)?;
            }
            files.push(incoming);
        }
        Ok(())
    }
}

/// The file of a name as a browser states it: the last component of a path, if it is one that a URL could name.
fn target(base: &Target, folder_path: &Path, name: &[u8], hidden: bool) -> Result<Target, Failure> {
    let is_separator = |byte: &u8| matches!(byte, b'/' | b'\\');
    let name = name.rsplit(is_separator).next().unwrap_or_default();
    if str::from_utf8(name).is_err() {
        return Err((&BAD_NAME).into());
    }
    let url = format!("/{}", encode(name));
    let parsed = RequestPath::parse(&url, hidden).filter(|parsed| !parsed.is_dir).ok_or(&BAD_NAME)?;
    check_name(&parsed.path)?;
    Ok(Target::within(&base.folder, folder_path, parsed.path.as_os_str()))
}

//! The answer of [`ServeDir`]: what the path of a request resolves to.
//!
//! Invariant: each request looks the root up and reads the directory again, and what may not be served is answered as what
//! does not exist.

use std::io;

use bantam::wire::{Headers, Method, MethodSet, Status};
use bantam::{Connection, Fields, Refusal, Rejection, RequestDetails, Response, Site};
use cap_std::fs::Dir;

#[cfg(feature = "archive")]
use super::archive::Archive;
use super::chosen_by::ChosenBy;
use super::error_pages;
use super::extension::extension;
use super::file::FileResponse;
use super::listing::Listing;
use super::negotiate::{Finder, Named};
use super::open::{Opened, io_failure};
use super::path::{RequestPath, dir_reference};
use super::serve_dir::ServeDir;
use super::upload::{INSUFFICIENT_STORAGE, Place, UploadHandler, storage_page};

const ALLOW: MethodSet = MethodSet::of(&[Method::Get, Method::Head, Method::Options]);
static NO_ROOT: Refusal = Refusal::new(Status::SERVICE_UNAVAILABLE)
    .reason("The files are not there at the moment.")
    .fields(&[("Retry-After", "1")]);
/// The response that a path resolves to.
enum Resolved {
    File(Box<FileResponse>),
    Directory(Listing, Dir),
    #[cfg(feature = "archive")]
    Archive(Archive, Dir),
    /// To this directory, with a slash at the end of its path.
    Redirect(ChosenBy),
    NotFound,
    /// The root itself is not there.
    NoRoot,
}

impl ServeDir {
    /// The methods of what a path resolves to.
    fn allow(&self, is_folder: bool) -> MethodSet {
        match &self.uploads {
            Some(_) => ALLOW.with(UploadHandler::methods(is_folder)),
            None => ALLOW,
        }
    }

    fn resolve<C: Connection>(&self, details: &RequestDetails<'_, C>) -> io::Result<Resolved> {
        let headers = &details.headers;
        let Some(mut path) = RequestPath::parse(details.rest(), self.hidden) else {
            return Ok(Resolved::NotFound);
        };
        // Behind a prefix the root is `/` with and without a slash, and relative links of its index need one.
        path.is_dir &= details.uri.path.ends_with('/');
        let Ok(root) = self.root.look_up() else { return Ok(Resolved::NoRoot) };
        let mut chosen_by = ChosenBy::default();
        let is_download = details.uri.query.is_some() && details.query().first("download").is_some();
        let finder = Finder { root: &root, cache: &self.cache, headers, is_download };
        if path.is_dir {
            #[cfg(feature = "archive")]
            if self.archive
                && details.uri.query.is_some()
                && details.query().first("archive").is_some_and(|format| format == "tar.gz")
                && let Some(Opened::Directory(dir)) = root.open_path(&path.path)?
            {
                let (path, hidden) = (path.path.into_owned(), self.hidden);
                return Ok(Resolved::Archive(Archive { root, path, hidden }, dir));
            }
            // The directory itself is opened only to be listed.
            if let Named::File(file) = finder.find(&path.path.join("index.html"), &mut chosen_by)? {
                return Ok(Resolved::File(file));
            }
            if self.listing
                && let Some(Opened::Directory(dir)) = root.open_path(&path.path)?
            {
                let (path, hidden) = (path.path.into_owned(), self.hidden);
                let (has_archive, takes_files) = (self.archive, self.uploads.is_some());
                let listing = Listing { root, path, hidden, chosen_by, has_archive, takes_files };
                return Ok(Resolved::Directory(listing, dir));
            }
        } else {
            let named = finder.find(&path.path, &mut chosen_by)?;
            if let Named::File(file) = named {
                return Ok(Resolved::File(file));
            }
            let mut page_chosen_by = ChosenBy::default();
            if self.pretty_urls
                && let Some(page) = path.page(self.hidden)
                && let Named::File(file) = finder.find(&page, &mut page_chosen_by)?
            {
                return Ok(Resolved::File(file));
            }
            if let Named::Directory = named {
                return Ok(Resolved::Redirect(page_chosen_by));
            }
        }
        if let Some(fallback) = &self.fallback_file {
            chosen_by.accept = true;
            if names_html(headers)
                && let Named::File(file) = finder.find(fallback, &mut chosen_by)?
            {
                return Ok(Resolved::File(file));
            }
        }
        Ok(Resolved::NotFound)
    }

    fn open_error_page(&self, status: Status) -> Option<Box<FileResponse>> {
        self.error_pages.open(status, &self.root, &self.cache)
    }
}

impl Site for ServeDir {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        // RFC 9110 section 9.3.7: the asterisk asks for the server as a whole.
        if details.uri.path == "*" {
            return Err(Rejection::MethodNotAllowed(self.allow(true).with(self.allow(false))).into());
        }
        if let Some(uploads) = &self.uploads
            && UploadHandler::takes(details.method)
        {
            let Self { root, cache, hidden, .. } = self;
            let displays_folder = self.listing && names_html(&details.headers);
            let place = Place { root, cache, hidden: *hidden, displays_folder };
            // Boxed: what is held across an await is memory of every connection.
            match Box::pin(uploads.answer(details, place)).await {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(failure) => return Err(details.fail(failure)),
            }
        }
        let resolved = match self.resolve(details) {
            Ok(resolved) => resolved,
            Err(error) => return Err(io_failure::<C>(&error)),
        };
        match resolved {
            Resolved::NotFound => Err(Rejection::NoRoute.into()),
            Resolved::NoRoot => Err(details.refuse(&NO_ROOT)),
            _ if !matches!(details.method, Method::Get | Method::Head) => {
                let is_folder = matches!(resolved, Resolved::Directory(..) | Resolved::Redirect(_));
                let is_folder = is_folder || details.uri.path.ends_with('/');
                Err(Rejection::MethodNotAllowed(self.allow(is_folder)).into())
            }
            #[cfg_attr(
                not(feature = "compress"),
                allow(unused_mut, reason = "a compressed one has another tag")
            )]
            Resolved::File(mut file) => {
                let cache_control = self.cache_control.as_deref();
                let error_page = |status| self.open_error_page(status);
                #[cfg(feature = "compress")]
                if let Some(coder) = &self.coder
                    && let Some(plan) = coder.plan(&mut file, details, cache_control)
                {
                    // Boxed, as below.
                    return Box::pin(coder.respond(file, plan, details, cache_control, error_page)).await;
                }
                file.respond(details, cache_control, error_page).await
            }
            Resolved::Directory(listing, dir) => {
                // Boxed: what is held across an await is memory of every connection.
                Box::pin(listing.respond(details, &dir, &self.listing_load)).await
            }
            #[cfg(feature = "archive")]
            Resolved::Archive(archive, dir) => {
                Box::pin(archive.respond(details, dir, &self.listing_load)).await
            }
            Resolved::Redirect(chosen_by) => {
                let query = details.uri.query.map(|query| format!("?{query}")).unwrap_or_default();
                let location = dir_reference(details.uri.path) + &query;
                let vary = chosen_by.vary().map(|vary| ("Vary", vary));
                let fields: Vec<_> = [("Location", &*location)].into_iter().chain(vary).collect();
                let response = Response::new(Status::PERMANENT_REDIRECT).headers(&fields);
                details.connection.make_response(response.body(b"")).await
            }
        }
    }

    async fn refused<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
        status: Status,
        reason: &'static str,
    ) -> Result<(), C::Error> {
        // Boxed: what is held across an await is memory of every connection.
        if let Some(page) = self.open_error_page(status) {
            return Box::pin(error_pages::respond(page, details, status)).await;
        }
        if status != INSUFFICIENT_STORAGE {
            return Ok(());
        }
        let (fields, page) = ([("Content-Type", "text/html; charset=utf-8")], storage_page(reason));
        let response = Response::new(status).headers(&fields).body(page.as_bytes());
        Box::pin(details.connection.make_response(response)).await
    }

    fn fields(&self, fields: &mut Fields<'_>) {
        if fields.status() != Status::NOT_FOUND {
            return;
        }
        // With another `Accept` there is a page.
        if self.fallback_file.is_some() {
            fields.append("Vary", "Accept");
        }
        // With another `Accept-Encoding` there may be a file in a coding.
        let head = fields.request();
        let path = head.as_ref().and_then(|head| RequestPath::parse(head.uri.path, true));
        let is_looked_for = |path: &RequestPath<'_>| {
            path.is_dir || extension(&path.path).is_some() || self.pretty_urls && path.page(true).is_some()
        };
        if path.as_ref().is_some_and(is_looked_for) {
            fields.append("Vary", "Accept-Encoding");
        }
    }
}

/// Returns true if `Accept` names `text/html` itself: `*/*` comes with requests for images and data, too.
fn names_html(headers: &Headers<'_>) -> bool {
    headers.qualities("accept").any(|accept| accept.item.eq_ignore_ascii_case(b"text/html") && accept.q > 0)
}

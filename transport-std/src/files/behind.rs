//! A site in front of a directory: paths that the pages know are theirs.

use bantam::{Connection, RequestDetails, Site};

use super::ServeDir;

/// Pages, and files behind them: see [`ServeDir::behind`].
#[derive(Debug)]
pub struct Behind<P> {
    pub(super) pages: P,
    pub(super) root: ServeDir,
}

impl<P: Site> Site for Behind<P> {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        if self.pages.knows(&details.uri) {
            self.pages.request_handler(details).await
        } else {
            self.root.request_handler(details).await
        }
    }
}

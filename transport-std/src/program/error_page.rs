//! `ErrorPage`: a value of --error-page.

use std::collections::BTreeSet;

use bantam::RefusalStatus;
use bantam::wire::Status;

/// A file for the responses with a status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ErrorPage {
    pub(crate) status: Status,
    /// Its path below the root.
    pub(crate) file: String,
}

/// Parses `STATUS=FILE`.
pub(crate) fn parse(text: &str) -> Result<ErrorPage, String> {
    let (status, file) = text.split_once('=').unwrap_or_default();
    let (digits, file) = (status.trim(), file.trim());
    let status = digits.parse().ok().filter(|_| digits.len() == 3).and_then(Status::new);
    match status.filter(|status| RefusalStatus::new(*status).is_some()) {
        Some(status) if !file.is_empty() => Ok(ErrorPage { status, file: file.into() }),
        _ => Err("expected STATUS=FILE with a status of 400 to 599, such as 404=404.html".into()),
    }
}

/// Checks that no status is given twice.
///
/// # Errors
/// A sentence for the user.
pub(crate) fn check_statuses(pages: &[ErrorPage]) -> Result<(), String> {
    let mut statuses = BTreeSet::new();
    match pages.iter().find(|page| !statuses.insert(page.status)) {
        Some(page) => Err(format!("--error-page: the status {} is given twice", page.status.code())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_a_status_of_a_refusal_and_a_file() {
        let page = parse("404 = a=b.html").unwrap();
        assert_eq!((page.status, &*page.file), (Status::NOT_FOUND, "a=b.html"));
        for text in ["", "404", "=a", "404=", "200=a", "399=a", "600=a", "4=a", "0404=a", "+404=a", "x=a"] {
            assert!(parse(text).is_err(), "{text}");
        }
        let twice = ["404=a", "410=a", "404=b"].map(|text| parse(text).unwrap());
        assert!(check_statuses(&twice).unwrap_err().contains("404 is given twice"));
        assert!(check_statuses(&twice[..2]).is_ok());
    }
}

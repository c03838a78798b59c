//! `multipart/form-data`, RFC 7578: the body of an HTML form with files, read in parts and written.

pub(crate) mod boundary;
pub(crate) mod decode;
pub(crate) mod delimiter;
pub(crate) mod encode;
pub(crate) mod error;
pub(crate) mod form_text;
pub(crate) mod parameter;
pub(crate) mod part;

//! The check that the target of a route is a page. It exists for the first line of the compiler's message where it is none.

use super::connection::Connection;
use super::details::RequestDetails;
use super::failure::PageFailure;

/// A page of the site `S` on the connection `C`: a function whose arguments and result are `Signature`.
#[diagnostic::on_unimplemented(
    message = "routes!: a page of `{S}` is `async fn page<C: Connection>(site: &{S}, details: &mut RequestDetails<'_, C>) -> Result<(), \
               C::Error>`",
    label = "no page of `{S}`"
)]
pub trait Page<S: ?Sized, C, Signature> {}

#[diagnostic::do_not_recommend]
impl<S: ?Sized, C: Connection, P, F: Future<Output = Result<(), E>>, E: PageFailure<C>>
    Page<S, C, (&S, &mut RequestDetails<'_, C>, F)> for P
{
}

/// A second choice, so that the compiler takes the signature from the function: with one it would expect that one.
#[diagnostic::do_not_recommend]
impl<S: ?Sized, C, P> Page<S, C, ((), (), ())> for P {}

/// Returns `page`, which is a page of `site`.
pub const fn page<S: ?Sized, C, P, A, B, R>(_: &S, _: &RequestDetails<'_, C>, page: P) -> P
where
    P: Copy + FnOnce(A, B) -> R + Page<S, C, (A, B, R)>,
{
    page
}

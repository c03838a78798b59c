//! [`routes!`](crate::routes): the request handler of a site, as a table of routes; [`site!`](crate::site): that of a crate's folders.

/// The request handler of a [`Site`](crate::Site), as a table of routes. It stands alone in the `impl`.
///
/// ```
/// use bantam::{Connection, RequestDetails, Response, Site, wire::Status};
///
/// struct App {
///     greeting: &'static str,
///     api: Api,
/// }
/// struct Api;
///
/// impl Site for App {
///     bantam::routes! {
///         GET "/" => home,
///         GET "/users/{id}" => user,
///         PUT|DELETE "/users/{id}" => change,
///         USE "/api/{version}" => |app| &app.api,
///         _ => not_here,
///     }
/// }
///
/// impl Site for Api {
///     bantam::routes! { GET "/status" => status }
/// }
///
/// async fn home<C: Connection>(app: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
///     details.connection.make_response(Response::new(Status::OK).body(app.greeting.as_bytes())).await
/// }
///
/// async fn user<C: Connection>(_: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
///     let id: u32 = details.param("id")?; // 404 if it is no number
///     details.connection.make_response(Response::new(Status::OK).body(&id.to_be_bytes())).await
/// }
/// # async fn change<C: Connection>(_: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
/// #     details.connection.make_response(Response::new(Status::NO_CONTENT)).await
/// # }
/// # async fn not_here<C: Connection>(_: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
/// #     details.connection.make_response(Response::new(Status::GONE).body(b"")).await
/// # }
/// # async fn status<C: Connection>(_: &Api, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
/// #     let version = details.param_raw("version").unwrap_or("");
/// #     details.connection.make_response(Response::new(Status::OK).body(version.as_bytes())).await
/// # }
/// ```
///
/// A route is one of these; the first that fits the path and the method is taken:
///
/// * `GET "/path" => page`, `PUT|DELETE "/path" => page`: an `async fn page<C: Connection>(site: &S, details: &mut
///   RequestDetails<'_, C>) -> Result<(), C::Error>`. HEAD comes with GET.
/// * `USE "/prefix" => |site| &site.other`: another [`Site`](crate::Site), for the prefix itself and every path below it. Its routes
///   begin behind the prefix, and the parameters of the prefix stay. At most three sites are below each other.
/// * Last, `.. => |site| &site.other`: another site for every path that no route fits; or `_ => page`: a page for these.
///
/// In a pattern, `{name}` stands for one segment that is not empty, and `{*name}`, the last, for the rest of the path, which may be
/// empty: [`param`](crate::RequestDetails::param), [`param_raw`](crate::RequestDetails::param_raw). A pattern has
/// a name once. Patterns are written decoded, and a path matches after percent-decoding; `%2F` is no slash.
///
/// A path that fits with other methods only is refused with 405, and `Allow` has the methods of all routes that fit; OPTIONS gets 204 with
/// these. What no route fits is [`Rejection::NoRoute`](crate::Rejection::NoRoute), 404. A pattern that is not valid, a name that is no method
/// and a route that is never reached do not compile. A site has at most 64 routes; for more, mount another.
#[macro_export]
macro_rules! routes {
    ($($routes:tt)*) => {
        fn request_handler<C: $crate::Connection>(
            &self,
            details: &mut $crate::RequestDetails<'_, C>,
        ) -> impl ::core::future::Future<Output = ::core::result::Result<(), C::Error>> {
            async move {
                let result: ::core::result::Result<(), C::Error> = $crate::__routes! {
                    (self, details) [] [] {
                        0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31
                        32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63
                    } $($routes)*
                };
                result
            }
        }
        $crate::__mounts! { [] {
            0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31
            32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64
        } $($routes)* }
    };
}

/// Collects the entries of the table and the arms of its match; each takes the next number. `bantam-build` has counted its
/// routes and begins with `@match`: it has no limit of 64, and pages without a state (`plain`).
#[doc(hidden)]
#[macro_export]
macro_rules! __routes {
    (@match ($site:tt, $details:tt) [$($entries:tt)*] [$(([$first:tt $($number:tt)*] $kind:tt $($target:tt)*))*] ($($rest:tt)*)) => {{
        static ROUTES: &[$crate::__router::Route] = &[$($entries)*];
        const _: () = $crate::__router::check(ROUTES);
        match $crate::__router::find(ROUTES, $details) {
            $(::core::result::Result::Ok($first) $(| ::core::result::Result::Ok($number))* => {
                $crate::__routes!(@call $site $details $first $kind $($target)*)
            })*
            ::core::result::Result::Err($crate::Rejection::NoRoute) => $crate::__routes!(@rest $site $details $($rest)*),
            ::core::result::Result::Err(rejection) => ::core::result::Result::Err(rejection.into()),
            ::core::result::Result::Ok(_) => ::core::result::Result::Err($crate::Rejection::NoRoute.into()),
        }
    }};
    (@call $site:tt $details:tt $number:tt page $page:path) => {
        $crate::__routes!(@failure $details $crate::__router::page($site, $details, $page)($site, $details))
    };
    (@call $site:tt $details:tt $number:tt plain $page:path) => {
        $crate::__routes!(@failure $details $page($details))
    };
    (@failure $details:tt $call:expr) => {
        match $call.await {
            ::core::result::Result::Err(error) => {
                ::core::result::Result::Err($crate::__router::PageFailure::fail(error, $details.connection))
            }
            ::core::result::Result::Ok(()) => ::core::result::Result::Ok(()),
        }
    };
    (@call $site:tt $details:tt $number:tt site $select:expr) => {
        $crate::__router::pass($crate::__router::mount($site, $select), $details, $number).await
    };
    (@rest $site:tt $details:tt) => { ::core::result::Result::Err($crate::Rejection::NoRoute.into()) };
    (@rest $site:tt $details:tt $($rest:tt)*) => { $crate::__routes!(@call $site $details 64 $($rest)*) };
    ($at:tt [$($entries:tt)*] [$($arms:tt)*] { $number:tt $($numbers:tt)* }
     USE $prefix:literal => $select:expr $(, $($rest:tt)*)?) => {
        $crate::__routes! {
            $at [$($entries)* $crate::__router::Route::mount($prefix),]
            [$($arms)* ([$number] site $select)] { $($numbers)* } $($($rest)*)?
        }
    };
    ($at:tt [$($entries:tt)*] [$($arms:tt)*] { $number:tt $($numbers:tt)* }
     $($method:ident)|+ $pattern:literal => $page:path $(, $($rest:tt)*)?) => {
        $crate::__routes! {
            $at [$($entries)* $crate::__router::Route::page(&[$(::core::stringify!($method)),+], $pattern),]
            [$($arms)* ([$number] page $page)] { $($numbers)* } $($($rest)*)?
        }
    };
    ($at:tt $entries:tt $arms:tt $numbers:tt .. => $select:expr $(,)?) => {
        $crate::__routes! { @match $at $entries $arms (site $select) }
    };
    ($at:tt $entries:tt $arms:tt $numbers:tt _ => $page:path $(,)?) => {
        $crate::__routes! { @match $at $entries $arms (page $page) }
    };
    ($at:tt $entries:tt $arms:tt $numbers:tt) => {
        $crate::__routes! { @match $at $entries $arms () }
    };
    ($at:tt $entries:tt $arms:tt $numbers:tt $($unexpected:tt)+) => {
        ::core::compile_error!(
            "routes!: a route is `GET \"/path\" => page`, `USE \"/prefix\" => |site| &site.other`, or, last, `.. => |site| \
             &site.other` or `_ => page`"
        )
    };
}

/// Collects the sites that are mounted, by the numbers of their routes, and passes on to them what [`Site`](crate::Site) has
/// beside its request handler.
#[doc(hidden)]
#[macro_export]
macro_rules! __mounts {
    ($mounts:tt { $number:tt $($numbers:tt)* } $($method:ident)|+ $pattern:literal => $page:path $(, $($rest:tt)*)?) => {
        $crate::__mounts! { $mounts { $($numbers)* } $($($rest)*)? }
    };
    ([$($mounts:tt)*] { $number:tt $($numbers:tt)* } USE $prefix:literal => $select:expr $(, $($rest:tt)*)?) => {
        $crate::__mounts! { [$($mounts)* ($number $select)] { $($numbers)* } $($($rest)*)? }
    };
    ([$($mounts:tt)*] $numbers:tt .. => $select:expr $(,)?) => {
        $crate::__mounts! { [$($mounts)* (64 $select)] $numbers }
    };
    ([] $($rest:tt)*) => {};
    ([$(($number:tt $select:expr))+] $($rest:tt)*) => {
        #[doc(hidden)]
        fn fields_along(&self, trail: $crate::__router::Trail, fields: &mut $crate::Fields<'_>) {
            match trail.next($crate::__router::ROUTE) {
                $((::core::option::Option::Some($number), rest) => {
                    $crate::Site::fields_along($crate::__router::mount(self, $select), rest, fields);
                })+
                _ => {}
            }
            self.fields(fields);
        }

        #[doc(hidden)]
        async fn refused_along<C: $crate::Connection>(
            &self,
            trail: $crate::__router::Trail,
            details: &mut $crate::RequestDetails<'_, C>,
            status: $crate::wire::Status,
            reason: &'static str,
        ) -> ::core::result::Result<(), C::Error> {
            match trail.next($crate::__router::ROUTE) {
                $((::core::option::Option::Some($number), rest) => {
                    let site = $crate::__router::mount(self, $select);
                    $crate::Site::refused_along(site, rest, details, status, reason).await?;
                })+
                _ => {}
            }
            if details.connection.response_already_made() {
                return ::core::result::Result::Ok(());
            }
            self.refused(details, status, reason).await
        }
    };
}

/// Includes what `bantam-build` has made of the folders of a crate: see its `Generator`.
///
/// It stands in a module of its own, `mod site { bantam::site!(); }`.
#[macro_export]
macro_rules! site {
    () => {
        ::core::include!(::core::concat!(::core::env!("OUT_DIR"), "/site.rs"));
    };
}

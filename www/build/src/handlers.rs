//! The handlers of a page: the functions of its source that answer requests.

use syn::{Expr, File, FnArg, Item, ItemConst, ItemFn, Lit, ReturnType, Type, Visibility};

/// The methods of `ALLOW`; the function for one has its name in small letters.
const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"];
/// The methods of a `request_handler` without `ALLOW`. HEAD comes with GET.
const DEFAULT: &str = "GET";

/// The function of an error page, which is no handler.
pub(crate) const REFUSED: &str = "refused";

/// A function that answers requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Handler {
    pub(crate) function: String,
    pub(crate) methods: Vec<String>,
    /// It takes `&App` before the details.
    pub(crate) takes_state: bool,
}

/// Reads the handlers of a page. `has_state`: a state is named. HEAD stands before GET, which would take it.
pub(crate) fn read(text: &str, has_state: bool) -> Result<Vec<Handler>, String> {
    let file = syn::parse_file(text).map_err(|error| format!("is not Rust: {error}"))?;
    let allow = allow(&file)?;
    let mut handlers = Vec::new();
    for item in &file.items {
        let Item::Fn(function) = item else { continue };
        let name = function.sig.ident.to_string();
        if name == REFUSED && parameters_before_details(function, 2).is_some() {
            return Err(
                "has `refused`, which is for 404.rs and its like, or error.rs, in the first folder".into()
            );
        }
        let method = METHODS.into_iter().find(|method| method.to_lowercase() == name);
        if !matches!(function.vis, Visibility::Public(_)) || method.is_none() && name != "request_handler" {
            continue;
        }
        let methods = match (method, &allow) {
            (Some(_), Some(_)) => {
                return Err(format!(
                    "has ALLOW, which is for `request_handler`, and a function `{name}` for its method"
                ));
            }
            (Some(method), None) => vec![method.to_owned()],
            (None, Some(allow)) => allow.clone(),
            (None, None) => vec![DEFAULT.to_owned()],
        };
        let takes_state = takes_state(function, has_state)?;
        handlers.push(Handler { function: name, methods, takes_state });
    }
    if handlers.len() > 1 && handlers.iter().any(|handler| handler.function == "request_handler") {
        return Err(
            "has `request_handler` and a function for a method: it needs the one or the others".into()
        );
    }
    handlers.sort_by_key(|handler| handler.methods.first().is_none_or(|method| method != "HEAD"));
    if handlers.is_empty() { Err(no_handler("get", has_state)) } else { Ok(handlers) }
}

fn no_handler(name: &str, has_state: bool) -> String {
    let state = if has_state { "app: &App, " } else { "" };
    format!(
        "is not a page: it needs `pub async fn {name}<C: Connection>({state}details: &mut RequestDetails<'_, C>) -> Result<(), \
         C::Error>`"
    )
}

/// Checks the signature of a handler.
fn takes_state(function: &ItemFn, has_state: bool) -> Result<bool, String> {
    match parameters_before_details(function, 0) {
        Some(0) => Ok(false),
        Some(1) if has_state => Ok(true),
        Some(1) => {
            let name = &function.sig.ident;
            Err(format!(
                "takes a state in `{name}`, but the build script names none: `.state(\"crate::App\")`"
            ))
        }
        _ => Err(no_handler(&function.sig.ident.to_string(), has_state)),
    }
}

/// How many parameters, all of them references, stand before the details of a function that answers a request; `None` if it is no such
/// function. `behind`: how many stand behind them.
pub(crate) fn parameters_before_details(function: &ItemFn, behind: usize) -> Option<usize> {
    let signature = &function.sig;
    let is_future = signature.asyncness.is_some()
        || matches!(&signature.output, ReturnType::Type(_, output) if matches!(**output, Type::ImplTrait(_)));
    let is_generic = signature.generics.type_params().next().is_some();
    let is_public = matches!(function.vis, Visibility::Public(_));
    let types: Vec<&Type> = signature
        .inputs
        .iter()
        .filter_map(|input| match input {
            FnArg::Typed(parameter) => Some(&*parameter.ty),
            FnArg::Receiver(_) => None,
        })
        .collect();
    let before = signature.inputs.len().checked_sub(behind + 1)?;
    let is_reference = |place: usize, is_mutable: bool| matches!(types.get(place), Some(Type::Reference(reference)) if reference.mutability.is_some() == is_mutable);
    let fits = is_reference(before, true) && (0..before).all(|place| is_reference(place, false));
    let answers = !matches!(signature.output, ReturnType::Default);
    (is_public && is_future && is_generic && answers && fits).then_some(before)
}

/// The methods of `pub const ALLOW: &str = "GET, HEAD"`.
fn allow(file: &File) -> Result<Option<Vec<String>>, String> {
    let stated = file.items.iter().find_map(|item| match item {
        Item::Const(constant) if constant.ident == "ALLOW" => Some(constant),
        _ => None,
    });
    let Some(constant) = stated else { return Ok(None) };
    let methods = methods(constant).ok_or_else(|| {
        "states ALLOW, which has to be a list of methods, such as \"GET, HEAD, POST\"; OPTIONS is always allowed".to_owned()
    });
    methods.map(Some)
}

fn methods(constant: &ItemConst) -> Option<Vec<String>> {
    let Expr::Lit(literal) = &*constant.expr else { return None };
    let Lit::Str(text) = &literal.lit else { return None };
    let mut methods = Vec::new();
    for method in text.value().split(", ") {
        let is_new =
            METHODS.contains(&method) && method != "OPTIONS" && !methods.iter().any(|other| other == method);
        is_new.then(|| methods.push(method.to_owned()))?;
    }
    Some(methods)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page with these functions, each with its parameters.
    fn page(functions: &[(&str, &str)]) -> String {
        let function = |(name, parameters): &(&str, &str)| {
            format!("pub async fn {name}<C: Connection>({parameters}) -> R<C> {{ x() }}\n")
        };
        functions.iter().map(function).collect()
    }

    fn summary(handlers: &[Handler]) -> Vec<String> {
        let one = |handler: &Handler| {
            let state = if handler.takes_state { " with state" } else { "" };
            format!("{} {}{state}", handler.methods.join("|"), handler.function)
        };
        handlers.iter().map(one).collect()
    }

    #[test]
    fn a_request_handler_takes_get_or_what_allow_says() {
        let handler = page(&[("request_handler", "d: &mut D")]);
        assert_eq!(summary(&read(&handler, false).unwrap()), ["GET request_handler"]);
        let stated = format!("pub const ALLOW: &str = \"POST, PUT\";\n{handler}");
        assert_eq!(summary(&read(&stated, false).unwrap()), ["POST|PUT request_handler"]);
        for bad in [
            "1",
            "\"\"",
            "\"get\"",
            "\"GET,HEAD\"",
            "\"GET, GET\"",
            "\"GET, OPTIONS\"",
            "\"BREW\"",
            "concat!(\"GET\")",
        ] {
            let stated = format!("pub const ALLOW: &str = {bad};\n{handler}");
            assert!(read(&stated, false).unwrap_err().starts_with("states ALLOW"), "{bad}");
        }
    }

    #[test]
    fn a_function_for_a_method_takes_that_method_and_a_private_one_none() {
        let text = page(&[
            ("get", "d: &mut D"),
            ("post", "d: &mut D"),
            ("head", "d: &mut D"),
            ("other", "d: &mut D"),
        ]);
        let text = format!(
            "{text} fn put(d: D) {{}} async fn patch(d: D) {{}} pub(crate) async fn delete(d: D) {{}}"
        );
        assert_eq!(summary(&read(&text, false).unwrap()), ["HEAD head", "GET get", "POST post"]);
        let future = "pub fn get<C: Connection>(d: &mut D) -> impl Future<Output = R<C>> { x() }";
        assert_eq!(summary(&read(future, false).unwrap()), ["GET get"]);
    }

    #[test]
    fn a_handler_takes_the_state_where_one_is_named() {
        let both = page(&[("get", "a: &App, d: &mut D"), ("post", "d: &mut D")]);
        assert_eq!(summary(&read(&both, true).unwrap()), ["GET get with state", "POST post"]);
        let message = read(&both, false).unwrap_err();
        assert_eq!(
            message,
            "takes a state in `get`, but the build script names none: `.state(\"crate::App\")`"
        );
    }

    #[test]
    fn a_page_without_a_handler_is_an_error_of_one_sentence() {
        for bad in [
            "",
            "fn main() {}",
            "async fn request_handler(d: D) {}",
            "pub fn request_handler(d: D) {}",
            "pub async fn request_handler() {}",
            "pub async fn get<C>(a: &A, b: &mut B, c: C) -> R<C> {}",
            "pub async fn get<C>(a: A, b: &mut B) -> R<C> {}",
            "pub async fn get<C>(b: &B) -> R<C> {}",
            "pub async fn get<C>(b: &mut B) {}",
            "pub async fn get(b: &mut B) -> R {}",
            "pub async fn get<C>(&mut self) -> R {}",
            "pub fn post(d: D) -> D {}",
            "// pub async fn request_handler(d: D) {}",
            "mod inner { pub async fn request_handler(d: D) {} }",
        ] {
            let message = read(bad, true).unwrap_err();
            assert!(message.starts_with("is not a page: it needs `pub async fn"), "{bad}: {message}");
            assert!(!message.contains('\n'), "{message}");
        }
        assert!(read("pub async fn", false).unwrap_err().starts_with("is not Rust: "));
        let refused = page(&[("get", "d: &mut D"), ("refused", "d: &mut D, s: S, r: R")]);
        assert!(read(&refused, false).unwrap_err().starts_with("has `refused`, which is for 404.rs"));
        let both = page(&[("get", "d: &mut D"), ("request_handler", "d: &mut D")]);
        assert!(read(&both, false).unwrap_err().contains("the one or the others"));
        let stated = format!("const ALLOW: &str = \"GET\";\n{}", page(&[("get", "d: &mut D")]));
        assert!(read(&stated, false).unwrap_err().starts_with("has ALLOW, which is for"));
    }
}

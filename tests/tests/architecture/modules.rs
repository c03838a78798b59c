//! The modules of a crate and what each imports, read with syn. Code under `#[cfg(test)]` does not count.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, Meta, UseTree};

use crate::graph::Graph;

/// The path of a module below the root of its crate, and its file.
type Modules = BTreeMap<Vec<String>, String>;

/// Adds a crate's files and imports to a graph. `root` is the path of its first file below `repository`.
pub(crate) fn read_crate(repository: &Path, root: &str, graph: &mut Graph) {
    let mut sources = BTreeMap::new();
    let mut modules = Modules::new();
    read_module(repository, root, &mut Vec::new(), &mut modules, &mut sources);
    for (module, source) in &sources {
        let Some(file) = modules.get(module) else { continue };
        graph.add_file(file);
        for path in imports(source) {
            if let Some(target) = resolve(&modules, module, &path) {
                graph.add_arrow(file, target);
            }
        }
    }
}

fn read_module(
    repository: &Path,
    file: &str,
    module: &mut Vec<String>,
    modules: &mut Modules,
    sources: &mut BTreeMap<Vec<String>, syn::File>,
) {
    let text = fs::read_to_string(repository.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    let source = syn::parse_file(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
    let (folder, name) = file.rsplit_once('/').unwrap_or(("", file));
    let folder = match name {
        "lib.rs" | "main.rs" | "mod.rs" => folder.to_owned(),
        _ => format!("{folder}/{}", name.trim_end_matches(".rs")),
    };
    for item in &source.items {
        if let Item::Mod(ItemMod { attrs, ident, content: None, .. }) = item
            && !is_test(attrs)
        {
            let plain = format!("{folder}/{ident}.rs");
            let nested = format!("{folder}/{ident}/mod.rs");
            let child = [plain, nested].into_iter().find(|path| repository.join(path).is_file());
            let child = child.unwrap_or_else(|| panic!("{file}: the module {ident} has no file"));
            module.push(ident.to_string());
            read_module(repository, &child, module, modules, sources);
            module.pop();
        }
    }
    modules.insert(module.clone(), file.to_owned());
    sources.insert(module.clone(), source);
}

/// Returns true for `cfg(test)` and `cfg(all(test, ..))`.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            let condition = list.tokens.to_string().replace(' ', "");
            condition == "test" || condition.starts_with("all(test,")
        }
        _ => false,
    })
}

/// Every path of two or more names in a file, outside its tests.
fn imports(source: &syn::File) -> Vec<Vec<String>> {
    let mut paths = Paths::default();
    paths.visit_file(source);
    paths.0
}

#[derive(Default)]
struct Paths(Vec<Vec<String>>);

impl Paths {
    fn add_tree(&mut self, prefix: &[String], tree: &UseTree) {
        let with = |name: String| prefix.iter().cloned().chain([name]).collect::<Vec<_>>();
        match tree {
            UseTree::Path(path) => self.add_tree(&with(path.ident.to_string()), &path.tree),
            UseTree::Name(name) => self.0.push(with(name.ident.to_string())),
            UseTree::Rename(name) => self.0.push(with(name.ident.to_string())),
            UseTree::Glob(_) => self.0.push(with("*".to_owned())),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.add_tree(prefix, tree)),
        }
    }

    /// The paths in the arguments of a macro, which syn leaves as tokens. `$crate` is no import: it is resolved where the macro is used.
    fn add_tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let (mut colons, mut dollar) = (0, "");
        for token in tokens {
            match token {
                TokenTree::Ident(name) => {
                    if colons != 2 {
                        self.0.push(std::mem::take(&mut path));
                    }
                    path.push(format!("{}{name}", std::mem::take(&mut dollar)));
                    colons = 0;
                }
                TokenTree::Punct(mark) if mark.as_char() == '$' => (colons, dollar) = (0, "$"),
                TokenTree::Punct(mark) if mark.as_char() == ':' => colons += 1,
                TokenTree::Group(group) => {
                    self.add_tokens(group.stream());
                    colons = 0;
                }
                _ => colons = 0,
            }
        }
        self.0.push(path);
    }
}

impl<'s> Visit<'s> for Paths {
    fn visit_item_mod(&mut self, item: &'s ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'s syn::ItemFn) {
        if !is_test(&item.attrs) {
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'s ItemUse) {
        if !is_test(&item.attrs) {
            self.add_tree(&[], &item.tree);
        }
    }

    fn visit_path(&mut self, path: &'s syn::Path) {
        self.0.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'s syn::Macro) {
        self.add_tokens(item.tokens.clone());
    }

    // `pub(in path)` states where a name is seen and imports nothing.
    fn visit_visibility(&mut self, _: &'s syn::Visibility) {}
}

/// The file that defines the longest module of a path; `None` for a path into another crate.
fn resolve<'m>(modules: &'m Modules, module: &[String], path: &[String]) -> Option<&'m str> {
    let (first, mut rest) = path.split_first()?;
    let mut base = match first.as_str() {
        "crate" => Vec::new(),
        "self" => module.to_vec(),
        "super" => module.split_last()?.1.to_vec(),
        child => {
            let mut child_path = module.to_vec();
            child_path.push(child.to_owned());
            if !modules.contains_key(&child_path) || rest.is_empty() {
                return None;
            }
            child_path
        }
    };
    while let Some((name, later)) = rest.split_first() {
        match name.as_str() {
            "super" => drop(base.pop()),
            "self" => {}
            name => {
                base.push(name.to_owned());
                if !modules.contains_key(&base) {
                    base.pop();
                    break;
                }
            }
        }
        rest = later;
    }
    modules.get(&base).map(String::as_str)
}

#[test]
fn imports_are_found_in_use_lines_in_bodies_and_in_macros_but_not_in_tests() {
    let source = syn::parse_file(
        "use crate::a::{B, c::D as E};
         fn f() -> crate::g::H { i!(x, crate::j::K(1)) }
         macro_rules! m { () => { $crate::n::O } }
         #[cfg(test)] mod tests { use crate::l::M; }",
    )
    .expect("the source is valid");
    let found: Vec<String> = imports(&source).into_iter().map(|path| path.join("::")).collect();
    for expected in ["crate::a::B", "crate::a::c::D", "crate::g::H", "crate::j::K"] {
        assert!(found.iter().any(|path| path == expected), "{expected} in {found:?}");
    }
    assert!(!found.iter().any(|path| path.starts_with("crate::l") || path.starts_with("crate::n")));
}

#[test]
fn a_path_resolves_to_the_file_of_its_longest_module() {
    let path =
        |text: &str| text.split("::").filter(|name| !name.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let modules: Modules =
        ["", "a", "a::b", "c"].into_iter().map(|name| (path(name), format!("{name}.rs"))).collect();
    for (from, import, file) in [
        ("a::b", "crate::c::X", Some("c.rs")),
        ("a::b", "super::X", Some("a.rs")),
        ("a::b", "super::super::c::X", Some("c.rs")),
        ("a", "self::b::X", Some("a::b.rs")),
        ("a", "b::X", Some("a::b.rs")),
        ("a", "crate::X", Some(".rs")),
        ("a", "std::io::Read", None),
    ] {
        assert_eq!(resolve(&modules, &path(from), &path(import)), file, "{import} in {from}");
    }
}

//! A graph of files: an arrow from each file to every file that it imports from.

use std::collections::{BTreeMap, BTreeSet};

/// Files and their imports.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    arrows: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    /// Adds a file.
    pub(crate) fn add_file(&mut self, file: &str) {
        self.arrows.entry(file.to_owned()).or_default();
    }

    /// Adds an import. An import from the file itself is no arrow.
    pub(crate) fn add_arrow(&mut self, from: &str, to: &str) {
        if from != to {
            self.arrows.entry(from.to_owned()).or_default().insert(to.to_owned());
        }
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = &str> {
        self.arrows.keys().map(String::as_str)
    }

    pub(crate) fn arrows(&self) -> impl Iterator<Item = (&str, &str)> {
        self.arrows.iter().flat_map(|(from, all)| all.iter().map(move |to| (from.as_str(), to.as_str())))
    }

    /// Circles as the files on them, `a -> b -> a`: at least one for every group of files that import each other.
    pub(crate) fn circles(&self) -> Vec<String> {
        let mut circles = Vec::new();
        let mut done = BTreeSet::new();
        for start in self.arrows.keys() {
            self.search(start, &mut Vec::new(), &mut done, &mut circles);
        }
        circles
    }

    /// Depth first: an arrow to a file that is on the path closes a circle.
    fn search<'g>(
        &'g self,
        file: &'g str,
        path: &mut Vec<&'g str>,
        done: &mut BTreeSet<&'g str>,
        circles: &mut Vec<String>,
    ) {
        if let Some(first) = path.iter().position(|on_path| *on_path == file) {
            let circle = path.iter().skip(first).chain([&file]).copied().collect::<Vec<_>>();
            circles.push(circle.join(" -> "));
            return;
        }
        if done.contains(file) {
            return;
        }
        path.push(file);
        for next in self.arrows.get(file).into_iter().flatten() {
            self.search(next, path, done, circles);
        }
        path.pop();
        done.insert(file);
    }
}

#[test]
fn a_circle_is_found_and_named() {
    let mut graph = Graph::default();
    for (from, to) in [("a", "b"), ("b", "c"), ("a", "c"), ("d", "a"), ("a", "a")] {
        graph.add_arrow(from, to);
    }
    assert_eq!(graph.circles(), Vec::<String>::new());
    graph.add_arrow("c", "a");
    assert_eq!(graph.circles(), ["a -> b -> c -> a"]);
}

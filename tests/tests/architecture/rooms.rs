//! The table of ARCHITECTURE.md: rooms, the files that belong to each, and the rooms that each may import from.

use crate::graph::Graph;

/// The heading of the section that holds the tables.
const SECTION: &str = "## Arrows";

#[derive(Debug)]
struct Room<'t> {
    name: &'t str,
    /// Files, and folders that end in a slash.
    paths: Vec<&'t str>,
    uses: Vec<&'t str>,
}

#[derive(Debug)]
pub(crate) struct Rooms<'t>(Vec<Room<'t>>);

impl<'t> Rooms<'t> {
    /// Reads the tables with three columns: a room, its paths in backticks, the rooms it may use.
    pub(crate) fn parse(text: &'t str) -> Self {
        let section = text.split_once(SECTION).map_or("", |(_, rest)| rest);
        let section = section.split_once("\n## ").map_or(section, |(section, _)| section);
        let rows = section.lines().filter_map(|line| {
            let cells: Vec<&str> =
                line.strip_prefix('|')?.strip_suffix('|')?.split('|').map(str::trim).collect();
            let [name, paths, uses] = cells[..] else { return None };
            let paths: Vec<&str> = paths.split('`').skip(1).step_by(2).collect();
            let uses = uses.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
            (!paths.is_empty()).then_some(Room { name, paths, uses })
        });
        Self(rows.collect())
    }

    fn find(&self, file: &str) -> Option<&Room<'t>> {
        let length = |room: &Room<'_>| {
            let fits =
                |path: &&&str| if path.ends_with('/') { file.starts_with(**path) } else { file == **path };
            room.paths.iter().filter(fits).map(|path| path.len()).max()
        };
        self.0.iter().filter(|room| length(room).is_some()).max_by_key(|room| length(room))
    }

    /// The room of a file: that with the longest path that fits.
    pub(crate) fn room(&self, file: &str) -> Option<&'t str> {
        self.find(file).map(|room| room.name)
    }

    /// Arrows that no row allows.
    pub(crate) fn forbidden(&self, graph: &Graph) -> Vec<String> {
        let is_forbidden = |(from, to): &(&str, &str)| match (self.find(from), self.find(to)) {
            (Some(from), Some(to)) => from.name != to.name && !from.uses.contains(&to.name),
            _ => true,
        };
        let forbidden = graph.arrows().filter(is_forbidden);
        forbidden
            .map(|(from, to)| {
                format!("{from} -> {to}: {:?} may not use {:?}", self.room(from), self.room(to))
            })
            .collect()
    }

    /// Circles that the table itself would allow.
    pub(crate) fn circles(&self) -> Vec<String> {
        let mut graph = Graph::default();
        for room in &self.0 {
            room.uses.iter().for_each(|used| graph.add_arrow(room.name, used));
        }
        graph.circles()
    }

    /// Rooms that have no file.
    pub(crate) fn empty(&self, graph: &Graph) -> Vec<&'t str> {
        let has_file = |room: &&Room<'_>| graph.files().any(|file| self.room(file) == Some(room.name));
        self.0.iter().filter(|room| !has_file(room)).map(|room| room.name).collect()
    }
}

#[test]
fn an_arrow_that_no_row_allows_is_found() {
    let table = "## Arrows\n\n| room | files | may use |\n|--|--|--|\n| a | `x/a/` `x/lib.rs` | b |\n| b | `x/a/b.rs` | |\n";
    let rooms = Rooms::parse(table);
    assert_eq!(
        [rooms.room("x/a/b.rs"), rooms.room("x/a/c.rs"), rooms.room("x/d.rs")],
        [Some("b"), Some("a"), None]
    );
    let mut graph = Graph::default();
    graph.add_arrow("x/lib.rs", "x/a/b.rs");
    assert_eq!(rooms.forbidden(&graph), Vec::<String>::new());
    graph.add_arrow("x/a/b.rs", "x/lib.rs");
    assert_eq!(rooms.forbidden(&graph).len(), 1);
}

//! What a Markdown document names: code spans and blocks, links, headings. As much of CommonMark as the documents use.

/// Code between backticks, or plain words, with the paragraph or the row of a table that it stands in.
pub(crate) struct Span {
    pub(crate) line: usize,
    pub(crate) text: String,
    pub(crate) context: String,
}

/// A fenced or indented block of code.
pub(crate) struct Block {
    pub(crate) line: usize,
    /// The word behind the fence; `sh` for an indented block, which only the documents of boards have.
    pub(crate) language: String,
    pub(crate) text: String,
}

/// The destination of a link or an image.
pub(crate) struct Link {
    pub(crate) line: usize,
    pub(crate) to: String,
}

#[derive(Default)]
pub(crate) struct Document {
    /// The path from the folder of the repository.
    pub(crate) path: String,
    pub(crate) code: Vec<Span>,
    /// Paragraphs, rows and headings without their code.
    pub(crate) prose: Vec<Span>,
    pub(crate) blocks: Vec<Block>,
    pub(crate) links: Vec<Link>,
    /// The anchors of the headings.
    pub(crate) anchors: Vec<String>,
}

impl Document {
    pub(crate) fn parse(path: &str, text: &str) -> Self {
        let mut document = Self { path: path.to_owned(), ..Self::default() };
        let mut paragraph: (usize, String) = (0, String::new());
        let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line)).peekable();
        let mut blank = true;
        while let Some((number, line)) = lines.next() {
            let trimmed = line.trim_start();
            if let Some(language) = trimmed.strip_prefix("```") {
                document.end_of(&mut paragraph);
                let inside = lines.by_ref().map(|(_, line)| line).take_while(|line| line.trim() != "```");
                let text: Vec<&str> = inside.collect();
                document.block(number, language, &text);
            } else if blank && line.starts_with("    ") {
                let mut text = vec![line];
                while let Some((_, line)) = lines.next_if(|(_, line)| line.starts_with("    ")) {
                    text.push(line);
                }
                document.block(number, "sh", &text);
            } else if trimmed.is_empty() {
                document.end_of(&mut paragraph);
            } else if trimmed.starts_with('#') || trimmed.starts_with('|') {
                document.end_of(&mut paragraph);
                document.paragraph(number, trimmed);
                if let Some(title) = trimmed.trim_start_matches('#').strip_prefix(' ') {
                    document.heading(title);
                }
            } else {
                if ["- ", "* "].iter().any(|item| trimmed.starts_with(item)) {
                    document.end_of(&mut paragraph);
                }
                if paragraph.1.is_empty() {
                    paragraph.0 = number;
                }
                paragraph.1 += trimmed;
                paragraph.1.push('\n');
            }
            blank = trimmed.is_empty();
        }
        document.end_of(&mut paragraph);
        document
    }

    fn block(&mut self, line: usize, language: &str, text: &[&str]) {
        let block = Block { line, language: language.trim().to_owned(), text: text.join("\n") };
        self.blocks.push(block);
    }

    fn end_of(&mut self, paragraph: &mut (usize, String)) {
        let (line, text) = std::mem::take(paragraph);
        if !text.is_empty() {
            self.paragraph(line, &text);
        }
    }

    fn paragraph(&mut self, first: usize, text: &str) {
        let (prose, spans) = split_code(text);
        let line = |at: usize| first + text[..at].matches('\n').count();
        for (at, code) in spans {
            let code = code.replace('\n', " ").replace("\\|", "|").trim().to_owned();
            self.code.push(Span { line: line(at), text: code, context: text.to_owned() });
        }
        self.links.extend(destinations(&prose).map(|(at, to)| Link { line: line(at), to: to.to_owned() }));
        self.prose.push(Span { line: first, text: prose, context: text.to_owned() });
    }

    fn heading(&mut self, title: &str) {
        let slug = slug(title);
        let same = |anchor: &&String| anchor.strip_prefix(&slug).is_some_and(is_number_behind_hyphen);
        let before = self.anchors.iter().filter(same).count();
        self.anchors.push(if before == 0 { slug } else { format!("{slug}-{before}") });
    }
}

fn is_number_behind_hyphen(rest: &str) -> bool {
    rest.is_empty() || rest.strip_prefix('-').is_some_and(|digits| digits.parse::<u32>().is_ok())
}

/// The anchor that a heading has where Markdown is shown: letters, digits, hyphens and underscores, in lower case.
fn slug(title: &str) -> String {
    let kept =
        title.trim().chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// The text with spaces in the place of code, and each code with its offset. Backticks of any number enclose code.
fn split_code(text: &str) -> (String, Vec<(usize, &str)>) {
    let (mut prose, mut spans, mut at) = (text.to_owned(), Vec::new(), 0);
    while let Some(open) = text[at..].find('`').map(|found| at + found) {
        let ticks = text[open..].bytes().take_while(|byte| *byte == b'`').count();
        let begin = open + ticks;
        let Some(end) = closing(&text[begin..], ticks).map(|found| begin + found) else {
            at = begin;
            continue;
        };
        spans.push((open, &text[begin..end]));
        let blank: String =
            text[open..end + ticks].chars().map(|letter| if letter == '\n' { '\n' } else { ' ' }).collect();
        // The blanks take as many bytes as the code, so that offsets stay.
        let blank = blank + &" ".repeat(end + ticks - open - text[open..end + ticks].chars().count());
        prose.replace_range(open..end + ticks, &blank);
        at = end + ticks;
    }
    (prose, spans)
}

/// The offset of the first run of exactly so many backticks.
fn closing(text: &str, ticks: usize) -> Option<usize> {
    let mut at = 0;
    while let Some(found) = text[at..].find('`').map(|found| at + found) {
        let run = text[found..].bytes().take_while(|byte| *byte == b'`').count();
        if run == ticks {
            return Some(found);
        }
        at = found + run;
    }
    None
}

/// The destinations of links, images and HTML, with their offsets.
fn destinations(prose: &str) -> impl Iterator<Item = (usize, &str)> {
    [("](", ')'), ("src=\"", '"'), ("srcset=\"", '"'), ("href=\"", '"')].into_iter().flat_map(
        move |(open, close)| {
            prose.match_indices(open).filter_map(move |(at, _)| {
                let to = prose[at + open.len()..].split(close).next()?;
                Some((at, to.split([' ', '\n']).next()?))
            })
        },
    )
}

#[cfg(test)]
mod tests {
    use super::{Document, slug};

    const TEXT: &str = "# A *first* page, `x`\n\nSee [the `code`](a/b.md#c) and ``a ` b``,\n`--flag\nVALUE`.\n\n\
                        - <img src=\"d.svg\">\n- `e`\n\n| `f \\| g` | h |\n\n```sh\ncargo run # i\n```\n\n    cd j\n    k\n\n# Again\n# Again\n";

    #[test]
    fn code_blocks_links_and_headings_are_found() {
        let document = Document::parse("x.md", TEXT);
        let code: Vec<_> = document.code.iter().map(|span| (span.line, &*span.text)).collect();
        assert_eq!(code, [(1, "x"), (3, "code"), (3, "a ` b"), (4, "--flag VALUE"), (8, "e"), (10, "f | g")]);
        let links: Vec<_> = document.links.iter().map(|link| (link.line, &*link.to)).collect();
        assert_eq!(links, [(3, "a/b.md#c"), (7, "d.svg")]);
        let blocks: Vec<_> =
            document.blocks.iter().map(|block| (block.line, &*block.language, &*block.text)).collect();
        assert_eq!(blocks, [(12, "sh", "cargo run # i"), (16, "sh", "    cd j\n    k")]);
        assert_eq!(document.anchors, ["a-first-page-x", "again", "again-1"]);
    }

    #[test]
    fn the_context_of_code_is_its_item_or_its_row() {
        let document = Document::parse("x.md", "- `a` b\n  c\n- d\n\n| e | `f` |\n| g |\n");
        let contexts: Vec<_> = document.code.iter().map(|span| &*span.context).collect();
        assert_eq!(contexts, ["- `a` b\nc\n", "| e | `f` |"]);
    }

    #[test]
    fn an_anchor_has_no_punctuation() {
        assert_eq!(slug("Flash, RAM and `stack`: 1.5_x"), "flash-ram-and-stack-15_x");
    }
}

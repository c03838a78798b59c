//! The commands of a line of a shell: words, without comments, assignments and keywords.

/// A command, and the folder from the repository's that `cd` before it has chosen.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Command {
    pub(crate) folder: String,
    pub(crate) words: Vec<String>,
}

/// The commands of a script.
pub(crate) fn commands(text: &str) -> Vec<Command> {
    let (mut found, mut folder) = (Vec::new(), String::new());
    for line in text.replace("\\\n", " ").lines() {
        for words in split(line) {
            let begin = words.iter().position(|word| !is_before_a_command(word));
            let Some((first, rest)) = begin.and_then(|begin| words[begin..].split_first()) else { continue };
            if let ("cd", Some(to)) = (first.as_str(), rest.first()) {
                folder.clone_from(to);
            }
            found.push(Command { folder: folder.clone(), words: words[begin.unwrap_or(0)..].to_vec() });
        }
    }
    found
}

fn is_before_a_command(word: &str) -> bool {
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let is_assignment = word.split_once('=').is_some_and(|(name, _)| is_name(name));
    is_assignment
        || matches!(
            word,
            "$" | "if" | "then" | "else" | "do" | "until" | "while" | "!" | "exec" | "sudo" | "{" | "("
        )
}

/// The words of each command of a line; quotes are removed.
fn split(line: &str) -> Vec<Vec<String>> {
    let (mut commands, mut words, mut word, mut quote) = (Vec::new(), Vec::new(), None::<String>, None);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, '#') if word.is_none() => break,
            (None, ' ' | '\t') => words.extend(word.take()),
            (None, ';' | '|' | '&') => {
                words.extend(word.take());
                commands.push(std::mem::take(&mut words));
            }
            (None, '\\') => word.get_or_insert_default().extend(letters.next()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    commands.push(words);
    commands
}

#[cfg(test)]
mod tests {
    use super::commands;

    #[test]
    fn comments_assignments_keywords_and_quotes_are_removed() {
        let script = "cd a/b\nA=1 B=\"2 3\" c --d='e f' # g\nuntil curl -f x; do sleep 1; done\nh && i\\\n  j | k\n# l\n";
        let found: Vec<_> = commands(script).into_iter().map(|command| command.words.join("+")).collect();
        assert_eq!(found, ["cd+a/b", "c+--d=e f", "curl+-f+x", "sleep+1", "done", "h", "i+j", "k"]);
        assert!(commands(script).iter().all(|command| command.folder == "a/b"));
    }
}

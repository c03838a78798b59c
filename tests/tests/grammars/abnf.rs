//! An interpreter of ABNF (RFC 5234, `%s` of RFC 7405, `#` of RFC 9110 section 5.6.1): recognises texts, and makes sentences and
//! near-misses of a rule.

use std::collections::BTreeMap;

/// What a rule is made of.
#[derive(Clone, Debug)]
enum Rule {
    /// A byte in this range, both ends included.
    Byte(u8, u8),
    /// This byte in either case.
    Letter(u8),
    All(Vec<Rule>),
    Any(Vec<Rule>),
    Times(usize, usize, Box<Rule>),
    Name(String),
}

/// Rules by their names.
#[derive(Debug)]
pub(crate) struct Grammar(BTreeMap<String, Rule>);

/// A source of numbers that is the same in every run.
#[derive(Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

impl Grammar {
    /// Parses one rule in each line. The rules of RFC 5234 that are used here are there already.
    pub(crate) fn new(rules: &str) -> Self {
        let core =
            "DIGIT = %x30-39\nALPHA = %x41-5A / %x61-7A\nSP = %x20\nDQUOTE = %x22\nOWS = *( SP / %x9 )";
        let rules = core.lines().chain(rules.lines()).map(str::trim).filter(|line| !line.is_empty());
        Self(rules.map(parse_rule).collect())
    }

    /// Returns true if the whole text is of this rule.
    pub(crate) fn matches(&self, rule: &str, text: &[u8]) -> bool {
        assert!(text.len() < 128, "a longer text than a set of places has bits");
        self.ends(&self.0[rule], text, 1) >> text.len() & 1 == 1
    }

    /// Where a rule can end that begins at one of these places. A set of places has a bit for each.
    fn ends(&self, rule: &Rule, text: &[u8], starts: u128) -> u128 {
        let bytes = |is: &dyn Fn(u8) -> bool| {
            let places = text.iter().enumerate().filter(|(at, byte)| starts >> at & 1 == 1 && is(**byte));
            places.fold(0, |ends, (at, _)| ends | 2 << at)
        };
        match rule {
            _ if starts == 0 => 0,
            Rule::Byte(first, last) => bytes(&|byte| (*first..=*last).contains(&byte)),
            Rule::Letter(letter) => bytes(&|byte| byte.eq_ignore_ascii_case(letter)),
            Rule::All(rules) => rules.iter().fold(starts, |starts, rule| self.ends(rule, text, starts)),
            Rule::Any(rules) => rules.iter().fold(0, |ends, rule| ends | self.ends(rule, text, starts)),
            Rule::Times(least, most, rule) => {
                let mut last = (0..*least).fold(starts, |starts, _| self.ends(rule, text, starts));
                let mut reached = last;
                for _ in *least..*most {
                    last = self.ends(rule, text, last);
                    if last & !reached == 0 {
                        break;
                    }
                    reached |= last;
                }
                reached
            }
            Rule::Name(name) => self.ends(&self.0[name], text, starts),
        }
    }

    /// A random text of this rule.
    pub(crate) fn sentence(&self, rule: &str, random: &mut Random) -> Vec<u8> {
        let mut text = Vec::new();
        self.write(&self.0[rule], random, &mut text);
        text
    }

    fn write(&self, rule: &Rule, random: &mut Random, text: &mut Vec<u8>) {
        match rule {
            Rule::Byte(first, last) => text.push(first + random.below(usize::from(last - first) + 1) as u8),
            Rule::Letter(letter) if random.below(4) == 0 => text.push(letter.to_ascii_uppercase()),
            Rule::Letter(letter) => text.push(letter.to_ascii_lowercase()),
            Rule::All(rules) => rules.iter().for_each(|rule| self.write(rule, random, text)),
            Rule::Any(rules) => self.write(&rules[random.below(rules.len())], random, text),
            Rule::Times(least, most, rule) => {
                let more = (most - least).min(3);
                for _ in 0..least + random.below(more + 1) {
                    self.write(rule, random, text);
                }
            }
            Rule::Name(name) => self.write(&self.0[name], random, text),
        }
    }

    /// Visits sentences of this rule, and each with one byte of `bytes` inserted, in place of another, or removed.
    pub(crate) fn visit(&self, rule: &str, sentences: usize, bytes: &[u8], mut visit: impl FnMut(&[u8])) {
        let mut random = Random(1);
        for _ in 0..sentences {
            let sentence = self.sentence(rule, &mut random);
            assert!(self.matches(rule, &sentence), "{}", sentence.escape_ascii());
            visit(&sentence);
            for at in 0..=sentence.len() {
                let (front, rest) = sentence.split_at(at);
                for byte in bytes {
                    visit(&[front, &[*byte], rest].concat());
                    visit(&[front, &[*byte], rest.get(1..).unwrap_or(&[])].concat());
                }
                visit(&[front, rest.get(1..).unwrap_or(&[])].concat());
            }
        }
    }
}

/// `name = alternation`
fn parse_rule(line: &str) -> (String, Rule) {
    let (name, mut rest) = line.split_once('=').expect("a rule");
    let rule = parse_any(&mut rest);
    assert_eq!(rest, "", "{line}");
    (name.trim().into(), rule)
}

fn parse_any(rest: &mut &str) -> Rule {
    let mut rules = vec![parse_all(rest)];
    while let Some(behind) = rest.strip_prefix('/') {
        *rest = behind;
        rules.push(parse_all(rest));
    }
    if rules.len() == 1 { rules.remove(0) } else { Rule::Any(rules) }
}

fn parse_all(rest: &mut &str) -> Rule {
    let mut rules = Vec::new();
    loop {
        *rest = rest.trim_start();
        if rest.is_empty() || rest.starts_with(['/', ')', ']']) {
            return Rule::All(rules);
        }
        rules.push(parse_repetition(rest));
    }
}

/// `3X`, `1*X`, `*3X`, `#X`
fn parse_repetition(rest: &mut &str) -> Rule {
    let number = |rest: &mut &str| {
        let (digits, behind) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
        *rest = behind;
        digits.parse().ok()
    };
    let least = number(rest);
    if let Some(behind) = rest.strip_prefix('*') {
        *rest = behind;
        let most = number(rest).unwrap_or(usize::MAX);
        return Rule::Times(least.unwrap_or(0), most, Box::new(parse_element(rest)));
    }
    if let Some(behind) = rest.strip_prefix('#') {
        *rest = behind;
        // A recipient takes empty members.
        let member = Rule::Times(0, 1, Box::new(parse_element(rest)));
        let ows = || Rule::Name("OWS".into());
        let more = Rule::All(vec![ows(), Rule::Byte(b',', b','), ows(), member.clone()]);
        return Rule::All(vec![member, Rule::Times(0, usize::MAX, Box::new(more))]);
    }
    let element = parse_element(rest);
    least.map_or(element.clone(), |count| Rule::Times(count, count, Box::new(element)))
}

fn parse_element(rest: &mut &str) -> Rule {
    let inside = |rest: &mut &str, end| {
        let rule = parse_any(rest);
        *rest = rest.strip_prefix(end).expect("the end of a group");
        rule
    };
    let text = |rest: &mut &str, of: fn(u8) -> Rule| {
        let (text, behind) = rest.split_once('"').expect("the end of a text");
        *rest = behind;
        Rule::All(text.bytes().map(of).collect())
    };
    if let Some(behind) = rest.strip_prefix('(') {
        *rest = behind;
        inside(rest, ')')
    } else if let Some(behind) = rest.strip_prefix('[') {
        *rest = behind;
        Rule::Times(0, 1, Box::new(inside(rest, ']')))
    } else if let Some(behind) = rest.strip_prefix("%s\"") {
        *rest = behind;
        text(rest, |byte| Rule::Byte(byte, byte))
    } else if let Some(behind) = rest.strip_prefix('"') {
        *rest = behind;
        text(rest, Rule::Letter)
    } else if let Some(behind) = rest.strip_prefix("%x") {
        let end = behind.find(|c: char| !c.is_ascii_hexdigit() && c != '-').unwrap_or(behind.len());
        let (range, behind) = behind.split_at(end);
        *rest = behind;
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let byte = |text| u8::from_str_radix(text, 16).expect("a byte");
        Rule::Byte(byte(first), byte(last))
    } else {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(rest.len());
        let (name, behind) = rest.split_at(end);
        assert!(!name.is_empty(), "not an element: {rest}");
        *rest = behind;
        Rule::Name(name.into())
    }
}

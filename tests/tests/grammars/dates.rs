//! `HTTP-date`, RFC 9110 section 5.6.7.

use bantam::wire::Date;

use crate::abnf::Grammar;

const DATE: &str = r#"
    date = imf / rfc850 / asctime
    imf = short "," SP 2DIGIT SP month SP year SP time SP %s"GMT"
    rfc850 = long "," SP 2DIGIT "-" month "-" 2DIGIT SP time SP %s"GMT"
    asctime = short SP month SP ( 2DIGIT / SP DIGIT ) SP time SP year
    short = %s"Mon" / %s"Tue" / %s"Wed" / %s"Thu" / %s"Fri" / %s"Sat" / %s"Sun"
    long = %s"Monday" / %s"Tuesday" / %s"Wednesday" / %s"Thursday" / %s"Friday" / %s"Saturday" / %s"Sunday"
    month = quarter1 / quarter2 / quarter3 / quarter4
    quarter1 = %s"Jan" / %s"Feb" / %s"Mar"
    quarter2 = %s"Apr" / %s"May" / %s"Jun"
    quarter3 = %s"Jul" / %s"Aug" / %s"Sep"
    quarter4 = %s"Oct" / %s"Nov" / %s"Dec"
    year = %s"19" 2DIGIT / %s"20" 2DIGIT / %s"2000" / 4DIGIT
    time = hour ":" minute ":" second
    hour = %x30-31 DIGIT / %s"2" %x30-33
    minute = %x30-35 DIGIT
    second = minute / %s"60"
"#;

/// The number of days of the months before this one, in a year.
fn days_before(month: usize, year: u64) -> u64 {
    (0..month).map(|month| days_of(month, year)).sum()
}

fn days_of(month: usize, year: u64) -> u64 {
    let is_leap = year.is_multiple_of(400) || year.is_multiple_of(4) && !year.is_multiple_of(100);
    [31, 28 + u64::from(is_leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month]
}

/// The seconds of a text that has the grammar, counted year by year; `None` for a day that its month has not, and before 1970.
fn seconds(text: &str) -> Option<u64> {
    let words: Vec<_> = text.split([' ', '-']).filter(|word| !word.is_empty()).collect();
    let (day, month, year, time) = match words[..] {
        [_, day, month, year, time, "GMT"] => (day, month, year, time),
        [_, month, day, time, year] => (day, month, year, time),
        _ => panic!("{text}"),
    };
    let number = |text: &str| text.parse::<u64>().expect("digits");
    let month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        .iter()
        .position(|name| *name == month)
        .expect("a month");
    let year = match (number(year), year.len()) {
        (short @ ..70, 2) => 2000 + short,
        (short, 2) => 1900 + short,
        (year, _) => year,
    };
    let day = number(day);
    if year < 1970 || day == 0 || day > days_of(month, year) {
        return None;
    }
    let years: u64 = (1970..year).map(|year| days_before(12, year)).sum();
    let time = time.split(':').fold(0, |sum, part| sum * 60 + number(part));
    Some((years + days_before(month, year) + day - 1) * 86_400 + time)
}

#[test]
fn a_date_is_what_its_grammar_says_and_the_second_that_a_calendar_counts() {
    let grammar = Grammar::new(DATE);
    let (mut dates, mut refused) = (0, 0);
    grammar.visit("date", 100, b"\0\t ,-:019AJgmGMTSny\xff", |text| {
        let expected = grammar.matches("date", text).then(|| String::from_utf8_lossy(text));
        let expected = expected.and_then(|text| seconds(&text));
        assert_eq!(Date::parse(text).map(Date::seconds), expected, "{}", text.escape_ascii());
        *if expected.is_some() { &mut dates } else { &mut refused } += 1;
    });
    assert!(dates > 1000 && refused > 50_000, "{dates} {refused}");
}

//! The charts in `tests/charts`: drawn from their figures, readable on a telephone, in light and dark colours.
#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The charts, each with the command that draws it.
const CHARTS: [(&str, &str); 2] =
    [("requests", "tests/bench-server --svg"), ("flash", "tests/size-report --svg")];
const SCHEMES: [&str; 2] = ["light", "dark"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("charts")
}

fn picture(folder: &Path, name: &str, scheme: &str) -> String {
    fs::read_to_string(folder.join(format!("{name}-{scheme}.svg"))).expect("a drawn chart")
}

/// Every committed chart, with its figures.
fn committed() -> impl Iterator<Item = (String, String)> {
    CHARTS.into_iter().flat_map(|(name, _)| {
        let figures = fs::read_to_string(folder().join(format!("{name}.tsv"))).expect("figures");
        SCHEMES.map(|scheme| (picture(&folder(), name, scheme), figures.clone()))
    })
}

/// What stands between `start` and `end`, each time.
fn between<'text>(text: &'text str, start: &'text str, end: &'text str) -> impl Iterator<Item = &'text str> {
    text.split(start).skip(1).filter_map(move |rest| Some(rest.split_once(end)?.0))
}

#[test]
fn the_committed_charts_are_drawn_from_the_committed_figures() {
    let drawn = tempfile::tempdir().expect("a folder");
    for (name, command) in CHARTS {
        let status = Command::new(folder().join("draw")).arg(name).arg(drawn.path()).status();
        assert!(status.expect("tests/charts/draw runs").success());
        for scheme in SCHEMES {
            let same = picture(drawn.path(), name, scheme) == picture(&folder(), name, scheme);
            assert!(same, "{name}-{scheme}.svg is not drawn from {name}.tsv: run {command}");
        }
    }
}

#[test]
fn a_chart_says_in_words_what_it_draws() {
    for (picture, figures) in committed() {
        let title = between(&picture, "<title id=\"title\">", "</title>").next().expect("a title");
        let description = between(&picture, "<desc id=\"desc\">", "</desc>").next().expect("a description");
        assert!(figures.contains(&format!("#title\t{title}\n")), "{title}");
        let rows: Vec<_> = figures.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(rows.len() > 3);
        for row in rows {
            let cells: Vec<_> = row.split('\t').collect();
            let shown = description.split_once(&format!(" {}: ", cells[0])).expect(cells[0]).1;
            let number: String = shown.split([';', ' ']).next().unwrap_or_default().replace(',', "");
            assert_eq!(number.trim_end_matches('.'), cells[2], "{}", cells[0]);
            assert!(picture.contains(&format!(">{}</text>", cells[0])), "{}", cells[0]);
        }
    }
}

#[test]
fn letters_have_12_pixels_on_a_screen_of_360_and_contrast() {
    for (picture, _) in committed() {
        let width: f64 =
            between(&picture, "viewBox=\"0 0 ", " ").next().expect("a width").parse().expect("a number");
        let sizes: Vec<f64> =
            between(&picture, "font-size=\"", "\"").map(|size| size.parse().expect("a number")).collect();
        assert!(sizes.len() > 1 && sizes.iter().all(|size| size * 360.0 / width >= 12.0), "{sizes:?}");
        let paper = between(&picture, "rx=\"12\" fill=\"", "\"").next().expect("a ground");
        let inks = between(&picture, "<svg", "<title").chain(between(&picture, "<text", ">"));
        let inks: Vec<_> = inks.filter_map(|tag| between(tag, "fill=\"", "\"").next()).collect();
        assert!(inks.len() > 1);
        for ink in inks {
            let (low, high) = (luminance(ink).min(luminance(paper)), luminance(ink).max(luminance(paper)));
            assert!((high + 0.05) / (low + 0.05) >= 4.5, "{ink} on {paper}"); // WCAG 2.2, 1.4.3
        }
    }
}

/// The relative luminance of `#rrggbb`: WCAG 2.2.
fn luminance(colour: &str) -> f64 {
    let part = |from: usize| {
        let byte = u8::from_str_radix(&colour[from..from + 2], 16).expect("a colour");
        let value = f64::from(byte) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
}

#[test]
fn figures_that_cannot_be_drawn_are_an_error() {
    let draw = |figures: &str, scheme: &str| -> Output {
        let folder_of_figures = tempfile::tempdir().expect("a folder");
        let file = folder_of_figures.path().join("figures.tsv");
        fs::write(&file, figures).expect("a file");
        let scheme = format!("scheme={scheme}");
        Command::new("awk")
            .args(["-v", &scheme, "-f"])
            .arg(folder().join("bars.awk"))
            .arg(file)
            .output()
            .expect("awk")
    };
    assert!(draw("a\tours\t1\n", "light").status.success());
    for (figures, scheme, why) in [
        ("a\tours\t1\n", "blue", "scheme is light or dark"),
        ("#title\tNothing\n", "dark", "no rows"),
        ("a\tours\t-\n", "light", "not a row: a\tours\t-"),
        ("a\ttheirs\t1\n", "light", "not a row"),
        ("eighteen letters a\tours\t1\n", "light", "does not fit"),
    ] {
        let output = draw(figures, scheme);
        assert_eq!(output.status.code(), Some(1), "{figures}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(why), "{figures}: {output:?}");
    }
}

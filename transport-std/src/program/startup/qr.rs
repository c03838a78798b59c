//! The QR code of --qr, in characters: two rows of modules to a line.
//!
//! Invariant: in colours it is dark on light, whatever those of the terminal are; without, light modules are drawn, for a dark
//! terminal.

use fast_qr::{ECL, QRBuilder};

/// The margin that a reader needs, in modules.
const QUIET_ZONE: usize = 4;
/// Black on white, of the palette of 256 colours: the first 16 are what the terminal makes of them.
const BLACK_ON_WHITE: &str = "\u{1b}[38;5;16;48;5;231m";
const RESET: &str = "\u{1b}[0m";

/// Draws the QR code of a text; an empty text where it is too long for one.
pub(super) fn render(text: &str, has_colors: bool) -> String {
    let Ok(code) = QRBuilder::new(text).ecl(ECL::L).build() else { return String::new() };
    let is_dark = |row: usize, column: usize| {
        let (Some(row), Some(column)) = (row.checked_sub(QUIET_ZONE), column.checked_sub(QUIET_ZONE)) else {
            return false;
        };
        let is_inside = row < code.size && column < code.size;
        is_inside && code.data.get(row * code.size + column).is_some_and(|module| module.value())
    };
    let width = code.size + 2 * QUIET_ZONE;
    let mut drawn = String::new();
    for row in (0..width).step_by(2) {
        let (on, off) = if has_colors { (BLACK_ON_WHITE, RESET) } else { ("", "") };
        let letter =
            |column| match (is_dark(row, column) == has_colors, is_dark(row + 1, column) == has_colors) {
                (true, true) => '\u{2588}',
                (true, false) => '\u{2580}',
                (false, true) => '\u{2584}',
                (false, false) => ' ',
            };
        drawn.push_str(on);
        drawn.extend((0..width).map(letter));
        drawn.push_str(off);
        drawn.push('\n');
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The modules of a drawing: true for a character's half that is drawn.
    fn halves(drawn: &str) -> Vec<Vec<bool>> {
        let row =
            |line: &str, letters: [char; 2]| line.chars().map(|letter| letters.contains(&letter)).collect();
        let lines = drawn.lines();
        lines
            .flat_map(|line| [['\u{2588}', '\u{2580}'], ['\u{2588}', '\u{2584}']].map(|half| row(line, half)))
            .collect()
    }

    #[test]
    fn both_drawings_have_the_same_modules() {
        let url = "http://192.0.2.1:8080/";
        let colored = render(url, true);
        let plain: String = colored.replace(BLACK_ON_WHITE, "").replace(RESET, "");
        let (dark, light) = (halves(&plain), halves(&render(url, false)));
        let code = QRBuilder::new(url).ecl(ECL::L).build().unwrap();
        assert_eq!(colored.lines().count(), (code.size + 2 * QUIET_ZONE).div_ceil(2));
        for row in 0..code.size {
            for column in 0..code.size {
                let (at, beside) = (row + QUIET_ZONE, column + QUIET_ZONE);
                assert_eq!(dark[at][beside], code[row][column].value());
                assert_eq!(light[at][beside], !code[row][column].value());
            }
        }
        assert!(dark[..QUIET_ZONE].iter().flatten().all(|dark| !dark), "the quiet zone");
        assert_eq!(render(&"x".repeat(8000), true), "", "too long for a code");
    }
}

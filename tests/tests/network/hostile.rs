//! Law: a device answers whatever is sent to it as the desktop does, but for the size of its buffers and for the date.

use bantam_tests::answers::{Answer, read};
use bantam_tests::hostile::{Case, named};

use crate::NONE;
use crate::world::run;

/// How many clients come to one device, one after another: those who have gone make each moment longer.
const CLIENTS: usize = 40;

fn flaw(case: &Case, heard: &[u8]) -> Option<String> {
    let answers = match read(heard, |number| case.heads.contains(&number)) {
        Ok(answers) => answers,
        Err(flaw) => return Some(format!("{flaw:?}")),
    };
    let finals: Vec<&Answer> = answers.iter().filter(|answer| answer.status >= 200).collect();
    let statuses: Vec<u16> = finals.iter().map(|answer| answer.status).collect();
    let closes = finals.last().is_some_and(|answer| answer.closes());
    let dated = finals.iter().any(|answer| answer.field("date").is_some());
    (statuses != case.expected() || closes == case.kept || dated)
        .then(|| format!("{statuses:?}, closes: {closes}"))
}

#[test]
fn every_hostile_client_hears_what_its_table_says() {
    let cases = named();
    let mut wrong = Vec::new();
    for cases in cases.chunks(CLIENTS) {
        let mut next = 0;
        run(1, NONE, false, |moment| {
            let clients = &mut *moment.clients;
            let Some(last) = clients.all.len().checked_sub(1) else {
                clients.connect(cases[0].wire());
                clients.all[0].ends = true;
                return false;
            };
            if !clients.is_over(last) {
                return false;
            }
            if let Some(flaw) = flaw(&cases[next], &clients.all[last].heard) {
                wrong.push(format!("{}: {flaw}\n{}", cases[next].name, clients.text(last)));
            }
            next += 1;
            if next < cases.len() {
                let client = clients.connect(cases[next].wire());
                clients.all[client].ends = true;
            }
            next == cases.len()
        });
    }
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

//! Law: a slot can be dropped at any moment: its client is cut off, its socket listens again, and another slot serves on.

use bantam_tests::answers::read;

use crate::world::run;
use crate::{NONE, all_listen, get, post};

/// Says this to a device whose slots are dropped at a moment, and then asks again; is the moment before its end?
fn drop_at(said: &[u8], at: usize) -> bool {
    let (mut moments, mut asked) = (0, None);
    run(1, NONE, false, |moment| {
        moments += 1;
        if moments == 1 {
            moment.clients.connect(said);
            moment.clients.all[0].ends = true;
        }
        if moments == at {
            moment.renews_slots = true;
        }
        if moments <= at {
            // Over before its slot was dropped.
            return moments > 1 && moment.clients.is_over(0) && all_listen(moment);
        }
        let Some(next) = asked else {
            asked = Some(moment.clients.connect(get("/robots.txt")));
            return false;
        };
        moment.clients.all[next].ends = true;
        let answered =
            read(&moment.clients.all[next].heard, |_| false).is_ok_and(|answers| answers.len() == 1);
        answered && all_listen(moment)
    });
    moments > at
}

#[test]
fn a_slot_that_is_dropped_at_any_moment_leaves_its_socket_to_others() {
    for said in [get("/robots.txt").into_bytes(), get("/minute").into_bytes(), post(&[b'x'; 5000])] {
        let moments = (1..).take_while(|at| drop_at(&said, *at)).count();
        assert!(moments > 5, "{moments}");
    }
}

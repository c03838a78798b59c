//! Rolling restarts of two instances under load, with the configurations of transport-std/contrib/.
//!
//! Invariant: no request fails.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::instance::{Instance, swapped};
use crate::load::Load;
use crate::proxy::Proxy;

/// The timeout of every wait.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(60);
/// The restarts of each instance.
const ROUNDS: usize = 3;

/// A file of contrib/.
pub(crate) fn contributed(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../transport-std/contrib");
    fs::read_to_string(folder.join(name)).expect("a file of contrib/")
}

/// Waits until the condition is true.
pub(crate) fn until(what: &str, mut so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !so() {
        assert!(start.elapsed() < TIMEOUT, "timeout: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Restarts the instances behind an intermediary. Calls `tell` before an instance stops, and when it runs again.
fn roll(instances: [Instance; 2], proxy: &Proxy, tell: impl Fn(&Instance, bool)) {
    let load = Load::on(proxy.address);
    let asks = |instance: &Instance| {
        until("the intermediary asks this one", || load.answered() > 0 && instance.answered() > 0);
    };
    instances.iter().for_each(asks);
    let mut instances = instances;
    for _ in 0..ROUNDS {
        for instance in &mut instances {
            tell(instance, false);
            instance.stop();
            let before = load.answered();
            until("the load goes on without it", || load.answered() > before + 100);
            instance.start_again();
            tell(instance, true);
            asks(instance);
        }
    }
    let answered = load.end();
    println!("{answered} requests, all of them answered");
}

/// A configuration from contrib/, for these instances.
fn configuration(name: &str, instances: &[Instance; 2]) -> String {
    instances.iter().fold(contributed(name), |text, instance| {
        swapped(text, &format!("127.0.0.1:808{}", instance.number), instance.address)
    })
}

#[test]
#[ignore = "needs nginx: tests/run installs it"]
fn no_request_through_nginx_fails_in_a_rolling_restart() {
    let instances = [1, 2].map(Instance::start);
    let text = configuration("nginx.conf", &instances);
    let proxy = Proxy::nginx_of(|address, folder| {
        let text = swapped(text.clone(), "listen 80;", format!("listen {address};"));
        swapped(text, "/run/bantam-leaves", folder)
    });
    let folder = proxy.folder().to_owned();
    roll(instances, &proxy, |instance, is_back| {
        let file = folder.join(instance.number.to_string());
        if is_back { fs::remove_file(file) } else { fs::write(file, "") }.expect("the folder is ours");
    });
}

#[test]
#[ignore = "needs haproxy: tests/run installs it"]
fn no_request_through_haproxy_fails_in_a_rolling_restart() {
    let instances = [1, 2].map(Instance::start);
    let text = instances.iter().fold(configuration("haproxy.cfg", &instances), |text, instance| {
        swapped(text, &format!("port 918{}", instance.number), format!("port {}", instance.metrics.port()))
    });
    let proxy = Proxy::haproxy_of(|address, _| swapped(text.clone(), "bind :80", format!("bind {address}")));
    roll(instances, &proxy, |_, _| {});
}

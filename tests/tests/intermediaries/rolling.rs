//! Law: with the configurations of transport-std/contrib/ each of two instances is restarted under load, in turn, and nobody is
//! failed; no time is waited for, but for what has to come about.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::instance::{Instance, swapped};
use crate::load::Load;
use crate::proxy::Proxy;

/// No wait of these tests is longer: what takes so long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// How often each instance is restarted.
const ROUNDS: usize = 3;

/// A file that users are given.
pub(crate) fn contributed(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../transport-std/contrib");
    fs::read_to_string(folder.join(name)).expect("a file of contrib/")
}

/// Waits until it is so.
pub(crate) fn until(what: &str, mut so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !so() {
        assert!(start.elapsed() < PATIENCE, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Restarts the instances behind this intermediary, which is told before one of them leaves, and when it is back.
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

/// A configuration from contrib/, for these.
fn configuration(name: &str, instances: &[Instance; 2]) -> String {
    instances.iter().fold(contributed(name), |text, instance| {
        swapped(text, &format!("127.0.0.1:808{}", instance.number), instance.address)
    })
}

#[test]
#[ignore = "needs nginx: tests/run installs it"]
fn nobody_behind_nginx_is_failed_by_a_rolling_restart() {
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
fn nobody_behind_haproxy_is_failed_by_a_rolling_restart() {
    let instances = [1, 2].map(Instance::start);
    let text = instances.iter().fold(configuration("haproxy.cfg", &instances), |text, instance| {
        swapped(text, &format!("port 918{}", instance.number), format!("port {}", instance.metrics.port()))
    });
    let proxy = Proxy::haproxy_of(|address, _| swapped(text.clone(), "bind :80", format!("bind {address}")));
    roll(instances, &proxy, |_, _| {});
}

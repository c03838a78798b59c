//! Uploads by the clients that people use: curl and Python's requests.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::client::Folder;

const REQUESTS: &str = "
import sys, requests
url, file = sys.argv[1], sys.argv[2]
print('status', requests.put(url + 'put.bin', data=open(file, 'rb')).status_code)
print('status', requests.post(url, files=[('a', ('form \\u20ac.bin', open(file, 'rb'))), ('b', ('b.txt', 'text'))]).status_code)
print('status', requests.put(url + 'put.bin', data=b'other').status_code)
print('status', requests.delete(url + 'b.txt').status_code)
print('status', requests.put(url + 'stream', data=(piece for piece in [b'a', b'b'])).status_code)
";

/// A file with everything in it that could be taken for a boundary.
fn large(dir: &Path) -> Vec<u8> {
    let content = b"\r\n--xyz\r\n------WebKitFormBoundary\r\n\0".repeat(60_000);
    fs::write(dir.join("large"), &content).unwrap();
    content
}

in_every_mode! {
#[ignore = "needs curl: tests/run installs it"]
fn curl_uploads_by_put_and_by_form(mode) {
    let (folder, dir) = (Folder::start(mode, &["--listing"]), tempfile::tempdir().unwrap());
    let content = large(dir.path());
    let file = dir.path().join("large").display().to_string();
    let url = folder.program.url("/dir/");
    let curl = |args: &[&str]| {
        let fixed = ["-sS", "--max-time", "60", "-o", "/dev/null", "-w", "%{http_code}"];
        let output = Command::new("curl").args(fixed).args(args).output().expect("curl runs");
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(curl(&["-T", &file, &url]), "201");
    assert_eq!(curl(&["-T", &file, &url]), "409");
    assert_eq!(curl(&["-H", "Expect:", "-T", &file, &format!("{url}other")]), "201");
    let [first, second] = [format!("a=@{file};filename=form"), format!("b=@{file};filename=x/../form 2")];
    assert_eq!(curl(&["-F", &first, "-F", "text=no file", "-F", &second, &url]), "201");
    assert_eq!(curl(&["-X", "DELETE", &format!("{url}other")]), "204");
    assert_eq!(folder.names(), ["dir/form", "dir/form 2", "dir/large"]);
    for name in folder.names() {
        assert!(fs::read(folder.path(&name)).unwrap() == content, "{name}");
    }
}

#[ignore = "needs python3 with requests, where it is installed"]
fn requests_of_python_uploads_by_put_and_by_form(mode) {
    let found = Command::new("python3").args(["-c", "import requests"]).output();
    if !found.is_ok_and(|output| output.status.success()) {
        println!("requests of Python is not installed");
        return;
    }
    let (folder, dir) = (Folder::start(mode, &[]), tempfile::tempdir().unwrap());
    let content = large(dir.path());
    let mut python = Command::new("python3");
    python.args(["-c", REQUESTS, &folder.program.url("/dir/")]).arg(dir.path().join("large"));
    let output = python.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).replace("status ", "");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(text.split_whitespace().collect::<Vec<_>>(), ["201", "201", "409", "204", "201"], "{errors}");
    assert_eq!(folder.names(), ["dir/form €.bin", "dir/put.bin", "dir/stream"]);
    assert!(fs::read(folder.path("dir/put.bin")).unwrap() == content);
    assert!(fs::read(folder.path("dir/form €.bin")).unwrap() == content);
}
}

//! The flags of the program.

use std::process::Output;

use crate::program::{Program, command};
use crate::{get, text};

fn served(flags: &[&str]) -> (tempfile::TempDir, Program) {
    let dir = tempfile::tempdir().unwrap();
    for name in ["a.txt", "sub/b.txt"] {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text(5000)).unwrap();
    }
    for number in 0..50 {
        std::fs::write(dir.path().join(format!("sub/{number}")), "").unwrap();
    }
    let root = dir.path().to_str().unwrap().to_owned();
    let program = Program::start(&[&["--quiet", "--root", &root, "--pages", "--listing"], flags].concat());
    (dir, program)
}

#[test]
fn files_and_pages_are_compressed_as_the_flag_says() {
    for (flags, file, page) in [
        (&[][..], None, None),
        (&["--compress", "nothing"], None, None),
        (&["--compress", "files"], Some("br"), None),
        (&["--compress=all", "--compress-cache=0"], Some("br"), Some("zstd")),
    ] {
        let (_dir, program) = served(flags);
        let coding = |path: &str| {
            let response = get(program.address, path, "gzip, deflate, br, zstd");
            assert_eq!(response.status(), 200, "{path}");
            let plain = get(program.address, path, "identity");
            assert_eq!((plain.coding(), plain.body == response.content()), (None, true), "{path}");
            response.coding().map(str::to_owned)
        };
        assert_eq!(coding("/a.txt").as_deref(), file, "{flags:?}");
        for path in [&*format!("/?firstname={}", "Ada".repeat(300)), "/sub/"] {
            assert_eq!(coding(path).as_deref(), page, "{flags:?} {path}");
        }
        assert_eq!(coding("/style.css").as_deref(), Some("br"), "compressed when the program was built");
    }
}

#[test]
fn a_setting_without_effect_is_one_sentence() {
    for (flags, word) in [
        (&["--compress", "files"][..], "there are no files without --root"),
        (&["--root", "/tmp", "--compress-cache", "5m"], "--compress files is not set"),
        (&["--compress", "all", "--compress-cache", "5m"], "there are no files without --root"),
        (&["--compress", "gzip"], "possible values: nothing, files, all"),
        (&["--root", "/tmp", "--compress", "all", "--compress-cache", "5x"], "expected a number of bytes"),
    ] {
        for check in [&[][..], &["--check-config"]] {
            let Output { status, stdout, stderr } =
                command(flags).args(check).args(["--bind", "127.0.0.1:0"]).output().unwrap();
            let stderr = String::from_utf8(stderr).unwrap();
            assert_eq!((status.code(), stdout.len()), (Some(2), 0), "{flags:?}: {stderr}");
            assert!(stderr.contains(word), "{stderr}");
        }
    }
    let checked =
        command(&["--compress", "all", "--check-config", "--bind", "127.0.0.1:0"]).output().unwrap();
    assert_eq!(checked.stdout, b"the settings are valid\n");
}

//! A client of uploads that reads one response, and the folder that a program serves.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};

use bantam_std::Mode;
use tempfile::TempDir;

use crate::common::connect;
use crate::program::Program;

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let name = format!("{name}: ");
        self.head.lines().find_map(|line| line.strip_prefix(&name))
    }
}

/// Sends a request with a body of this length, and reads until the server closes. A server that answers early reads no more.
pub(crate) fn ask(address: SocketAddr, method: &str, path: &str, fields: &str, body: &[u8]) -> Reply {
    let fields = format!("Content-Length: {}\r\n{fields}", body.len());
    let mut stream = begin(address, method, path, &fields);
    let _ = stream.write_all(body);
    finish(stream)
}

/// Sends the head of a request.
pub(crate) fn begin(address: SocketAddr, method: &str, path: &str, fields: &str) -> TcpStream {
    let head =
        format!("{method} {path} HTTP/1.1\r\nHost: files.example\r\nConnection: close\r\n{fields}\r\n");
    let mut stream = connect(address);
    stream.write_all(head.as_bytes()).expect("sent");
    stream
}

/// Reads the response.
pub(crate) fn finish(mut stream: TcpStream) -> Reply {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("closed in time");
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let text = text.strip_prefix("HTTP/1.1 100 Continue\r\n\r\n").unwrap_or(&text);
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    let status = head.get(9..12).and_then(|status| status.parse().ok()).expect("a status");
    Reply { status, head: head.to_owned(), body: body.to_owned() }
}

/// A body that is a form with these files: the name of each as its parameter, and its content.
pub(crate) fn form(files: &[(&str, &str)]) -> (String, Vec<u8>) {
    let mut body = "--xyz\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nno file\r\n".to_owned();
    for (parameter, content) in files {
        body += &format!(
            "--xyz\r\nContent-Disposition: form-data; name=\"files\"; {parameter}\r\n\r\n{content}\r\n"
        );
    }
    ("Content-Type: multipart/form-data; boundary=xyz\r\n".into(), format!("{body}--xyz--\r\n").into_bytes())
}

/// A program that takes files below `root`, which has a folder `dir`; `outside` is beside it.
pub(crate) struct Folder {
    home: TempDir,
    pub(crate) program: Program,
}

impl Folder {
    pub(crate) fn start(mode: Mode, flags: &[&str]) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        for path in ["root", "root/dir", "outside"] {
            fs::create_dir(home.path().join(path)).expect("made");
        }
        let program = start(&home.path().join("root"), mode, flags);
        Self { home, program }
    }

    /// Kills the program, and starts it again.
    pub(crate) fn restart(&mut self, mode: Mode, flags: &[&str]) {
        self.program.child.kill().expect("killed");
        self.program.child.wait().expect("ended");
        self.program = start(&self.path(""), mode, flags);
    }

    /// A path below the root.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        let root = self.home.path().join("root");
        if name.is_empty() { root } else { root.join(name) }
    }

    pub(crate) fn outside(&self, name: &str) -> PathBuf {
        self.home.path().join("outside").join(name)
    }

    pub(crate) fn ask(&self, method: &str, path: &str, fields: &str, body: &[u8]) -> Reply {
        ask(self.program.address, method, path, fields, body)
    }

    pub(crate) fn put(&self, path: &str, body: &[u8]) -> u16 {
        self.ask("PUT", path, "", body).status
    }

    pub(crate) fn post(&self, path: &str, fields: &str, files: &[(&str, &str)]) -> Reply {
        let (content_type, body) = form(files);
        self.ask("POST", path, &format!("{content_type}{fields}"), &body)
    }

    /// The content of a file below the root; `None` if there is none.
    pub(crate) fn content(&self, name: &str) -> Option<String> {
        fs::read(self.path(name)).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The names of everything below the root, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        collect(&self.path(""), &mut names);
        names.sort();
        names
    }

    /// The files that are being received: the path of each, and its length.
    pub(crate) fn temporary(&self) -> Vec<(PathBuf, u64)> {
        let names = self.names().into_iter().filter(|name| name.contains(".bantam-upload-"));
        names.filter_map(|name| Some((self.path(&name), self.path(&name).metadata().ok()?.len()))).collect()
    }
}

fn start(root: &Path, mode: Mode, flags: &[&str]) -> Program {
    let root = ["--quiet", "--upload", "--root", root.to_str().expect("a path")];
    let free = if flags.contains(&"--upload-min-free") { &[][..] } else { &["--upload-min-free", "0"] };
    Program::start_in(mode, &[&root[..], free, flags].concat())
}

fn collect(dir: &Path, names: &mut Vec<String>) {
    for entry in fs::read_dir(dir).expect("a folder").flatten() {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            let from = names.len();
            collect(&path, names);
            let prefix = entry.file_name().to_string_lossy().into_owned();
            names.iter_mut().skip(from).for_each(|name| *name = format!("{prefix}/{name}"));
        } else {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
}

/// Ends a connection in the middle of a request.
pub(crate) fn cut(stream: &TcpStream) {
    stream.shutdown(Shutdown::Both).expect("open");
}

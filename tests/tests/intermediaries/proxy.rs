//! nginx and HAProxy as child processes, with persistent connections to the server.

use std::fs::File;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::port;

/// A field that the intermediary adds to every request.
pub(crate) const MARK: &str = "x-forwarded-by";

/// A running intermediary; terminated when dropped.
pub(crate) struct Proxy {
    child: Child,
    folder: PathBuf,
    pub(crate) address: SocketAddr,
}

impl Proxy {
    pub(crate) fn nginx(server: SocketAddr) -> Self {
        Self::nginx_of(|address, _| {
            format!(
                "upstream bantam {{ server {server}; keepalive 2; }}\n\
                 server {{ listen {address}; location / {{\n\
                 proxy_pass http://bantam; proxy_http_version 1.1; proxy_set_header Connection \"\"; proxy_set_header {MARK} nginx;\n\
                 proxy_request_buffering off; proxy_buffering off;\n\
                 }} }}\n"
            )
        })
    }

    /// nginx with these servers, in a file that the distribution's configuration includes.
    pub(crate) fn nginx_of(servers: impl Fn(SocketAddr, &str) -> String) -> Self {
        Self::start("nginx", |address, folder| {
            format!(
                "daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/errors;\n\
                 events {{ worker_connections 64; }}\n\
                 http {{\n\
                 access_log off; client_body_temp_path {folder}/a; proxy_temp_path {folder}/b;\n\
                 fastcgi_temp_path {folder}/c; uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;\n\
                 {}\n\
                 }}\n",
                servers(address, folder)
            )
        })
    }

    pub(crate) fn haproxy(server: SocketAddr) -> Self {
        Self::haproxy_of(|address, _| {
            format!(
                "defaults\n mode http\n timeout client 60s\n timeout server 60s\n timeout connect 60s\n\
                 http-reuse always\n\
                 frontend f\n bind {address}\n http-request set-header {MARK} haproxy\n default_backend b\n\
                 backend b\n server s {server} pool-max-conn 2\n"
            )
        })
    }

    /// HAProxy with this configuration.
    pub(crate) fn haproxy_of(configuration: impl Fn(SocketAddr, &str) -> String) -> Self {
        Self::start("haproxy", configuration)
    }

    fn start(program: &str, configuration: impl Fn(SocketAddr, &str) -> String) -> Self {
        static STARTED: AtomicUsize = AtomicUsize::new(0);
        let address = port::free();
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("bantam-{program}-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let file = folder.join("configuration");
        std::fs::write(&file, configuration(address, folder.to_str().expect("a name"))).expect("written");
        let error_log = folder.join("error_log");
        // Not every PATH has the folders of daemons.
        let path = format!("{}:/usr/sbin:/usr/local/sbin", std::env::var("PATH").unwrap_or_default());
        let flag = if program == "nginx" { "-c" } else { "-f" };
        let mut child = Command::new("env")
            .arg(format!("PATH={path}"))
            .args([program, flag])
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&error_log).expect("created"))
            .spawn()
            .expect("env runs");
        let start = Instant::now();
        while TcpStream::connect(address).is_err() {
            let ended = child.try_wait().expect("a child");
            let listens = start.elapsed() < Duration::from_secs(60) && ended.is_none();
            let log = || std::fs::read_to_string(&error_log).unwrap_or_default();
            assert!(listens, "{program} does not listen, with {}: {}", file.display(), log());
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { child, folder, address }
    }

    /// The folder of the configuration.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // The worker of nginx ends only if the master is terminated, not killed.
        let _ = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

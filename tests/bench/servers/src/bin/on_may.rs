//! may_minihttp with one worker. `on_may ADDRESS`

use std::io;

use may_minihttp::{HttpServer, HttpService, Request, Response};

#[derive(Clone)]
struct Plaintext;

impl HttpService for Plaintext {
    fn call(&mut self, request: Request, response: &mut Response) -> io::Result<()> {
        if request.path() == "/plaintext" {
            response.header("Content-Type: text/plain").header("Server: may").body("Hello, World!");
        } else {
            response.status_code(404, "Not Found");
        }
        Ok(())
    }
}

fn main() {
    let (address, _) = bench_servers::arguments();
    may_config();
    HttpServer(Plaintext).start(address).expect("a free address").wait();
}

fn may_config() {
    may::config().set_workers(1);
}

//! tiny_http with one thread that answers. `on_tiny_http ADDRESS`

use tiny_http::{Header, Response, Server};

fn main() {
    let (address, _) = bench_servers::arguments();
    let server = Server::http(address).expect("a free address");
    let header = |line: &str| line.parse::<Header>().expect("a header");
    let headers = [header("Content-Type: text/plain"), header("Server: tiny_http")];
    for request in server.incoming_requests() {
        let mut answer =
            Response::from_string(if request.url() == "/plaintext" { "Hello, World!" } else { "" });
        headers.iter().for_each(|header| answer.add_header(header.clone()));
        let _ = request.respond(answer);
    }
}

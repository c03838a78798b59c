//! actix-web with one worker. `on_actix ADDRESS`

use actix_web::http::header::{CONTENT_TYPE, SERVER};
use actix_web::{App, HttpResponse, HttpServer, web};

async fn plaintext() -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CONTENT_TYPE, "text/plain")).insert_header((SERVER, "actix"));
    answer.body("Hello, World!")
}

fn main() -> std::io::Result<()> {
    let (address, _) = bench_servers::arguments();
    actix_web::rt::System::new().block_on(
        HttpServer::new(|| App::new().route("/plaintext", web::get().to(plaintext)))
            .workers(1)
            .max_connections(65_536)
            .listen(bench_servers::listen(&address))?
            .run(),
    )
}

//! actix-web with one worker. `on_actix ADDRESS`

use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, SERVER};
use actix_web::{App, HttpResponse, HttpServer, web};
use futures_util::StreamExt as _;

async fn plaintext() -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CONTENT_TYPE, "text/plain")).insert_header((SERVER, "actix"));
    answer.body("Hello, World!")
}

async fn upload(mut body: web::Payload) -> HttpResponse {
    let mut count = 0;
    while let Some(Ok(piece)) = body.next().await {
        count += piece.len();
    }
    HttpResponse::Ok().body(count.to_string())
}

async fn json() -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CONTENT_TYPE, "application/json")).insert_header((CONTENT_ENCODING, "gzip"));
    answer.insert_header((SERVER, "actix")).body(bench_servers::json_in_gzip())
}

fn main() -> std::io::Result<()> {
    let (address, _) = bench_servers::arguments();
    actix_web::rt::System::new().block_on(
        HttpServer::new(|| {
            App::new()
                .route("/plaintext", web::get().to(plaintext))
                .route("/upload", web::post().to(upload))
                .route("/json", web::get().to(json))
        })
        .workers(1)
        .max_connections(65_536)
        .listen(bench_servers::listen(&address))?
        .run(),
    )
}

//! hyper 1 on one thread of tokio. `on_hyper ADDRESS [flush]`: with the word, pipelined answers leave together.

use std::convert::Infallible;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, SERVER};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, body::Incoming, server::conn::http1};
use hyper_util::rt::TokioIo;

async fn answer(mut request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::new(Full::new(Bytes::from_static(b"Hello, World!")));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    match request.uri().path() {
        "/plaintext" => {}
        "/upload" => {
            let mut count = 0;
            while let Some(Ok(frame)) = request.frame().await {
                count += frame.data_ref().map_or(0, Bytes::len);
            }
            *response.body_mut() = Full::new(count.to_string().into());
        }
        "/json" => {
            *response.body_mut() = Full::new(bench_servers::json_in_gzip().into());
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        _ => *response.status_mut() = StatusCode::NOT_FOUND,
    }
    response.headers_mut().insert(SERVER, HeaderValue::from_static("hyper"));
    Ok(response)
}

fn main() {
    let (address, word) = bench_servers::arguments();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("a runtime");
    runtime.block_on(async {
        let listener = bench_servers::listen(&address);
        listener.set_nonblocking(true).expect("a listener that does not block");
        let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
        loop {
            let Ok((client, _)) = listener.accept().await else { continue };
            let flushes = word.is_some();
            tokio::spawn(async move {
                let mut builder = http1::Builder::new();
                builder.pipeline_flush(flushes);
                let _ = builder.serve_connection(TokioIo::new(client), service_fn(answer)).await;
            });
        }
    });
}

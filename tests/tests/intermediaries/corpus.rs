//! Ambiguous messages, each with a smuggled request.

const HIDDEN: &str = "GET /?firstname=smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// A POST with these fields and this body.
fn post(fields: &str, body: &str) -> Vec<u8> {
    format!("POST /echo HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n{body}").into_bytes()
}

/// All of them.
pub(crate) fn all() -> Vec<Vec<u8>> {
    let hidden = HIDDEN.len();
    let chunk = format!("{hidden:x}\r\n{HIDDEN}\r\n0\r\n\r\n");
    let ended = format!("0\r\n\r\n{HIDDEN}");
    let mut all = Vec::new();

    // Both lengths, in both orders: the smuggled request is a body by one of them, and the next request by the other.
    for coding in [
        "chunked",
        "Chunked",
        " chunked",
        "\tchunked",
        "chunked ",
        "\"chunked\"",
        "xchunked",
        "chunked, identity",
        "identity, chunked",
        "chunked, chunked",
        "chunked,",
        ",chunked",
        "gzip, chunked",
        "chunked;q=1",
        "\u{b}chunked",
        "chunked\u{b}",
        "chun\u{17f}ed",
        "",
    ] {
        let (coding, length) = (format!("Transfer-Encoding: {coding}\r\n"), ended.len());
        all.push(post(&format!("Content-Length: {length}\r\n{coding}"), &ended));
        all.push(post(&format!("{coding}Content-Length: {length}\r\n"), &ended));
        all.push(post(&format!("Content-Length: 4\r\n{coding}"), &chunk));
        all.push(post(&coding, &ended));
    }
    for coding in [
        "Transfer-Encoding : chunked\r\n",
        " Transfer-Encoding: chunked\r\n",
        "Transfer-Encoding:\r\n chunked\r\n",
        "X: x\nTransfer-Encoding: chunked\r\n",
        "X: x\rTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding\r\n: chunked\r\n",
        "Transfer_Encoding: chunked\r\n",
        "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    ] {
        all.push(post(&format!("Content-Length: {}\r\n{coding}", ended.len()), &ended));
        all.push(post(&format!("{coding}Content-Length: 4\r\n"), &chunk));
    }

    // Ambiguous lengths.
    for length in [
        "+0",
        "-0",
        "0x0",
        "0, {}",
        "{}, 0",
        "{} {}",
        "0\r\nContent-Length: {}",
        "{}\r\nContent-Length: 0",
        "\u{b}0",
        "00",
        "0;",
        "0_0",
        "18446744073709551616",
        "",
    ] {
        let length = length.replace("{}", &hidden.to_string());
        all.push(post(&format!("Content-Length: {length}\r\n"), HIDDEN));
    }

    // Ambiguous chunks.
    for body in [
        format!("0x{hidden:x}\r\n{HIDDEN}\r\n0\r\n\r\n"),
        format!("+{hidden:x}\r\n{HIDDEN}\r\n0\r\n\r\n"),
        format!("{hidden:x} \r\n{HIDDEN}\r\n0\r\n\r\n"),
        format!("{hidden:x};\n{HIDDEN}\r\n0\r\n\r\n"),
        format!("{hidden:x};a\rb\r\n{HIDDEN}\r\n0\r\n\r\n"),
        format!("{hidden:x}\n{HIDDEN}\n0\n\n"),
        format!("10000000000000000\r\n{HIDDEN}\r\n0\r\n\r\n"),
        format!("00000000000000000\r\n\r\n{HIDDEN}"),
        format!("1\r\nab\r\n0\r\n\r\n{HIDDEN}"),
        format!("0\r\n{HIDDEN}"),
        format!("0\r\nX: y\r\n\r\n{HIDDEN}"),
        format!("0\r\nContent-Length: {hidden}\r\n\r\n{HIDDEN}"),
        format!("-1\r\n{HIDDEN}\r\n0\r\n\r\n"),
        format!("\r\n{HIDDEN}"),
    ] {
        all.push(post("Transfer-Encoding: chunked\r\n", &body));
    }

    // Unusual bodies, and ambiguous targets.
    for (method, target, fields) in [
        ("GET", "/", format!("Content-Length: {hidden}\r\n")),
        ("HEAD", "/", format!("Content-Length: {hidden}\r\n")),
        ("DELETE", "/", format!("Content-Length: {hidden}\r\n")),
        ("OPTIONS", "*", format!("Content-Length: {hidden}\r\n")),
        ("GET", "http://elsewhere/", format!("Content-Length: {hidden}\r\n")),
        ("GET", "/nothing", format!("Content-Length: {hidden}\r\n")),
        ("BREW", "/", format!("Content-Length: {hidden}\r\n")),
        ("GET", "/sleep", format!("Content-Length: {hidden}\r\nConnection: close\r\n")),
        ("POST", "/echo", format!("Expect: 100-continue\r\nContent-Length: {hidden}\r\n")),
        ("POST", "/nothing", format!("Expect: 100-continue\r\nContent-Length: {hidden}\r\n")),
        ("GET", "/", format!("Upgrade: websocket\r\nConnection: upgrade\r\nContent-Length: {hidden}\r\n")),
        ("GET", "/", format!("Connection: Content-Length\r\nContent-Length: {hidden}\r\n")),
        ("GET", "/ HTTP/1.1\r\nX:", format!("Content-Length: {hidden}\r\n")),
        ("GET", "/\t", String::new()),
    ] {
        all.push(
            format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n{HIDDEN}").into_bytes(),
        );
    }
    all.push(
        format!("GET / HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n{ended}")
            .into_bytes(),
    );
    all.push(format!("GET /\r\n{HIDDEN}").into_bytes());
    all.push(
        format!("\r\n\r\nGET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {hidden}\r\n\r\n{HIDDEN}")
            .into_bytes(),
    );
    all
}

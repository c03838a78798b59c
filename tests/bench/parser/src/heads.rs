//! The measured request heads, named by their length.

/// A request head, and its title in the table.
pub struct Head {
    /// The title.
    pub name: &'static str,
    /// The bytes.
    pub bytes: &'static [u8],
}

/// All heads, the shortest first.
pub const HEADS: [Head; 5] = [
    Head { name: "27 B: the least there is", bytes: b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" },
    Head { name: "170 B: TechEmpower", bytes: TECHEMPOWER },
    Head { name: "703 B: picohttpparser's own", bytes: PICO },
    Head { name: "889 B: a browser", bytes: BROWSER },
    Head { name: "3.8 KB: 40 fields", bytes: FORTY },
];

/// The request of the plaintext test of TechEmpower.
const TECHEMPOWER: &[u8] = b"GET /plaintext HTTP/1.1\r\n\
Host: tfb-server:8080\r\n\
Accept: text/plain,text/html;q=0.9,application/xhtml+xml;q=0.9,application/xml;q=0.8,*/*;q=0.7\r\n\
Connection: keep-alive\r\n\r\n";

/// The request of picohttpparser's own benchmark.
const PICO: &[u8] = b"GET /wp-content/uploads/2010/03/hello-kitty-darth-vader-pink.jpg HTTP/1.1\r\n\
Host: www.kittyhell.com\r\n\
User-Agent: Mozilla/5.0 (Macintosh; U; Intel Mac OS X 10.6; ja-JP-mac; rv:1.9.2.3) Gecko/20100401 Firefox/3.6.3 Pathtraq/0.9\r\n\
Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n\
Accept-Language: ja,en-us;q=0.7,en;q=0.3\r\n\
Accept-Encoding: gzip,deflate\r\n\
Accept-Charset: Shift_JIS,utf-8;q=0.7,*;q=0.7\r\n\
Keep-Alive: 115\r\n\
Connection: keep-alive\r\n\
Cookie: wp_ozh_wsa_visits=2; wp_ozh_wsa_visit_lasttime=xxxxxxxxxx; __utma=xxxxxxxxx.xxxxxxxxxx.xxxxxxxxxx.xxxxxxxxxx.xxxxxxxxxx.x; __utmz=xxxxxxxxx.xxxxxxxxxx.x.x.utmccn=(referral)|utmcsr=reader.livedoor.com|utmcct=/reader/|utmcmd=referral\r\n\r\n";

/// A navigation as Chromium sends it, with a query and a cookie.
const BROWSER: &[u8] = b"GET /shop/products/list?category=garden&page=2&sort=price%20up HTTP/1.1\r\n\
Host: www.example.org:8080\r\n\
Connection: keep-alive\r\n\
Cache-Control: max-age=0\r\n\
sec-ch-ua: \"Chromium\";v=\"140\", \"Not=A?Brand\";v=\"24\"\r\n\
sec-ch-ua-mobile: ?0\r\n\
sec-ch-ua-platform: \"Linux\"\r\n\
Upgrade-Insecure-Requests: 1\r\n\
User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36\r\n\
Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8\r\n\
Sec-Fetch-Site: same-origin\r\n\
Sec-Fetch-Mode: navigate\r\n\
Sec-Fetch-User: ?1\r\n\
Sec-Fetch-Dest: document\r\n\
Referer: http://www.example.org:8080/shop/\r\n\
Accept-Encoding: gzip, deflate, br, zstd\r\n\
Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n\
Cookie: session=8f14e45fceea167a5a36dedd4bea2543; theme=dark; consent=1; _ga=GA1.1.1398120932.1756800000; basket=4711%2C815; lang=en-GB; seen=0987654x\r\n\r\n";

/// A request after several proxies: 40 fields, the longest a cookie of 0.8 KB.
const FORTY: &[u8] = b"GET /shop/products/list?category=garden&page=2&sort=price%20up&view=tiles HTTP/1.1\r\n\
Host: shop.example.org\r\n\
X-Forwarded-For: 203.0.113.195, 2001:db8:85a3:8d3:1319:8a2e:370:7348, 198.51.100.178\r\n\
X-Forwarded-Proto: https\r\n\
X-Forwarded-Host: shop.example.org\r\n\
X-Forwarded-Port: 443\r\n\
X-Real-Ip: 203.0.113.195\r\n\
X-Request-Id: 7b2b3c4e-6c1f-4f5d-9a57-0d1f6e8f2a11\r\n\
X-Amzn-Trace-Id: Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8;Sampled=1\r\n\
traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n\
tracestate: rojo=00f067aa0ba902b7,congo=t61rcWkgMzE,vendor=ucfJifl5GOE\r\n\
Via: 1.1 edge-fra-17.cdn.example.net (edge/9.2.1), 1.1 varnish, 1.1 ingress-3.cluster.local (envoy)\r\n\
Forwarded: for=203.0.113.195;proto=https;by=198.51.100.17;host=shop.example.org\r\n\
CF-Connecting-IP: 203.0.113.195\r\n\
CF-IPCountry: DE\r\n\
CF-Ray: 8c9a7f2b1e5d4c3a-FRA\r\n\
CF-Visitor: {\"scheme\":\"https\"}\r\n\
CDN-Loop: cloudflare; loops=1\r\n\
User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0\r\n\
Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7\r\n\
Accept-Language: de-DE,de;q=0.9,en-GB;q=0.8,en-US;q=0.7,en;q=0.6,fr;q=0.5\r\n\
Accept-Encoding: gzip, deflate, br, zstd\r\n\
Cache-Control: no-cache\r\n\
baggage: userId=Am%C3%A9lie,serverNode=DF%2028,isProduction=false,region=eu-central-1,tenant=shop,experiment=checkout-b;variant=2,build=2026.11.3-r4711\r\n\
Sec-Ch-Ua: \"Chromium\";v=\"140\", \"Not=A?Brand\";v=\"24\", \"Microsoft Edge\";v=\"140\"\r\n\
Sec-Ch-Ua-Mobile: ?0\r\n\
Sec-Ch-Ua-Platform: \"Windows\"\r\n\
Sec-Ch-Ua-Platform-Version: \"15.0.0\"\r\n\
Sec-Ch-Ua-Full-Version-List: \"Chromium\";v=\"140.0.7339.81\", \"Not=A?Brand\";v=\"24.0.0.0\", \"Microsoft Edge\";v=\"140.0.3485.54\"\r\n\
Sec-Fetch-Site: same-origin\r\n\
Sec-Fetch-Mode: navigate\r\n\
Sec-Fetch-User: ?1\r\n\
Sec-Fetch-Dest: document\r\n\
Upgrade-Insecure-Requests: 1\r\n\
X-Forwarded-Client-Cert: By=spiffe://cluster.local/ns/shop/sa/frontend;Hash=ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb;Subject=\"CN=gateway,OU=platform,O=Example GmbH,L=Frankfurt,C=DE\";URI=spiffe://cluster.local/ns/ingress/sa/gateway;DNS=gateway.ingress.svc.cluster.local\r\n\
Priority: u=0, i\r\n\
If-None-Match: W/\"5e8f-18f2c3a9b40\", \"d41d8cd98f00b204e9800998ecf8427e\"\r\n\
If-Modified-Since: Wed, 21 Oct 2026 07:28:00 GMT\r\n\
Referer: https://shop.example.org/shop/products/list?category=garden&page=1&sort=price%20up&view=tiles&filter=available\r\n\
Authorization: Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkFkYSBMLiIsImFkbWluIjp0cnVlLCJpYXQiOjE3NTY4MDAwMDB9.pKvURIxJVi2CgRXROh_M6pJ_UrTVRZKX-LQ-QtqJI4vBNibkPcs43bCCSIkn7JBPtCBXRDmD6IWFF51QVRr-YqSr1ESMSVYtgoEV0TofzOqSf1K01UWSl_i0PkLaiSOLwTYm5D3LON2wgkiJJ-yQT7QgV0Q5g-iFhRedUFUa_mKkq9REjElWLYKBFdE6H8zqkn9StNVFkpf4tD5C2okji8E2JuQ9yzjdsIJIiSfskE-0IFdEOYPohYUXnVBVGv5ipKvURIxJVi2CgRXROh_M6pJ_UrTVRZKX-LQ-QtqJI4vBNibkPcs43bCCSIkn7JBPtCBXRDmD6IWFF51QVRr-Yg\r\n\
Cookie: session=8f14e45fceea167a5a36dedd4bea2543; theme=dark; consent=1; _ga=GA1.1.1398120932.1756800000; basket=4711%2C815; lang=de-DE; seen01=c4ca4238a0b923820dcc509a6f75849b; seen02=c81e728d9d4c2f636f067f89cc14862c; seen03=eccbc87e4b5ce2fe28308fd9f2a7baf3; seen04=a87ff679a2f3e71d9181a67b7542122c; seen05=e4da3b7fbbce2345d7772b0674a318d5; seen06=1679091c5a880faf6fb5e6087eb1b2dc; seen07=8f14e45fceea167a5a36dedd4bea2543; seen08=c9f0f895fb98ab9159f51fd0297e236d; seen09=45c48cce2e2d7fbdea1afc51c7c6ad26; seen10=d3d9446802a44259755d38e6d163e820; seen11=6512bd43d9caa6e02c990b0a82652dca; seen12=c20ad4d76fe97759aa27a0c99bff6710; seen13=c51ce410c124a10e0db5e4b97fc2af39; seen14=aab3238922bcc25a6f606eb525ffdc56; seen15=9bf31c7ff062936a96d3c8bd1f8f2ff3; seen16=c74d97b01eae257e44aa9d5bade97baf; seen17=70efdf2ec9b086079795c442636\r\n\r\n";

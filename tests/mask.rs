//! What leaves is masked: hosts, query values, ids, credentials, people and addresses, in any spelling.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::borrow::Cow;

use loaddiff::mask::{Kind, text};
use proptest::prelude::*;

fn check(kind: Kind, cases: &[(&str, &str)]) {
    let mut wrong = String::new();
    for (given, wanted) in cases {
        let got = text(given, kind);
        if got != *wanted {
            wrong += &format!("\n  {given}\n→ {got}\n≠ {wanted}\n");
        }
        if text(&got, kind) != got {
            wrong += &format!("\n  {got} changes again: {}\n", text(&got, kind));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Names as Locust, k6, JMeter, Gatling and others write them.
#[test]
fn names_of_endpoints() {
    check(
        Kind::Name,
        &[
            ("/orders/12345", "/orders/…"),
            ("/api/v1/users/17/orders/99871234", "/api/v1/users/17/orders/…"),
            ("https://shop.example.com/cart?token=abc&page=2", "https://…/cart?token=…&page=…"),
            ("http://api.internal:8080/v1/chat", "http://…:8080/v1/chat"),
            ("http://10.1.2.3:30080/health", "http://…:30080/health"),
            ("http://[2001:db8::1]:8080/x", "http://…:8080/x"),
            ("https://ada:hunter2@shop.example.com/login", "https://…/login"),
            ("http://localhost:8089/stats", "http://localhost:8089/stats"),
            ("/search?q=john smith&size=20", "/search?q=…&size=…"),
            ("/users/0f8fad5b-d9cb-469f-a165-70867728950e/cart", "/users/…/cart"),
            ("/users/0F8FAD5BD9CB469FA16570867728950E", "/users/…"),
            ("/commit/3f9a51c0b2", "/commit/…"),
            ("/doc/507f1f77bcf86cd799439011", "/doc/…"),
            ("/s/01ARZ3NDEKTSV4RRFFQ69G5FAV", "/s/…"),
            ("/n/V1StGXR8_Z5jdHi6B-myT", "/n/…"),
            ("/reset/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "/reset/…"),
            ("/invite/ada.lovelace@example.org", "/invite/…"),
            ("/invite/ada%40example.org", "/invite/…"),
            ("/api;jsessionid=1A2B3C?x=1", "/api;jsessionid=…"),
            ("/proxy/https%3A%2F%2Fshop.example.com%2Fcart", "/proxy/https%3A%2F%2F…%2Fcart"),
            ("GET shop.example.com/cart", "GET …/cart"),
            ("redis:6379 GET", "…:6379 GET"),
            ("ORD-20319984 pay", "ORD-… pay"),
            ("/oauth/callback#access_token=abc&token_type=bearer", "/oauth/callback#access_token=…&token_type=…"),
            ("wss://live.example.com/socket?room=7", "wss://…/socket?room=…"),
            ("/files/dXNlcjpwYXNzd29yZA==", "/files/…"),
        ],
    );
}

/// Causes and messages as the tools write them.
#[test]
fn messages() {
    check(
        Kind::Message,
        &[
            (
                "i.g.h.c.i.RequestTimeoutException: Request timeout to api.example.com/10.0.0.5:443 after 60000 ms",
                "i.g.h.c.i.RequestTimeoutException: Request timeout to …/…:443 after 60000 ms",
            ),
            (
                "j.n.ConnectException: Connection refused: shop-db/10.0.0.5:5432",
                "j.n.ConnectException: Connection refused: …/…:5432",
            ),
            ("java.net.UnknownHostException: payments", "java.net.UnknownHostException: …"),
            (
                "ConnectionError(MaxRetryError(\"HTTPConnectionPool(host='api.internal', port=8080): Max retries exceeded with \
                 url: /cart?user=ada (Caused by NewConnectionError('<urllib3.connection.HTTPConnection object at \
                 0x7f8b8c0d5a90>: [Errno 111] Connection refused'))\"))",
                "ConnectionError(MaxRetryError(\"HTTPConnectionPool(host='…', port=8080): Max retries exceeded with url: \
                 /cart?user=… (Caused by NewConnectionError('<urllib3.connection.HTTPConnection object at …>: [Errno \
                 111] Connection refused'))\"))",
            ),
            (
                "ConnectionRefusedError(10061, '[WinError 10061] No connection')",
                "ConnectionRefusedError(10061, '[WinError 10061] No connection')",
            ),
            ("dial tcp: lookup shop.svc on 10.0.0.2:53: no such host", "dial tcp: lookup … on …:53: no such host"),
            ("getaddrinfo ENOTFOUND payments-db", "getaddrinfo ENOTFOUND …"),
            (
                "404 Client Error: Not Found for url: https://shop.example.com/users/12345",
                "404 Client Error: Not Found for url: https://…/users/…",
            ),
            ("401 Authorization: Bearer abc.def-123 rejected", "401 Authorization: …"),
            ("sent Bearer eyJhbGciOiJIUzI1NiJ9.e30.abc to upstream", "sent Bearer … to upstream"),
            ("Basic dXNlcjpwYXNz refused", "Basic … refused"),
            ("login failed, password=hunter2 for user", "login failed, password=… for user"),
            ("{\"apiKey\":\"s3cr3t value\",\"page\":2}", "{\"apiKey\":\"…\",\"page\":2}"),
            ("{\\\"token\\\":\\\"abc\\\"}", "{\\\"token\\\":\\\"…\\\"}"),
            ("token: 8f14e45f, retry", "token: …, retry"),
            ("AWS key AKIAIOSFODNN7EXAMPLE denied", "AWS key … denied"),
            ("Cookie: sid=1; theme=dark", "Cookie: …"),
            ("redis://:p4ss@cache:6379/0 timed out", "redis://…:6379/0 timed out"),
            ("mail to Ada <ada@example.org> bounced", "mail to Ada <…> bounced"),
            ("user:secret@shop refused", "… refused"),
            ("peer fe80::1%eth0 gone, ::1 too", "peer … gone, … too"),
            ("order 4829301 not found", "order … not found"),
            ("File \"/home/ada/locustfile.py\", line 7", "File \"/home/…/locustfile.py\", line 7"),
            ("C:\\Users\\Ada\\test.py", "C:\\Users\\…\\test.py"),
        ],
    );
}

#[test]
fn files_and_labels() {
    check(
        Kind::File,
        &[
            ("base_stats.csv", "base_stats.csv"),
            ("locust_2024-01-31_123000_stats.csv", "locust_2024-01-31_123000_stats.csv"),
            ("results-20240131T123000Z.jtl", "results-20240131T123000Z.jtl"),
            ("api.example.com_stats.csv", "…_stats.csv"),
            ("api.example.com.csv", "….csv"),
            ("run-0f8fad5b-d9cb-469f-a165-70867728950e.json", "run-….json"),
            ("ada@example.org.csv", "…"),
        ],
    );
}

/// Text that tells nothing stays.
#[test]
fn what_is_no_secret_stays() {
    for name in [
        "/",
        "/v1/chat",
        "/v2/users/{id}",
        "/users/:id/orders/17",
        "GET /health",
        "page-2",
        "HTTP 503",
        "Aggregated",
        "/search?q={query}&page=${page}",
        "/img/logo@2x.png",
        "Checkout: pay",
        "T01_Login_T02_Pay",
        "oauth2/token",
        "Step1Login2Cart3Pay4",
        "grpc.health.v1.Health/Check",
        "users.UserService/Get",
        "00 - Open shop",
        "sha256",
        "POST /v1/completions (stream)",
        "k6/http",
        "checkout-confirmation",
        "internationalization2024",
        "login.do",
        "/css/main.css",
        "std::vec<add::bed>",
        "12:30:45",
        "2024-01-31 12:30:45",
        "e2e k8s i18n",
        "Basic search",
        "{\"page\":2}",
        "a = b; c = d",
        "What? Nothing.",
        "…",
        "/orders/…",
        "/orders/… (2)",
        "/a?x=… (2)",
        "AT&T",
        "lodash@4.17.21",
        "port=30080",
        "1,234,567",
        "4.5",
        "v1.2.3.4",
        "10 %",
        "Ünïcödé/路径",
    ] {
        for kind in [Kind::Name, Kind::Message, Kind::File] {
            assert!(matches!(text(name, kind), Cow::Borrowed(same) if same == name), "{name} → {}", text(name, kind));
        }
    }
    for message in [
        "503 Service Unavailable",
        "HTTPError('404 Client Error: Not Found')",
        "timeout after 60000ms",
        "java.net.SocketTimeoutException: Read timed out",
        "org.apache.http.NoHttpResponseException",
        "at com.shop.Cart.add(Cart.java:1234)",
        "status.find.is(200), but actually found 500",
        "took 1.234567s",
        "Response was 102400 bytes",
        "CatchResponseError('wrong: 17')",
        "Bearer token missing",
        "no such host",
        "Name or service not known",
        "i/o timeout",
        "Connection reset by peer",
        "expected 200, got 404",
        "RemoteDisconnected('Remote end closed connection without response')",
        "Unexpected token <",
    ] {
        assert_eq!(text(message, Kind::Message), message);
    }
}

/// The same secrets, written otherwise.
#[test]
fn other_spellings() {
    let secrets = ["hunter2", "ada", "example", "10.0.0.5", "2001", "Zx9kQ2w"];
    for hostile in [
        "HTTPS://ADA:HUNTER2@SHOP.EXAMPLE.COM/CART".to_lowercase().as_str(),
        "HTTP://SHOP.EXAMPLE.COM/cart",
        "//ada:hunter2@shop.example.com/x",
        "http:\\/\\/shop.example.com\\/cart",
        "https%3A//ada%3Ahunter2%40shop.example.com/",
        "https%253A%252F%252Fada%253Ahunter2%2540shop.example.com%252Fx",
        "ada\\u0040example.org",
        "ada&#64;example.org and ada&#x40;example.org",
        "ada＠example．org",
        "a\u{200b}da@exam\u{ad}ple.org",
        "pass\u{200b}word=hunter2",
        "PASSWORD%3Dhunter2",
        "Pass-Word = 'hunter2 and more'",
        "password\n:\nhunter2",
        "db_password: hunter2",
        "[password] => hunter2",
        "ｐassword＝hunter2",
        "http://[::ffff:10.0.0.5]/x",
        "[2001:DB8:0:0:0:0:0:1]:443",
        "2001:db8::8a2e:370:7334",
        "/x?a=b%26ada%3Dhunter2",
        "/x?ada",
        "mongodb://ada:hunter2@a.example.com:27017,b.example.com:27017/db",
        "http://user:hun/ter2@shop.example.com/",
        "jdbc:postgresql://shop.example.com/db?user=ada&password=hunter2",
        "\"ada l\"@example.org",
        "<ada@example.org>",
        "(ada@example.org)",
        "e-mail=ada@example.org;",
        "X-Api-Key: Zx9kQ2w",
        "x-api-key=Zx9kQ2w",
        "Authorization: Digest username=\"ada\", response=\"Zx9kQ2w\"",
        "authorization=Bearer%20Zx9kQ2w",
    ] {
        for kind in [Kind::Name, Kind::Message] {
            let masked = text(hostile, kind);
            let told = |s: &&str| masked.to_lowercase().contains(&s.to_lowercase()) && **s != *hostile;
            if hostile == "/x?ada" {
                continue; // A parameter without a value is a name.
            }
            assert!(!secrets.iter().any(told), "{kind:?}: {hostile} → {masked}");
        }
    }
}

/// Long texts take linear time, whatever they are made of.
#[test]
fn hostile_texts_are_bounded() {
    let pieces = [
        "a@",
        "a.",
        "a+",
        "a:",
        "::",
        "a=",
        "token=",
        "basic+",
        "http://",
        "%25",
        "&a=",
        "?a=",
        "0-",
        "a1",
        "f",
        "1.",
        "\"",
        "token='",
        "/home",
        "eyJ",
        "[",
        "host ",
        "lookup ",
        "a-",
        "a_1B",
        "\\u",
        "&#",
        "password:\"(",
    ];
    let started = std::time::Instant::now();
    for piece in pieces {
        let long = piece.repeat(200_000 / piece.len());
        for kind in [Kind::Name, Kind::Message, Kind::File] {
            let masked = text(&long, kind);
            assert!(masked.len() <= 3 * long.len());
        }
    }
    // Quadratic, it took minutes.
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

fn any_text() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "/",
        "?",
        "&",
        "=",
        ":",
        "@",
        ".",
        "-",
        "_",
        " ",
        "%40",
        "…",
        "http://",
        "token",
        "password",
        "a",
        "Z",
        "7",
        "42",
        "12345",
        "deadbeef1",
        "example.com",
        "10.0.0.5",
        "::",
        "ada@example.org",
        "Bearer",
        "eyJhbGciOi",
        "\"",
        "'",
        "(2)",
        "\n",
        "\\u0040",
        "é",
        "＠",
        "{id}",
        "localhost",
        ":8080",
    ]);
    prop::collection::vec(pieces, 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn masked_text_is_at_rest(given in prop_oneof![any_text(), ".{0,60}"]) {
        for kind in [Kind::Name, Kind::Message, Kind::File] {
            let once = text(&given, kind).into_owned();
            prop_assert_eq!(text(&once, kind).into_owned(), once);
        }
    }

    /// Letters and spaces tell nothing.
    #[test]
    fn plain_words_stay(given in "(/[a-z]{1,9}){1,4}( [A-Z][a-z]{1,9}){0,3}") {
        for kind in [Kind::Name, Kind::Message, Kind::File] {
            prop_assert_eq!(text(&given, kind).into_owned(), given.clone());
        }
    }

    /// Whatever stands around it.
    #[test]
    fn no_secret_survives(
        before in "[a-z/ ({\"'<=,;:?&]{0,8}",
        after in "([/ )}\"'>,;?&][a-z/ ]{0,8})?",
        user in "[a-z]{2,8}",
        domain in "[a-z]{2,8}\\.(com|org|de|io)",
        uuid in "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
        payload in "[A-Za-z0-9_-]{12,40}",
        number in "[0-9]{6,18}",
        upper: bool,
    ) {
        let email = format!("{user}@{domain}");
        let jwt = format!("eyJ{payload}.eyJ{payload}.{payload}");
        for secret in [&email, &uuid, &jwt, &number] {
            let secret = if upper && *secret != jwt { secret.to_uppercase() } else { secret.clone() };
            // A unit makes a number a figure.
            let after = if secret == number { after.replace(' ', "/") } else { after.clone() };
            let given = format!("{before}{secret}{after}");
            for kind in [Kind::Name, Kind::Message] {
                let masked = text(&given, kind);
                prop_assert!(!masked.contains(&secret), "{given} → {masked}");
                if secret.contains('@') {
                    prop_assert!(!masked.contains('@'), "{given} → {masked}");
                }
            }
        }
    }
}

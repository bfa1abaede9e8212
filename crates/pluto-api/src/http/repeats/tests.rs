//! Requests that come twice.

use axum::http::Request as HttpRequest;

use super::*;

fn request(key: &str, who: &str, body: &str) -> Request {
    let request = HttpRequest::post("/v1/events").header(HEADER, key).body(()).unwrap();
    let body = Bytes::from(body.to_owned());
    Request::of(&request.into_parts().0, who, &body).unwrap().unwrap()
}

fn answered(text: &'static str) -> Response {
    (StatusCode::OK, text).into_response()
}

#[tokio::test]
async fn a_repeated_request_gets_the_answer_it_had() {
    let repeats = Repeats::default();
    let first = request("k", "alice", "one");
    assert!(repeats.begin(&first).unwrap().is_none());
    let code = |answer: Result<Option<Response>>| answer.unwrap_err().code().id();
    assert_eq!(code(repeats.begin(&first)), "API-0029");
    repeats.end(&first, answered("done")).await.unwrap();
    let again = repeats.begin(&first).unwrap().unwrap();
    assert_eq!(again.headers()[&REPLAYED], "true");
    assert_eq!(to_bytes(again.into_body(), 64).await.unwrap(), "done");
    assert_eq!(code(repeats.begin(&request("k", "alice", "two"))), "API-0028");
    assert!(repeats.begin(&request("k", "bob", "one")).unwrap().is_none(), "keys are one's own");
}

#[tokio::test]
async fn what_may_succeed_later_is_not_kept() {
    let repeats = Repeats::default();
    let first = request("k", "alice", "one");
    assert!(repeats.begin(&first).unwrap().is_none());
    let busy = StatusCode::SERVICE_UNAVAILABLE.into_response();
    repeats.end(&first, busy).await.unwrap();
    assert!(repeats.begin(&first).unwrap().is_none());
}

#[tokio::test]
async fn memory_is_bounded() {
    let repeats = Repeats::default();
    for number in 0..KEYS_MAX + 10 {
        let one = request(&number.to_string(), "alice", "one");
        assert!(repeats.begin(&one).unwrap().is_none());
        repeats.end(&one, answered("done")).await.unwrap();
    }
    assert_eq!(repeats.memory().known.len(), KEYS_MAX);
    assert_eq!(repeats.memory().order.len(), KEYS_MAX);
    let newest = request(&(KEYS_MAX + 9).to_string(), "alice", "one");
    assert!(repeats.begin(&newest).unwrap().is_some());
}

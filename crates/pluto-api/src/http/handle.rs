//! The router, made out of the table, and what happens to a request.
//!
//! 1. The gate in front has found out who asks and that they may; without it nobody has.
//! 2. Query and body are read within their bounds and become a question.
//! 3. What writes goes through the memory of idempotency keys and is carried through even when the
//!    client hangs up.
//! 4. The answer becomes a response.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, Query, RawPathParams, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{Method as HttpMethod, Uri};
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter, on};
use pluto_error::{Error, Result};
use tokio::sync::Semaphore;
use tracing::Instrument;

use super::dashboard;
use super::documents;
use super::door::{Answer, Door};
use super::input::Input;
use super::problem::{HttpError, problem};
use super::repeats::{Repeats, Request as Repeated};
use super::reply::{blob, reply};
use super::routes::{Access, Does, Method, Route, Takes, routes};
use super::stream;
use crate::auth::AuthError;
use crate::desk::Bounded;
use crate::error::ApiError;
use crate::intake;
use crate::principal::Principal;
use crate::serve::Stop;

/// Bounds of the face that a test may want smaller.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Questions to the node at once; writes that wait for the disk are some.
    pub questions: usize,
    /// How long a question waits for its turn.
    pub place: Duration,
    /// Streams at once.
    pub streams: usize,
    /// How far a live stream may fall behind before it is told what it missed and goes on at the end, in
    /// bytes of the log.
    pub lag_bytes: u64,
    /// How long a client may take no more of a stream before the stream ends.
    pub stall: Duration,
    /// How often an idle stream says that it is there.
    pub keep_alive: Duration,
    /// How long a body may take.
    pub body: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            questions: 64,
            place: Duration::from_secs(10),
            streams: 64,
            lag_bytes: 4 * 1024 * 1024,
            stall: Duration::from_secs(30),
            keep_alive: Duration::from_secs(15),
            body: Duration::from_secs(30),
        }
    }
}

/// What handlers share.
pub(super) struct Face {
    pub(super) door: Bounded<dyn Door>,
    pub(super) feeds: Arc<dyn Door>,
    pub(super) bounds: Bounds,
    pub(super) streams: Arc<Semaphore>,
    pub(super) stop: Stop,
    repeats: Repeats,
}

/// All routes before a door. What finds out who asks goes on top ([`crate::front::guarded`]): a request
/// needs a [`Principal`] in its extensions for everything but health and capabilities. Streams end when
/// `stop` is cancelled.
pub fn router(door: Arc<dyn Door>, bounds: Bounds, stop: Stop) -> Router {
    let face = Arc::new(Face {
        door: Bounded::within(Arc::clone(&door), bounds.questions, bounds.place),
        feeds: door,
        bounds,
        streams: Arc::new(Semaphore::new(bounds.streams)),
        stop,
        repeats: Repeats::default(),
    });
    let mut paths: BTreeMap<&'static str, Vec<&'static Route>> = BTreeMap::new();
    for route in routes() {
        paths.entry(route.path).or_default().push(route);
    }
    let mut router = dashboard::routes();
    for (path, routes) in paths {
        router = router.route(path, methods(&routes));
    }
    let nowhere = async |uri: Uri| problem(&HttpError::NoRoute(uri.path().to_owned()).into());
    router.fallback(nowhere).with_state(face)
}

fn methods(routes: &[&'static Route]) -> MethodRouter<Arc<Face>> {
    let mut all = MethodRouter::new();
    for route in routes.iter().copied() {
        let filter = match route.method {
            Method::Get => MethodFilter::GET,
            Method::Post => MethodFilter::POST,
            Method::Put => MethodFilter::PUT,
        };
        let handle = async move |State(face): State<Arc<Face>>, request: Request| {
            handle(face, route, request).await
        };
        all = all.merge(on(filter, handle));
    }
    let mut words: Vec<&str> = routes.iter().map(|route| route.method.as_str()).collect();
    if words.contains(&"GET") {
        words.push("HEAD");
    }
    let allowed = words.join(", ");
    all.fallback(async move || problem(&HttpError::WrongMethod { allowed }.into()))
}

async fn handle(face: Arc<Face>, route: &'static Route, request: Request) -> Response {
    answer(face, route, request).await.unwrap_or_else(|error| problem(&error))
}

async fn answer(face: Arc<Face>, route: &'static Route, request: Request) -> Result<Response> {
    let (mut parts, body) = request.into_parts();
    let who = parts.extensions.get::<Principal>().cloned();
    if who.is_none() && route.access != Access::Everybody {
        return Err(AuthError::Nobody.into());
    }
    let path = path(&mut parts).await?;
    let query = query(route, &parts)?;
    let body = read(route, &parts, body, face.bounds.body).await?;
    let input = Input { route: route.path, path, query, body };
    match route.does {
        Does::Document(document) => documents::response(document, &parts.headers),
        Does::Stream => stream::response(&face, &input, &parts.headers).await,
        Does::Blob => blob(&face, who, input.path("blob")?, &parts.headers).await,
        Does::Submit => {
            let run = Arc::from(input.body.as_ref());
            let door = face.door.clone();
            let answer = async move { door.ask_later(move |door| door.submit(run)).await };
            written(face, route, parts, input, answer).await
        }
        Does::Ask(ask) => {
            let (ask, door) = (ask(&input)?, face.door.clone());
            let answer = async move { door.ask(move |door| door.answer(who.as_ref(), ask)).await };
            match route.mutates() {
                true => written(face, route, parts, input, answer).await,
                false => Ok(reply(route, answer.await?, &parts.headers)),
            }
        }
    }
}

/// Carries a write through, once for each idempotency key.
async fn written(
    face: Arc<Face>,
    route: &'static Route,
    parts: Parts,
    input: Input,
    answer: impl Future<Output = Result<Answer>> + Send + 'static,
) -> Result<Response> {
    let name = parts.extensions.get::<Principal>().map_or("", |who| who.name.as_str());
    let repeated = Repeated::of(&parts, name, &input.body)?;
    let carried = async move {
        let begun = match &repeated {
            Some(request) => match face.repeats.begin(request)? {
                Some(known) => return Ok(known),
                None => Some(request),
            },
            None => None,
        };
        let response = match answer.await {
            Ok(answer) => reply(route, answer, &parts.headers),
            Err(error) => problem(&error),
        };
        match begun {
            Some(request) => face.repeats.end(request, response).await,
            None => Ok(response),
        }
    };
    let carried = tokio::spawn(carried.in_current_span()).await;
    carried.map_err(|lost| Error::from(ApiError::Lost(lost.to_string())))?
}

async fn path(parts: &mut Parts) -> Result<BTreeMap<String, String>> {
    let bad = || HttpError::BadParameter { name: "path".into(), expected: "UTF-8".into() };
    let params = RawPathParams::from_request_parts(parts, &()).await.map_err(|_| bad())?;
    Ok(params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

fn query(route: &Route, parts: &Parts) -> Result<BTreeMap<String, String>> {
    let bad = |name: &str, expected: &str| HttpError::BadParameter {
        name: name.to_owned(),
        expected: expected.to_owned(),
    };
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
        .map_err(|_| bad("query", "pairs of name and value"))?;
    let mut query = BTreeMap::new();
    for (name, value) in pairs {
        if !route.query.iter().any(|known| known.name == name) {
            let shown: String = name.chars().take(64).collect();
            return Err(bad(&shown, "a name that the route has").into());
        }
        if query.insert(name.clone(), value).is_some() {
            return Err(bad(&name, "one value").into());
        }
    }
    Ok(query)
}

/// The body within its bounds.
async fn read(route: &Route, parts: &Parts, body: Body, patience: Duration) -> Result<Bytes> {
    let media = match route.takes {
        Takes::Nothing => None,
        Takes::Json(_) => Some("application/json"),
        Takes::Bytes(_) => Some("application/octet-stream"),
    };
    if parts.method == HttpMethod::GET || parts.method == HttpMethod::HEAD {
        return Ok(Bytes::new());
    }
    let bytes = intake::read(parts, body, route.body_bytes_max(), patience).await;
    let bytes = bytes.map_err(HttpError::Body)?;
    let header = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = header.unwrap_or_default().split(';').next().unwrap_or_default();
    match media {
        Some(media) if !bytes.is_empty() && !essence.trim().eq_ignore_ascii_case(media) => {
            Err(HttpError::WrongMedia(media).into())
        }
        _ => Ok(bytes),
    }
}

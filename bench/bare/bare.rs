//! Serves recorded answers from memory: what actix-web does without anything of ours.
//!
//! `bare serve recording.json`; bench/ceiling.py writes the recording, and measures.

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    http::{
        StatusCode,
        header::{ACCEPT_ENCODING, HeaderName, HeaderValue, IF_NONE_MATCH},
    },
    web,
};
use std::{collections::HashMap, net::TcpListener, path::Path};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// An answer as it stands in the recording. `body` is a file beside it.
#[derive(serde::Deserialize)]
struct Entry {
    path: String,
    /// `Accept-Encoding` and `If-None-Match` of the request, or empty.
    encoding: String,
    tag: String,
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

/// An answer in memory, and the request that it belongs to.
struct Answer {
    encoding: String,
    tag: String,
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: web::Bytes,
}

type Answers = HashMap<String, Vec<Answer>>;

fn load(file: &Path) -> Result<Answers, Box<dyn std::error::Error>> {
    let mut answers = Answers::new();
    for entry in serde_json::from_slice::<Vec<Entry>>(&std::fs::read(file)?)? {
        let headers =
            entry.headers.iter().map(|(name, value)| Ok((name.parse()?, HeaderValue::from_str(value)?)));
        let answer = Answer {
            encoding: entry.encoding,
            tag: entry.tag,
            status: StatusCode::from_u16(entry.status)?,
            headers: headers.collect::<Result<_, Box<dyn std::error::Error>>>()?,
            body: std::fs::read(file.with_file_name(entry.body))?.into(),
        };
        answers.entry(entry.path).or_default().push(answer);
    }
    Ok(answers)
}

async fn answer(request: HttpRequest, answers: web::Data<Answers>) -> HttpResponse {
    let header = |name| request.headers().get(name).map_or(&b""[..], HeaderValue::as_bytes);
    let (encoding, tag) = (header(ACCEPT_ENCODING), header(IF_NONE_MATCH));
    let path = request.uri().path_and_query().map_or("", |path| path.as_str());
    let found = answers.get(path).and_then(|some| {
        some.iter().find(|it| it.encoding.as_bytes() == encoding && it.tag.as_bytes() == tag)
    });
    let Some(found) = found else { return HttpResponse::NotFound().finish() };
    let mut response = HttpResponse::with_body(found.status, found.body.clone());
    for (name, value) in &found.headers {
        response.headers_mut().append(name.clone(), value.clone());
    }
    response.map_into_boxed_body()
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(2).ok_or("usage: bare serve RECORDING")?;
    let answers = web::Data::new(load(Path::new(&file))?);
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    eprintln!("listening on {}", listener.local_addr()?);
    let factory = move || App::new().app_data(answers.clone()).default_service(web::to(answer));
    Ok(HttpServer::new(factory).listen(listener)?.run().await?)
}

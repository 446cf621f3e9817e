//! Answers that are sent while they are made: piece by piece, each read on a blocking thread, with a bounded queue between.
//!
//! At most two pieces wait for the client; then the reading waits. When the client goes away the queue closes and the reading
//! ends with its present piece.

use magpie_model::Code;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use futures_core::Stream;
use tokio::sync::mpsc;

use crate::endpoint::Call;
use crate::problem::Problem;
use crate::shared::Shared;

/// Pieces that may wait for the client.
const WAITING: usize = 2;

/// What a handler begins.
pub(crate) struct Streamed {
    pub(crate) content_type: &'static str,
    /// Name under which a browser saves it.
    pub(crate) file: String,
    pub(crate) pieces: Box<dyn Pieces>,
}

/// Something that is read piece by piece.
pub(crate) trait Pieces: Send {
    /// The next piece; not called again after the last.
    fn next(&mut self, shared: &Shared) -> Result<Piece, Problem>;
}

/// A part of the answer.
pub(crate) struct Piece {
    pub(crate) bytes: Bytes,
    pub(crate) is_last: bool,
}

/// Reads the first piece, then answers and reads on.
pub(crate) async fn answer(
    shared: &Arc<Shared>,
    call: Call,
    begin: fn(&Shared, &Call) -> Result<Streamed, Problem>,
) -> Result<Response, Problem> {
    let Ok(permit) = Arc::clone(&shared.exports).try_acquire_owned() else {
        let detail = format!("{} exports are being read already", shared.api.limits.exports);
        let refused = Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail, "try again when another one has ended");
        return Err(refused.coded(Code::TooManyExports, &[("limit", &shared.api.limits.exports)]));
    };
    let (mut streamed, first) = shared
        .ask(move |shared| {
            let mut streamed = begin(shared, &call)?;
            let first = streamed.pieces.next(shared)?;
            Ok((streamed, first))
        })
        .await?;
    let mut response = Response::new(Body::empty());
    let disposition = format!("attachment; filename=\"{}\"", streamed.file);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(streamed.content_type));
    headers.extend(HeaderValue::try_from(disposition).ok().map(|value| (header::CONTENT_DISPOSITION, value)));
    if first.is_last {
        *response.body_mut() = Body::from(first.bytes);
        return Ok(response);
    }
    let (send, receive) = mpsc::channel(WAITING);
    let reading = Arc::clone(shared);
    // Owned by the connection: it ends when the receiver is dropped.
    tokio::task::spawn_blocking(move || {
        let _permit = permit;
        if send.blocking_send(Ok(first.bytes)).is_err() {
            return;
        }
        loop {
            match streamed.pieces.next(&reading) {
                Ok(piece) => {
                    if send.blocking_send(Ok(piece.bytes)).is_err() || piece.is_last {
                        return;
                    }
                }
                Err(problem) => {
                    let _ = send.blocking_send(Err(std::io::Error::other(problem.detail)));
                    return;
                }
            }
        }
    });
    *response.body_mut() = Body::from_stream(Received(receive));
    Ok(response)
}

struct Received(mpsc::Receiver<Result<Bytes, std::io::Error>>);

impl Stream for Received {
    type Item = Result<Bytes, std::io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context)
    }
}

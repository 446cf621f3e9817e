//! What ASP.NET Core logs at the end of a request, in whatever layout its logger has.
//!
//! `Request finished HTTP/1.1 GET https://shop.example/item/12?x=1 - 200 5120 application/json 43.2110ms`; before .NET 8 the type and the length of the
//! request stand before the dash (dotnet/aspnetcore, `Hosting/src/Internal/HostingRequestFinishedLog.cs`).

use super::tokens::{duration, is_digits};

/// The parts of such a text.
pub(super) struct Finished<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) status: &'a str,
    pub(super) bytes: Option<&'a str>,
    /// With its unit, as it stands at the end.
    pub(super) elapsed: &'a str,
}

impl<'a> Finished<'a> {
    pub(super) fn of(text: &'a str) -> Option<Self> {
        let rest = &text[text.find("Request finished HTTP/")? + "Request finished HTTP/".len()..];
        let mut words = rest.split_ascii_whitespace().skip(1);
        let (method, path) = (words.next()?, words.next()?);
        let mut dashed = words.skip_while(|word| *word != "-").skip_while(|word| *word == "-" || !is_digits(word) || word.len() != 3);
        let status = dashed.next()?;
        let bytes = dashed.next().filter(|size| is_digits(size));
        let elapsed = dashed.last().filter(|elapsed| duration(elapsed).is_some())?;
        Some(Self { method, path, status, bytes, elapsed })
    }
}

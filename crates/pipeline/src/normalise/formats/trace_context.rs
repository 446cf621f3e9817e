//! What tracers put into a bracket of a line's head: trace and span, perhaps behind the application's name.
//!
//! Spring Cloud Sleuth `[shop,5e8eeb48b08784d0,a1b2c3d4e5f60718,true]`, Micrometer `[shop,trace,span]` and `[trace-span]`, SkyWalking
//! `[TID:6d1fa07f7aeb47b5a0e3d3c3f0b0a9f4.81.16691724412340001]`. Where nothing is traced, the places are empty: `[shop,,]`, `[TID:N/A]`.

use super::tokens::given;

/// The parts that such a bracket has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct TraceContext<'a> {
    pub(super) application: Option<&'a str>,
    pub(super) trace: Option<&'a str>,
    pub(super) span: Option<&'a str>,
}

impl<'a> TraceContext<'a> {
    /// `None` where the text is no such thing.
    pub(super) fn of(text: &'a str) -> Option<Self> {
        if let Some(id) = text.strip_prefix("TID:") {
            let trace = Some(id.trim()).filter(|id| id.len() >= 16);
            return Some(Self { trace, ..Self::default() });
        }
        let (application, ids) = match text.split_once(',') {
            Some((name, ids)) if !is_id(name) => (given(name.trim()), ids),
            Some(_) => (None, text),
            None => return Self::pair(text.split_once('-')?),
        };
        if !ids.is_empty() && ids.bytes().all(|byte| byte == b',') {
            return Some(Self { application, ..Self::default() });
        }
        let (trace, rest) = ids.split_once([',', '-'])?;
        let span = rest.split(',').next().unwrap_or_default();
        Self::pair((trace, span)).map(|pair| Self { application, ..pair })
    }

    fn pair((trace, span): (&'a str, &'a str)) -> Option<Self> {
        let (trace, span) = (trace.trim(), span.trim());
        (is_id(trace) && is_id(span)).then_some(Self { trace: Some(trace), span: Some(span), application: None })
    }
}

/// 64 or 128 bits in hexadecimal.
fn is_id(text: &str) -> bool {
    matches!(text.len(), 16 | 32) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts_are_told_from_other_brackets() {
        let (trace, span) = ("65a1b2c3d4e5f60718293a4b5c6d7e8f", "a1b2c3d4e5f60718");
        let both = TraceContext { application: None, trace: Some(trace), span: Some(span) };
        let of_shop = TraceContext { application: Some("shop-api"), ..both };
        for (text, expected) in [
            (format!("{trace}-{span}"), Some(both)),
            (format!("{trace},{span}"), Some(both)),
            (format!("shop-api,{trace},{span},true"), Some(of_shop)),
            (format!("shop-api,{trace}-{span}"), Some(of_shop)),
            (format!(",{trace},{span}"), Some(both)),
            ("shop-api,,".into(), Some(TraceContext { application: Some("shop-api"), ..TraceContext::default() })),
            (
                format!("TID:{trace}.81.166"),
                Some(TraceContext { trace: Some("65a1b2c3d4e5f60718293a4b5c6d7e8f.81.166"), ..TraceContext::default() }),
            ),
            ("TID: N/A".into(), Some(TraceContext::default())),
            ("gc,init".into(), None),
            ("http-nio-8080-exec-1".into(), None),
            ("main".into(), None),
            ("7c9e6679-7425-40de-944b-e07fc1f90ae7".into(), None),
            (String::new(), None),
        ] {
            assert_eq!(TraceContext::of(&text), expected, "{text}");
        }
    }
}

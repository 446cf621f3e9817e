//! Times as logs write them → [`Timestamp`].
//!
//! A [`TimeForm`] is compiled once and tried on every line, so it knows what comes where. Which zone and year complete
//! a time that lacks them is the caller's to say.

use jiff::fmt::strtime::BrokenDownTime;
use magpie_model::Timestamp;

use super::values::TimeContext;

/// One way of writing a time.
#[derive(Clone, Debug)]
pub struct TimeForm {
    format: Option<String>,
}

impl TimeForm {
    /// The form that a `strftime` format describes.
    pub fn compile(format: &str) -> Result<Self, String> {
        Ok(Self { format: Some(format.to_owned()) })
    }

    /// Any common form.
    pub fn auto() -> Self {
        Self { format: None }
    }

    /// Reads a time; `None` when it is not of this form.
    pub fn parse(&self, text: &str, context: &TimeContext) -> Option<Timestamp> {
        let Some(format) = &self.format else {
            return Timestamp::parse_rfc3339(text);
        };
        let parts = BrokenDownTime::parse(format, text).ok()?;
        let time = match parts.to_timestamp() {
            Ok(time) => time,
            Err(_) => parts.to_datetime().ok()?.to_zoned(context.zone.clone()).ok()?.timestamp(),
        };
        i64::try_from(time.as_nanosecond()).ok().map(Timestamp)
    }
}

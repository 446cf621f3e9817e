//! What some layouts have behind the message: the component, and the thread.

use super::layout::is_name;
use super::tokens::is_digits;

/// What a line may have behind its message.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ending {
    /// log4j's `%m (%c)`: `Preparing to rebalance (kafka.coordinator.group.GroupCoordinator)`.
    Parentheses,
    /// `%m | %c | %t`, as ActiveMQ has it.
    Bars,
}

/// A message without what stood behind it.
pub(super) struct Ended<'a> {
    pub(super) text: &'a str,
    pub(super) component: &'a str,
    pub(super) thread: Option<&'a str>,
}

impl Ending {
    /// The parts of a message that ends so.
    pub(super) fn of(self, message: &str) -> Option<Ended<'_>> {
        let (text, name, thread) = match self {
            Self::Parentheses => {
                let (text, name) = message.trim_end().strip_suffix(')')?.rsplit_once(" (")?;
                // Kafka Connect's `%m (%c:%L)`.
                let class = name.rsplit_once(':').filter(|(_, line)| is_digits(line)).map_or(name, |(class, _)| class);
                (text, class, None)
            }
            Self::Bars => {
                let (rest, thread) = message.rsplit_once(" | ")?;
                let (text, class) = rest.rsplit_once(" | ")?;
                (text.trim_end(), class.trim_end(), Some(thread))
            }
        };
        let is_class = name.contains('.') && is_name(name) && !name.contains(['(', '/', ':']);
        is_class.then_some(Ended { text, component: name, thread })
    }
}

//! Raw lines of any format → normalised records.

//! Records → partials per bucket and combination.

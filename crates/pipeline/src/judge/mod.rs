//! Rollups and thresholds → alerts.

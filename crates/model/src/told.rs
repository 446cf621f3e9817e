//! What Magpie tells people, apart from its English words: a code, and the values that stand in the text.
//!
//! The server writes English for whoever asks with `curl`; a UI in another language has a text for each code and puts the
//! values into it. All codes are in the one list below, which `openapi.json` repeats with their values, so that a language
//! without a text for one of them fails its tests. Texts that come from elsewhere (a parser's or the system's) are values.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::{Serialize, Serializer};

macro_rules! codes {
    ($($code:ident $name:literal [$($value:literal),*];)*) => {
        /// What is told.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = concat!("`", $name, "`.")] $code,)*
        }

        impl Code {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$code),*];

            /// Its name, as the API has it.
            pub fn name(self) -> &'static str {
                match self { $(Self::$code => $name),* }
            }

            /// What stands in its text, in the order of the letters.
            pub fn values(self) -> &'static [&'static str] {
                match self { $(Self::$code => &[$($value),*]),* }
            }
        }
    };
}

codes! {
    // Of any request.
    Internal "internal" ["cause"];
    StoreClosed "store_closed" [];
    QuestionUnfit "question_unfit" ["cause"];
    TooBusy "too_busy" ["limit"];
    TooManyExports "too_many_exports" ["limit"];
    TooManyStreams "too_many_streams" ["limit"];
    NoAnswerInTime "no_answer_in_time" ["seconds"];
    BodyTooLong "body_too_long" ["limit"];
    BodyUnread "body_unread" ["cause"];
    BodyLate "body_late" [];
    BodyUnfit "body_unfit" ["cause"];
    UnknownName "unknown_name" ["known", "name", "what"];
    NotATime "not_a_time" ["text"];
    NotADuration "not_a_duration" ["text"];
    RangeReversed "range_reversed" ["from", "to"];
    TooManyBars "too_many_bars" ["count", "limit"];
    TextTooLong "text_too_long" ["limit"];
    NameMissing "name_missing" [];
    NotSignedIn "not_signed_in" [];
    TokenWrong "token_wrong" [];
    RoleNeeded "role_needed" ["name", "needs", "role"];
    RoleNeededOfAnybody "role_needed_of_anybody" ["needs", "role"];
    AccessOpen "access_open" [];
    NameReserved "name_reserved" ["name"];
    MemberTooLong "member_too_long" ["limit", "member"];
    // Of query lines.
    QueryTooLong "query_too_long" ["limit"];
    QueryTooManyTerms "query_too_many_terms" ["limit"];
    QueryUnknownName "query_unknown_name" ["name"];
    QueryUnknownValue "query_unknown_value" ["known", "text", "what"];
    QueryNoOrder "query_no_order" ["name"];
    QueryNotANumber "query_not_a_number" ["text"];
    QueryNoPattern "query_no_pattern" ["name"];
    QueryOneValue "query_one_value" ["operator"];
    QueryStarMisplaced "query_star_misplaced" [];
    QueryQuoteWithin "query_quote_within" [];
    QueryQuoteOpen "query_quote_open" [];
    QueryValueMissing "query_value_missing" ["name"];
    QuerySpaceMissing "query_space_missing" ["text"];
    // Of alerts and silences.
    NoSuchAlert "no_such_alert" ["id"];
    AlertsMonitorGone "alerts_monitor_gone" ["monitor"];
    CommentEmpty "comment_empty" [];
    TooManyComments "too_many_comments" ["count"];
    NoSuchSilence "no_such_silence" ["id"];
    TooManySilences "too_many_silences" ["limit"];
    SilenceEndsBefore "silence_ends_before" ["ends"];
    SilenceTooLong "silence_too_long" [];
    MatchersMissing "matchers_missing" [];
    TooManyMatchers "too_many_matchers" ["limit"];
    MatcherUnknown "matcher_unknown" ["name"];
    MatcherNotAnExpression "matcher_not_an_expression" ["cause"];
    // Of monitors.
    NoSuchMonitor "no_such_monitor" ["name"];
    MonitorOfFile "monitor_of_file" ["name"];
    MonitorExists "monitor_exists" ["name"];
    MonitorChanged "monitor_changed" ["name"];
    TooManyMonitors "too_many_monitors" ["count"];
    MonitorMistakes "monitor_mistakes" [];
    MonitorNotStored "monitor_not_stored" ["cause"];
    NoSuchVersion "no_such_version" ["known", "name", "version"];
    // Of mistakes in a document, above all a monitor's.
    UnknownNear "unknown_near" ["name", "near", "what"];
    UnknownWord "unknown_word" ["name", "what"];
    NotAMapping "not_a_mapping" ["what"];
    NotASingleValue "not_a_single_value" ["what"];
    NotANumber "not_a_number" ["text", "what"];
    AccessUsersMissing "access_users_missing" [];
    AccessUserTwice "access_user_twice" ["name"];
    AccessNameUnfit "access_name_unfit" ["limit", "name", "reserved"];
    AccessRoleMissing "access_role_missing" [];
    AccessTokenOneOf "access_token_one_of" ["name"];
    AccessTokenUnfit "access_token_unfit" ["limit", "name"];
    AccessTokenShared "access_token_shared" ["name", "other"];
    AccessTokenFile "access_token_file" ["cause", "name", "path"];
    EnvironmentUnset "environment_unset" ["name"];
    EnvironmentOpen "environment_open" [];
    ColumnTwice "column_twice" ["column", "what"];
    ColumnNotInBase "column_not_in_base" ["column"];
    MonitorTooManyColumns "monitor_too_many_columns" ["limit"];
    MonitorFreeColumns "monitor_free_columns" ["columns", "count"];
    MonitorNameMissing "monitor_name_missing" [];
    MonitorNameTaken "monitor_name_taken" ["name"];
    MonitorNameUnfit "monitor_name_unfit" [];
    MonitorNameTooLong "monitor_name_too_long" ["limit"];
    MonitorByMissing "monitor_by_missing" ["known", "name"];
    ThresholdFieldMissing "threshold_field_missing" [];
    ThresholdConditions "threshold_conditions" [];
    // Of parsers: patterns, regular expressions, grok, time formats.
    PatternUnclosed "pattern_unclosed" [];
    PatternNamesNothing "pattern_names_nothing" [];
    PatternNameTwice "pattern_name_twice" ["name"];
    PatternNameUnfit "pattern_name_unfit" ["name"];
    PatternFormOfOther "pattern_form_of_other" ["name"];
    PatternEndTwice "pattern_end_twice" [];
    PatternNothingBetween "pattern_nothing_between" ["name", "next"];
    TimeFormatEmpty "time_format_empty" ["format"];
    TimeFormatOpen "time_format_open" ["format"];
    TimeFormatUnknown "time_format_unknown" ["directive", "format"];
    RegexUnfit "regex_unfit" ["cause"];
    RegexNamesNothing "regex_names_nothing" [];
    GrokNamesNothing "grok_names_nothing" [];
    GrokUnclosed "grok_unclosed" ["text"];
    GrokEndless "grok_endless" [];
    // Of the expressions of `map:`.
    ExpressionBraceStray "expression_brace_stray" [];
    ExpressionNotEnded "expression_not_ended" [];
    ExpressionTooDeep "expression_too_deep" [];
    ExpressionSignMissing "expression_sign_missing" ["form", "sign"];
    ExpressionSignMisplaced "expression_sign_misplaced" ["sign"];
    ExpressionEquality "expression_equality" [];
    ExpressionValueMissing "expression_value_missing" [];
    ExpressionNotANumber "expression_not_a_number" ["text"];
    ExpressionTextOpen "expression_text_open" [];
    ExpressionNameOpen "expression_name_open" [];
    ExpressionArguments "expression_arguments" ["count", "name", "takes"];
    ExpressionRegexUnquoted "expression_regex_unquoted" [];
    ExpressionGroupUnfit "expression_group_unfit" [];
    ExpressionGroupUnknown "expression_group_unknown" [];
    // Of flow documents: YAML, and what a schema says.
    DocumentTooLong "document_too_long" ["bytes", "limit"];
    DocumentNotYaml "document_not_yaml" ["cause"];
    DocumentEmpty "document_empty" [];
    DocumentSecond "document_second" [];
    DocumentTooDeep "document_too_deep" ["limit"];
    DocumentTooManyValues "document_too_many_values" ["limit"];
    AliasAsKey "alias_as_key" [];
    AliasIntoItself "alias_into_itself" [];
    TagUnfit "tag_unfit" [];
    NumberNotJson "number_not_json" [];
    KeyNotSingle "key_not_single" [];
    KeyTwice "key_twice" ["key"];
    KeyMissing "key_missing" ["key"];
    KeyMissingOf "key_missing_of" ["keys"];
    KeyNeeded "key_needed" ["key", "other"];
    KindUnfit "kind_unfit" ["kind", "wanted"];
    ConstantUnfit "constant_unfit" ["constant", "text"];
    LimitBroken "limit_broken" ["limit", "rule", "value"];
    NothingAllowed "nothing_allowed" [];
    ValueForbidden "value_forbidden" ["text"];
    ItemTwice "item_twice" [];
    ItemsOfList "items_of_list" ["count"];
    FormsSeveral "forms_several" [];
    FormsTogether "forms_together" ["keys"];
    TextUnmatched "text_unmatched" ["pattern", "text"];
    TextNotAVersion "text_not_a_version" ["text"];
    TextNotAName "text_not_a_name" ["text"];
    TextNotAnIsoDuration "text_not_an_iso_duration" ["text"];
    TextNotAnExpression "text_not_an_expression" ["text"];
    TextNotAUri "text_not_a_uri" ["text"];
    TextNotAMoment "text_not_a_moment" ["text"];
    TextNotAPointer "text_not_a_pointer" ["text"];
    SchemaTooDeep "schema_too_deep" [];
    SchemaReference "schema_reference" ["reference"];
    SchemaKeyword "schema_keyword" ["keyword"];
    SchemaFormat "schema_format" ["format"];
    // Of what a flow is made of.
    DslUnknown "dsl_unknown" ["version"];
    EvaluateLanguage "evaluate_language" ["language"];
    EvaluateMode "evaluate_mode" [];
    NoneDeclared "none_declared" ["name", "what"];
    ExpressionOpen "expression_open" ["text"];
    ZoneUnknown "zone_unknown" ["zone"];
    NotAText "not_a_text" ["key"];
    LabelsUnfit "labels_unfit" [];
    PartUnfit "part_unfit" ["cause"];
    RunRetryConditions "run_retry_conditions" [];
    DurationNotFixed "duration_not_fixed" [];
    ScheduleKinds "schedule_kinds" [];
    StrategyMissing "strategy_missing" [];
    NotPositive "not_positive" ["text"];
    CronFields "cron_fields" ["count", "expression"];
    CronNever "cron_never" ["expression"];
    CronStep "cron_step" ["expression", "step", "what"];
    CronRange "cron_range" ["expression", "range", "what"];
    CronNumber "cron_number" ["expression", "from", "text", "to", "what"];
    TaskKeywordMissing "task_keyword_missing" ["keywords"];
    ProcessMissing "process_missing" [];
    TaskTwice "task_twice" ["name"];
    TasksMissing "tasks_missing" [];
    SwitchDefaults "switch_defaults" [];
    ThenOfBranch "then_of_branch" ["name"];
    ThenOfNamesake "then_of_namesake" ["name"];
    ThenEndless "then_endless" ["name"];
    NoSuchFunction "no_such_function" ["function"];
    NoSuchFunctionNear "no_such_function_near" ["function", "near"];
    ArgumentMissing "argument_missing" ["argument", "function"];
    ArgumentUnknown "argument_unknown" ["argument", "function", "known"];
    DatabaseUnsupported "database_unsupported" ["cause"];
    CallUnsupported "call_unsupported" ["call"];
    NotFetched "not_fetched" ["what"];
    GrantNeedsPerson "grant_needs_person" [];
    ClientMethod "client_method" ["method"];
    ShellExpression "shell_expression" [];
    ContainerExpression "container_expression" [];
    ContainerCleanup "container_cleanup" [];
    ScriptLanguage "script_language" ["language"];
    SetOfText "set_of_text" ["text"];
    AllOfNone "all_of_none" [];
    JqTooLong "jq_too_long" ["bytes", "limit"];
    JqTooManySigns "jq_too_many_signs" ["count", "expression", "limit"];
    JqUnfit "jq_unfit" ["cause", "expression"];
    JqUndefined "jq_undefined" ["expression", "names"];
    JqNotCompiled "jq_not_compiled" ["expression"];
    // Of records, rollups and sources.
    NoSuchRecord "no_such_record" ["id"];
    NoPercentiles "no_percentiles" ["field"];
    TooManyColumns "too_many_columns" ["count", "limit"];
    StepNotWhole "step_not_whole" ["bucket", "step"];
    ColumnElsewhere "column_elsewhere" ["known", "name"];
    ParserUnfit "parser_unfit" [];
    ParserNotStored "parser_not_stored" ["cause"];
    UploadNotNext "upload_not_next" ["bytes", "name", "offset"];
    UploadNoRoom "upload_no_room" ["cause"];
    UploadNotWritten "upload_not_written" ["cause", "name"];
    ConfigurationMistakes "configuration_mistakes" ["path"];
    // Of flows and runs.
    NoSuchFlow "no_such_flow" ["flow"];
    NoSuchRevision "no_such_revision" ["flow", "revision"];
    FlowExists "flow_exists" ["flow"];
    FlowChanged "flow_changed" ["flow"];
    FlowOther "flow_other" ["flow", "named"];
    FlowOfFolder "flow_of_folder" ["file", "flow"];
    FlowWatched "flow_watched" ["flow"];
    FlowWithoutSchedule "flow_without_schedule" ["flow"];
    FlowMistakes "flow_mistakes" [];
    FlowDisabled "flow_disabled" ["flow"];
    NoSuchRun "no_such_run" ["job_id"];
    NotAJobId "not_a_job_id" ["text"];
    InputTooLarge "input_too_large" ["bytes", "limit"];
    RunOverlaps "run_overlaps" ["flow"];
    RunState "run_state" ["status", "verb"];
    RunSucceeded "run_succeeded" ["job_id"];
    InputNotKept "input_not_kept" ["job_id"];
    InputHidden "input_hidden" ["pointer"];
    RetryDoubtful "retry_doubtful" ["step"];
    RetryTwice "retry_twice" ["step"];
    RetryRevision "retry_revision" ["new", "old"];
    RetryNeedsInput "retry_needs_input" [];
    NoSuchStep "no_such_step" ["job_id", "pointer"];
    RunMemberUnfit "run_member_unfit" ["cause", "member"];
    RunsAway "runs_away" ["cause"];
    NotStored "not_stored" ["cause"];
    ReasonEmpty "reason_empty" [];
    TooManyRuns "too_many_runs" ["limit"];
    // Of Magpie's own health.
    ReadingStarts "reading_starts" [];
    TriggersWait "triggers_wait" ["count"];
    DiskSlow "disk_slow" [];
    NotBackfilled "not_backfilled" ["cause"];
    StdinNotLogged "stdin_not_logged" ["cause"];
    StdinFailed "stdin_failed" ["cause"];
    SentNotLogged "sent_not_logged" ["cause"];
    LogEntryUnread "log_entry_unread" ["input"];
    NotJudged "not_judged" ["cause"];
    BatchNotStored "batch_not_stored" ["cause"];
    ParsersUnread "parsers_unread" ["cause"];
    UpkeepFailed "upkeep_failed" ["cause"];
    UploadsNotRemoved "uploads_not_removed" ["cause"];
}

impl Code {
    /// With its values; those that the code names, and no others.
    pub fn with(self, values: &[(&'static str, &dyn Display)]) -> Told {
        let told = Told { code: self, values: values.iter().map(|(name, value)| (*name, value.to_string())).collect() };
        debug_assert!(told.values.keys().eq(self.values()), "`{}` takes {:?}", self.name(), self.values());
        told
    }

    /// Said in English, with what stands in it.
    pub fn says(self, message: impl Into<String>, values: &[(&'static str, &dyn Display)]) -> Notice {
        Notice::new(message, self.with(values))
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// What is told, without words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Told {
    /// Which text.
    pub code: Code,
    /// What stands in it, by name.
    pub values: BTreeMap<&'static str, String>,
}

/// The same with its English words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// In English.
    pub message: String,
    /// For other languages.
    #[serde(flatten)]
    pub told: Told,
}

impl Notice {
    /// A text of these words.
    pub fn new(message: impl Into<String>, told: Told) -> Self {
        Self { message: message.into(), told }
    }

    /// Of something that was tried, with why it failed. The code takes the cause and nothing else.
    pub fn failed(code: Code, tried: &str, cause: &dyn Display) -> Self {
        Self::new(format!("{tried}: {cause}"), code.with(&[("cause", cause)]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_given_once_and_values_stand_in_order() {
        let mut names: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Code::ALL.len());
        for code in Code::ALL {
            assert!(code.values().is_sorted(), "{}", code.name());
        }
    }

    #[test]
    fn a_notice_is_flat() {
        let notice = Notice::new("2 triggers wait", Code::TriggersWait.with(&[("count", &2)]));
        let written = serde_json::to_value(notice).expect("it can be written");
        let expected = serde_json::json!({"message": "2 triggers wait", "code": "triggers_wait", "values": {"count": "2"}});
        assert_eq!(written, expected);
    }
}

//! Expressions in process and in children: the same answers, and none that hangs or eats the memory.

mod world;

use std::sync::Arc;
use std::time::{Duration, Instant};

use magpie_flows::expression::{Evaluator, ExpressionError, Expressions, Variables, is_bounded};
use serde_json::{Value, json};
use world::pool;

fn variables() -> Variables {
    [("item", json!("red")), ("context", json!({"n": 2})), ("unused", json!("x".repeat(10)))]
        .map(|(name, value)| (name.to_owned(), Arc::new(value)))
        .into()
}

#[tokio::test]
async fn values_whether_in_process_or_in_a_child() {
    let evaluator = Evaluator::new(pool(Duration::from_secs(20), 256 << 20));
    let input = json!({"a": {"b": [1, 2, 3]}, "name": "Ada", "big": 9_007_199_254_740_993_i64, "half": 0.5});
    for (expression, expected, bounded) in [
        (".a.b[1]", json!(2), true),
        (".missing.deep", json!(null), true),
        (".a.b | length", json!(3), true),
        ("\"Hello \\(.name), \\($item)!\"", json!("Hello Ada, red!"), true),
        ("{ (.name): $context.n, $item }", json!({"Ada": 2, "item": "red"}), true),
        (".big", json!(9_007_199_254_740_993_i64), true),
        (".half + 0.5", json!(1), true),
        (".a.b + [4]", json!([1, 2, 3, 4]), true),
        (".name == \"Ada\" and (.half < 1)", json!(true), true),
        (".a.b | map(. * 2)", json!([2, 4, 6]), false),
        (".a.b[]", json!([1, 2, 3]), false),
        ("empty", json!(null), false),
        ("[.a.b[] | select(. > $context.n)]", json!([3]), false),
        ("reduce .a.b[] as $x (0; . + $x)", json!(6), false),
        ("@base64 \"\\(.name)\"", json!("QWRh"), false),
        ("\"2026-11-22T10:15:03Z\" | fromdateiso8601", json!(1_795_342_503), false),
        ("[\"a1b2\" | scan(\"[0-9]\")]", json!(["1", "2"]), false),
    ] {
        assert_eq!(is_bounded(expression), bounded, "{expression}");
        let value = evaluator.evaluate(expression, &input, &variables()).await;
        assert_eq!(value.as_ref().ok(), Some(&expected), "{expression}: {value:?}");
    }
}

#[tokio::test]
async fn errors_say_what_is_wrong() {
    let evaluator = Evaluator::new(pool(Duration::from_secs(20), 256 << 20));
    for (expression, words) in [
        (".a.b", "`.a.b` failed: cannot index 1 with \"b\""),
        (".a | keys[0] | error", "failed"),
        (". |", "is not a jq expression"),
        ("nofunction", "there is no function `nofunction/0`"),
        ("env", "there is no function `env/0`"),
        ("$ENV", "there is no variable `$ENV`"),
        ("input", "there is no function `input/0`"),
        ("halt", "there is no function `halt/0`"),
        ("import \"a\" as a; .", "is not a jq expression"),
    ] {
        let error = evaluator.evaluate(expression, &json!({"a": 1}), &variables()).await.unwrap_err().to_string();
        assert!(error.contains(words), "{expression}: {error}");
    }
}

#[tokio::test]
async fn a_loop_is_stopped_at_its_deadline_and_the_next_expression_runs() {
    let evaluator = Evaluator::new(pool(Duration::from_secs(1), 256 << 20));
    for expression in ["repeat(.)", "def f: f; f", "[range(infinite)] | length", "last(range(1e18))", "until(false; .)"] {
        let started = Instant::now();
        let error = evaluator.evaluate(expression, &json!(1), &variables()).await.unwrap_err();
        let is_stopped =
            matches!(error, ExpressionError::TooSlow { .. } | ExpressionError::TooLarge { .. } | ExpressionError::Failed { .. });
        assert!(is_stopped && started.elapsed() < Duration::from_secs(5), "{expression}: {error} after {:?}", started.elapsed());
    }
    assert_eq!(evaluator.evaluate("[.[] | . + 1]", &json!([1]), &variables()).await, Ok(json!([2])));
}

#[tokio::test]
async fn an_expression_that_needs_too_much_memory_ends_its_child_only() {
    let evaluator = Evaluator::new(pool(Duration::from_secs(20), 64 << 20));
    for expression in ["\"x\" * 1000000000", "[limit(100000000; repeat(\"x\"))]", "reduce range(60) as $i ([1]; . + .)"] {
        let error = evaluator.evaluate(expression, &json!(1), &variables()).await.unwrap_err();
        assert!(matches!(error, ExpressionError::TooLarge { .. }), "{expression}: {error}");
    }
    assert_eq!(evaluator.evaluate("[.[] | . + 1]", &json!([1]), &variables()).await, Ok(json!([2])));
}

#[tokio::test]
async fn branches_that_ask_at_once_share_the_children_and_loops_do_not_keep_them() {
    let evaluator = Arc::new(Evaluator::new(pool(Duration::from_secs(5), 256 << 20)));
    let mut branches = tokio::task::JoinSet::new();
    // There are two children; as many loops hold them first.
    for expression in ["repeat(.)", "until(false; .)"].into_iter().chain(["[.[] | . + 1]"; 30]) {
        let evaluator = Arc::clone(&evaluator);
        branches.spawn(async move { (expression, evaluator.evaluate(expression, &json!([1]), &Variables::default()).await) });
    }
    let mut answered = 0;
    while let Some(branch) = branches.join_next().await {
        match branch.unwrap() {
            ("[.[] | . + 1]", answer) => {
                assert_eq!(answer, Ok(json!([2])));
                answered += 1;
            }
            (looping, answer) => assert!(answer.is_err(), "{looping}: {answer:?}"),
        }
    }
    assert_eq!(answered, 30);
}

#[tokio::test]
async fn the_deepest_expressions_are_refused_or_answered() {
    let evaluator = Evaluator::new(pool(Duration::from_secs(20), 256 << 20));
    for expression in [
        format!("{}1{}", "(".repeat(1900), ")".repeat(1900)),
        format!("{}1{}", "[".repeat(1900), "]".repeat(1900)),
        format!("1{}", "|.".repeat(1900)),
        format!("1{}", "+1".repeat(3900)),
        format!("{}1", "-".repeat(3900)),
        format!("{}1", "def f: 1; ".repeat(700)),
        format!("{}.{}", "if . then ".repeat(400), " else 1 end".repeat(400)),
        "(".repeat(8000),
    ] {
        let answered = evaluator.evaluate(&expression, &Value::Null, &variables()).await;
        let checked = magpie_flows::expression::check(&expression, &[]);
        assert!(answered.is_ok() || !answered.unwrap_err().to_string().is_empty(), "{checked:?}");
    }
}

//! `access:`: who may use the API, and as what. Without it everybody who reaches the port may do everything.
//!
//! A token is digested as soon as it is read. One that stands in a file is named only, since nothing here reads files: whoever
//! serves calls [`Access::resolve`], after which every user has a digest.

use std::path::{Path, PathBuf};

use super::Written;
use super::document::{Mapping, Node, Reading};
use super::problem::Problem;
use crate::access::{Role, SecretDigest};
use crate::attention::ITSELF;
use crate::{Code, UNKNOWN};

/// Shortest token in characters.
const SHORTEST_TOKEN: usize = 16;
/// Longest name in characters, as the API has it of who makes a change.
const LONGEST_NAME: usize = 100;
const WORDS: [(&str, Role); 3] = [("viewer", Role::Viewer), ("operator", Role::Operator), ("admin", Role::Admin)];

/// Who may use the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// At least one; names and tokens differ.
    pub users: Vec<User>,
    /// What requests without a token may; `None` for nothing.
    pub anonymous: Option<Role>,
}

/// Somebody with a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Under which changes are noted.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// How they show that it is them.
    pub token: Token,
    /// Line in the file.
    pub line: usize,
}

/// How a user shows that it is them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// The digest of what they send.
    Known(SecretDigest),
    /// What they send stands in this file, without the blanks around it.
    File(Written),
}

impl Access {
    /// The user who sends this token. All are compared, so that the time tells nothing.
    pub fn user(&self, token: &SecretDigest) -> Option<&User> {
        self.users.iter().fold(None, |found, user| if user.token == Token::Known(*token) { Some(user) } else { found })
    }

    /// Reads the tokens that stand in files.
    ///
    /// # Errors
    /// Files that cannot be read, and what is wrong with their tokens, with their lines.
    pub fn resolve(&mut self, read: &dyn Fn(&Path) -> Result<String, String>) -> Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        for user in &mut self.users {
            let Token::File(path) = &user.token else { continue };
            match read(&PathBuf::from(&path.text)) {
                Ok(text) if is_token(text.trim()) => user.token = Token::Known(SecretDigest::of(text.trim())),
                Ok(_) => problems.push(unfit_token(&user.name, path.line)),
                Err(cause) => {
                    let told = Code::AccessTokenFile.with(&[("cause", &cause), ("name", &user.name), ("path", &path.text)]);
                    let message = format!("the token file `{}` of `{}` cannot be read: {cause}", path.text, user.name);
                    problems.push(Problem { told: Some(told), ..Problem::new(path.line, message) });
                }
            }
        }
        problems.extend(shared_tokens(&self.users));
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }
}

/// `access: { anonymous: viewer, users: [{ name, role, token: ${NAME} }] }`.
pub(super) fn read(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Access> {
    let mapping = reading.mapping(node, "access", &["anonymous", "users"])?;
    let words = [("none", None), ("viewer", Some(Role::Viewer)), ("operator", Some(Role::Operator)), ("admin", Some(Role::Admin))];
    let anonymous = mapping.get("anonymous").and_then(|node| reading.word(node, "anonymous", &words)).flatten();
    let nodes = mapping.get("users").map(|node| reading.sequence(node)).unwrap_or_default();
    if nodes.is_empty() {
        let message =
            "access needs `users:`, each with `name`, `role` and `token`; without `access:` everybody on this machine may do everything";
        reading.mistake(mapping.line, Code::AccessUsersMissing.with(&[]), message);
    }
    let users: Vec<User> = nodes.into_iter().filter_map(|node| user(node, reading)).collect();
    for (nth, user) in users.iter().enumerate() {
        if users[..nth].iter().any(|earlier| earlier.name == user.name) {
            let message = format!("a second user named `{}`; names must differ", user.name);
            reading.mistake(user.line, Code::AccessUserTwice.with(&[("name", &user.name)]), message);
        }
    }
    reading.problems.extend(shared_tokens(&users));
    Some(Access { users, anonymous })
}

fn user(node: Node<'_>, reading: &mut Reading<'_>) -> Option<User> {
    let mapping = reading.mapping(node, "a user", &["name", "role", "token", "token_file"])?;
    let name = name(&mapping, reading);
    let role = mapping.get("role").map(|node| reading.word(node, "role", &WORDS));
    if role.is_none() {
        let message = "a user needs `role:`, one of viewer, operator, admin";
        reading.mistake(mapping.line, Code::AccessRoleMissing.with(&[]), message);
    }
    let token = token(&mapping, name.as_deref().unwrap_or_default(), reading);
    Some(User { name: name?, role: role??, token: token?, line: mapping.line })
}

fn name(mapping: &Mapping<'_>, reading: &mut Reading<'_>) -> Option<String> {
    let name = mapping.get("name").map(|node| reading.text(node, "name"));
    let name = name.unwrap_or_else(|| Some(Written { text: String::new(), line: mapping.line }))?;
    let trimmed = name.text.trim();
    if trimmed.is_empty() || [ITSELF, UNKNOWN].contains(&trimmed) || trimmed.chars().count() > LONGEST_NAME {
        let told = Code::AccessNameUnfit.with(&[("limit", &LONGEST_NAME), ("name", &trimmed), ("reserved", &ITSELF)]);
        let message = format!(
            "a user needs `name:`, at most {LONGEST_NAME} characters and not `{ITSELF}`, which signs what Magpie does by itself; `{trimmed}` is none"
        );
        reading.mistake(name.line, told, message);
        return None;
    }
    Some(trimmed.to_owned())
}

fn token(mapping: &Mapping<'_>, name: &str, reading: &mut Reading<'_>) -> Option<Token> {
    let before = reading.problems.len();
    let token = mapping.get("token").map(|node| reading.text(node, "token"));
    let file = mapping.get("token_file").map(|node| reading.text(node, "token_file"));
    // What stands for a variable that is not set is told already.
    let is_told = reading.problems.len() > before;
    match (token, file) {
        (Some(token), None) => {
            let token = token?;
            if !is_token(&token.text) {
                if !is_told {
                    reading.problems.push(unfit_token(name, token.line));
                }
                return None;
            }
            Some(Token::Known(SecretDigest::of(&token.text)))
        }
        (None, Some(file)) => Some(Token::File(file?)),
        _ => {
            let message = format!("the user `{name}` needs exactly one of `token:`, such as `${{MAGPIE_TOKEN_ANA}}`, and `token_file:`");
            reading.mistake(mapping.line, Code::AccessTokenOneOf.with(&[("name", &name)]), message);
            None
        }
    }
}

/// Long enough, and of signs that a header can have.
fn is_token(text: &str) -> bool {
    text.len() >= SHORTEST_TOKEN && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn unfit_token(name: &str, line: usize) -> Problem {
    let told = Code::AccessTokenUnfit.with(&[("limit", &SHORTEST_TOKEN), ("name", &name)]);
    let message = format!(
        "the token of `{name}` must have at least {SHORTEST_TOKEN} ASCII characters and no blanks, such as `openssl rand -hex 32` makes"
    );
    Problem { told: Some(told), ..Problem::new(line, message) }
}

/// A token says who somebody is, so no two users may have the same.
fn shared_tokens(users: &[User]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (nth, user) in users.iter().enumerate() {
        let other = users[..nth].iter().find(|other| matches!(user.token, Token::Known(_)) && other.token == user.token);
        if let Some(other) = other {
            let told = Code::AccessTokenShared.with(&[("name", &user.name), ("other", &other.name)]);
            let message = format!("`{}` and `{}` have the same token; give each their own", other.name, user.name);
            problems.push(Problem { told: Some(told), ..Problem::new(user.line, message) });
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    fn load(text: &str) -> Result<Access, String> {
        let environment = |name: &str| (name == "ANA").then(|| "a-token-of-ana-0001".to_owned());
        config::read(text, Path::new(""), &environment).map(|config| config.access.unwrap()).map_err(|error| error.to_string())
    }

    const ANA: &str = "access:\n  users:\n    - { name: ana, role: viewer, token: \"${ANA}\" }\n";

    #[test]
    fn users_are_found_by_their_token_which_is_shown_nowhere() {
        let access = load(&format!("{ANA}    - {{ name: ben, role: admin, token: a-token-of-ben-0001 }}\n")).unwrap();
        let found = |token: &str| access.user(&SecretDigest::of(token)).map(|user| (user.name.as_str(), user.role));
        assert_eq!(found("a-token-of-ana-0001"), Some(("ana", Role::Viewer)));
        assert_eq!(found("a-token-of-ben-0001"), Some(("ben", Role::Admin)));
        assert_eq!(found("a-token-of-ben-0002"), None);
        assert_eq!(access.anonymous, None, "nobody, unless it is written");
        assert!(!format!("{access:?}").contains("a-token"), "{access:?}");
    }

    #[test]
    fn mistakes_name_line_and_fix() {
        for (text, expected) in [
            ("access: {}", "line 1: access needs `users:`, each with"),
            ("access:\n  user: []", "line 2: unknown key in access `user`, did you mean `users`?"),
            ("access:\n  anonymous: view", "line 2: unknown anonymous `view`, did you mean `viewer`?"),
            ("access:\n  users:\n    - { name: ana, role: boss, token: a-token-of-ana-0001 }", "line 3: unknown role `boss`"),
            ("access:\n  users:\n    - { name: ana, token: a-token-of-ana-0001 }", "line 3: a user needs `role:`, one of viewer"),
            ("access:\n  users:\n    - { role: viewer, token: a-token-of-ana-0001 }", "line 3: a user needs `name:`"),
            ("access:\n  users:\n    - { name: magpie, role: viewer, token: a-token-of-ana-0001 }", "`magpie` is none"),
            ("access:\n  users:\n    - { name: ana, role: viewer }", "line 3: the user `ana` needs exactly one of `token:`"),
            (
                "access:\n  users:\n    - name: ana\n      role: viewer\n      token: short",
                "line 5: the token of `ana` must have at least 16",
            ),
            ("access:\n  users:\n    - { name: ana, role: viewer, token: \"a token with blanks\" }", "line 3: the token of `ana`"),
            (
                "access:\n  users:\n    - { name: ana, role: viewer, token: \"${NOBODY}\" }",
                "line 3: environment variable `NOBODY` is not set",
            ),
        ] {
            let error = load(text).unwrap_err();
            assert!(error.contains(expected), "{text}\n{error}");
            assert!(!error.contains("a-token"), "a token is in no message: {error}");
        }
        let twice = load(&format!("{ANA}    - {{ name: ana, role: admin, token: a-token-of-ben-0001 }}")).unwrap_err();
        assert!(twice.contains("line 4: a second user named `ana`; names must differ"), "{twice}");
        let shared = load(&format!("{ANA}    - {{ name: ben, role: admin, token: a-token-of-ana-0001 }}")).unwrap_err();
        assert!(shared.contains("line 4: `ana` and `ben` have the same token; give each their own"), "{shared}");
    }

    #[test]
    fn tokens_of_files_are_read_when_they_are_needed() {
        let text = format!("{ANA}    - name: ben\n      role: admin\n      token_file: /run/ben\n");
        let resolved = |content: Result<&str, &str>| {
            let mut access = load(&text).unwrap();
            let content = content.map(str::to_owned).map_err(str::to_owned);
            access.resolve(&|path| if path == Path::new("/run/ben") { content.clone() } else { panic!("{path:?}") })?;
            Ok::<_, Vec<Problem>>(access)
        };
        let access = resolved(Ok("a-token-of-ben-0001\n")).unwrap();
        assert_eq!(access.user(&SecretDigest::of("a-token-of-ben-0001")).unwrap().name, "ben");
        for (content, expected) in [
            (Err("not found"), "line 6: the token file `/run/ben` of `ben` cannot be read: not found"),
            (Ok("short\n"), "line 6: the token of `ben` must have at least 16"),
            (Ok("a-token-of-ana-0001\n"), "line 4: `ana` and `ben` have the same token"),
        ] {
            let problems = resolved(content).unwrap_err();
            assert!(problems[0].to_string().contains(expected), "{problems:?}");
        }
    }
}

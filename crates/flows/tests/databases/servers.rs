//! Database servers of the system, or of `.ci/databases`, on 127.0.0.1 with their data in a temporary folder, for as long as a test.

use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::world::say;

/// Of the user `magpie`; characters that an address must encode stand in it on purpose.
pub(crate) const PASSWORD: &str = "p@ss:w/rd?";
const ENCODED: &str = "p%40ss%3Aw%2Frd%3F";

/// A running server.
pub(crate) struct Server {
    child: Child,
    directory: TempDir,
    scheme: &'static str,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGQUIT ends PostgreSQL with its children at once; killing it would leave them.
        if let Some(pid) = rustix::process::Pid::from_raw(self.child.id().cast_signed()) {
            _ = rustix::process::kill_process(pid, rustix::process::Signal::QUIT);
        }
        std::thread::sleep(Duration::from_millis(300));
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

impl Server {
    /// The address, by name, with what stands behind the `?`.
    pub(crate) fn url(&self, query: &str) -> String {
        self.url_of("localhost", query)
    }

    pub(crate) fn url_of(&self, host: &str, query: &str) -> String {
        format!("{}://magpie:{ENCODED}@{host}:{}/shop?{query}", self.scheme, self.port)
    }

    /// The folder with `ca.pem`, which signed the server, and `other.pem`, which did not.
    pub(crate) fn directory(&self) -> PathBuf {
        self.directory.path().canonicalize().unwrap()
    }

    /// A PostgreSQL, if it can be had.
    pub(crate) fn postgresql() -> Option<Self> {
        let (initdb, postgres) = (program("initdb")?, program("postgres")?);
        let directory = directory()?;
        let (data, port) = (directory.path().join("data"), free_port());
        let password = directory.path().join("password");
        std::fs::write(&password, PASSWORD).unwrap();
        own(directory.path());
        let mut init = unprivileged(&initdb);
        init.args(["--auth=scram-sha-256", "--encoding=UTF8", "--username=magpie", "--no-sync"]).arg("--pgdata").arg(&data);
        succeeds(init.arg("--pwfile").arg(&password));
        let mut create = unprivileged(&postgres);
        create.args(["--single", "-D"]).arg(&data).arg("postgres").stdin(statement(&directory, "CREATE DATABASE shop\n"));
        succeeds(&mut create);
        let mut command = unprivileged(&postgres);
        command.arg("-D").arg(&data).args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off"]);
        command.args(["-c", "ssl=on", "-c", "ssl_cert_file=../server.pem", "-c", "ssl_key_file=../server.key", "-p", &port.to_string()]);
        Some(Self::started(command, directory, "postgresql", port))
    }

    /// A MariaDB, if it can be had.
    pub(crate) fn mariadb() -> Option<Self> {
        let mariadbd = program("mariadbd")?;
        let (directory, share, port) = (directory()?, share(&mariadbd), free_port());
        let data = directory.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let server = || {
            let mut command = Command::new(&mariadbd);
            command.arg("--no-defaults").arg(format!("--datadir={}", data.display()));
            command.arg(format!("--lc-messages-dir={}", share.display()));
            if rustix::process::getuid().is_root() {
                command.arg("--user=root");
            }
            command
        };
        // What `mariadb-install-db` does.
        let mut tables = "CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket=NULL;\n".to_owned();
        for name in ["mysql_system_tables.sql", "mysql_performance_tables.sql", "mysql_system_tables_data.sql"] {
            tables += &std::fs::read_to_string(share.join(name)).unwrap();
        }
        succeeds(server().arg("--bootstrap").stdin(statement(&directory, &tables)));
        let users = format!(
            "CREATE DATABASE shop CHARACTER SET utf8mb4;\nCREATE USER magpie@localhost IDENTIFIED BY '{PASSWORD}';\n\
             GRANT ALL ON shop.* TO magpie@localhost;\nGRANT PROCESS ON *.* TO magpie@localhost;\n"
        );
        drop(statement(&directory, &users));
        let mut command = server();
        command.args(["--bind-address=127.0.0.1", "--innodb-flush-log-at-trx-commit=0", "--skip-log-bin", &format!("--port={port}")]);
        for (option, name) in [
            ("init-file", "statement.sql"),
            ("socket", "socket"),
            ("pid-file", "pid"),
            ("ssl-cert", "server.pem"),
            ("ssl-key", "server.key"),
        ] {
            command.arg(format!("--{option}={}", directory.path().join(name).display()));
        }
        Some(Self::started(command, directory, "mysql", port))
    }

    fn started(mut command: Command, directory: TempDir, scheme: &'static str, port: u16) -> Self {
        let log = std::fs::File::create(directory.path().join("log")).unwrap();
        let child =
            command.current_dir(directory.path()).stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        let mut server = Self { child, directory, scheme, port };
        let deadline = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let log = || std::fs::read_to_string(server.directory.path().join("log")).unwrap_or_default();
            assert!(server.child.try_wait().unwrap().is_none(), "the server ended: {}", log());
            assert!(Instant::now() < deadline, "the server does not answer: {}", log());
            std::thread::sleep(Duration::from_millis(50));
        }
        server
    }
}

/// A program, or a line that says what is skipped without it.
fn program(name: &str) -> Option<PathBuf> {
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache");
    let cache = || std::env::var_os("XDG_CACHE_HOME").map_or_else(home, PathBuf::from).join("magpie/databases");
    let beside = std::env::var_os("MAGPIE_DATABASES").map_or_else(cache, PathBuf::from).join("bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]).collect();
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    folders.extend(versions.map(|version| version.path().join("bin")));
    folders.push(beside);
    let found = folders.into_iter().map(|folder| folder.join(name)).find(|path| path.is_file());
    if found.is_none() {
        say(&format!("skipped: no {name}; .ci/databases installs it"));
    }
    found
}

/// Where MariaDB has its messages and statements; what was unpacked beside the system is started by a script that names the real program.
fn share(program: &Path) -> PathBuf {
    let script = std::fs::read_to_string(program).unwrap_or_default();
    let beside = script.split_whitespace().find_map(|word| word.split_once("/root/usr/"));
    beside.map_or_else(|| PathBuf::from("/usr"), |(root, _)| PathBuf::from(root).join("root/usr")).join("share/mysql")
}

/// PostgreSQL does not run as root.
fn unprivileged(program: &Path) -> Command {
    if !rustix::process::getuid().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"]).arg(program);
    command
}

fn own(directory: &Path) {
    if rustix::process::getuid().is_root() {
        succeeds(Command::new("chown").args(["-R", "nobody:nogroup"]).arg(directory));
    }
}

fn statement(directory: &TempDir, sql: &str) -> Stdio {
    let path = directory.path().join("statement.sql");
    std::fs::write(&path, sql).unwrap();
    std::fs::File::open(path).unwrap().into()
}

fn succeeds(command: &mut Command) {
    let output = command.current_dir("/").output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A folder with the certificates of a server that is named `localhost`.
fn directory() -> Option<TempDir> {
    let openssl = program("openssl")?;
    let directory = tempfile::tempdir().unwrap();
    let run = |arguments: &str| {
        let mut command = Command::new(&openssl);
        command.args(arguments.split(' '));
        let output = command.current_dir(directory.path()).output().unwrap();
        assert!(output.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    };
    for authority in ["ca", "other"] {
        run(&format!("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={authority} -keyout {authority}.key -out {authority}.pem"));
    }
    run("req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout server.key -out server.csr");
    std::fs::write(directory.path().join("names"), "subjectAltName=DNS:localhost\n").unwrap();
    run("x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.pem");
    std::fs::set_permissions(directory.path().join("server.key"), PermissionsExt::from_mode(0o600)).unwrap();
    Some(directory)
}

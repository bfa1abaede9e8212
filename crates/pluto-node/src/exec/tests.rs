//! Programs that end well, badly, late, or not by themselves.

use std::io;

use super::*;

fn job(argv: &[&str]) -> Job {
    let argv = argv.iter().map(OsString::from).collect();
    Job { argv, env: Vec::new(), directory: None, limits: Limits::default() }
}

fn shell(script: &str) -> Job {
    job(&["/bin/sh", "-c", script])
}

fn heard(job: &Job) -> (Ran, Vec<u8>, Vec<u8>) {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let ran = run(job, &mut stdout, &mut stderr, &|| false);
    assert_eq!(ran.stdout_digest, blake3::hash(&stdout));
    assert_eq!(ran.stderr_digest, blake3::hash(&stderr));
    assert_eq!(ran.bytes, (stdout.len() + stderr.len()) as u64);
    (ran, stdout, stderr)
}

#[test]
fn output_goes_through_and_is_digested() {
    let (ran, stdout, stderr) = heard(&shell("echo out; echo err >&2; exit 3"));
    assert_eq!(ran.status, Status::Exited(3));
    assert_eq!((stdout.as_slice(), stderr.as_slice()), (b"out\n".as_slice(), b"err\n".as_slice()));
}

#[test]
fn arguments_are_not_read_by_a_shell() {
    let (ran, stdout, _) = heard(&job(&["/bin/echo", "$HOME; echo `id`", "*"]));
    assert_eq!(ran.status, Status::Exited(0));
    assert_eq!(stdout, b"$HOME; echo `id` *\n");
}

#[test]
fn a_missing_program_fails() {
    let (ran, ..) = heard(&job(&["/nowhere/at/all"]));
    assert!(
        matches!(&ran.status, Status::Failed(why) if why.contains("/nowhere/at/all")),
        "{ran:?}"
    );
    assert_eq!(heard(&job(&[])).0.status, Status::Failed("expected a program".to_owned()));
}

#[test]
fn signals_are_told_from_codes() {
    assert_eq!(heard(&shell("kill -TERM $$")).0.status, Status::Signalled(15));
}

#[test]
fn only_the_allowed_environment_is_seen() {
    let (_, stdout, _) = heard(&job(&["/usr/bin/env"]));
    let text = String::from_utf8(stdout).unwrap();
    for line in text.lines() {
        let name = line.split('=').next().unwrap();
        assert!(ENVIRONMENT.contains(&name), "{line}");
    }
    let mut asks = job(&["/usr/bin/env"]);
    // Cargo sets it for every test.
    asks.env = vec!["CARGO_PKG_NAME".to_owned(), "NO_SUCH_NAME".to_owned()];
    let text = String::from_utf8(heard(&asks).1).unwrap();
    assert!(text.contains("CARGO_PKG_NAME=pluto-node"), "{text}");
    assert!(!text.contains("NO_SUCH_NAME"));
}

#[test]
fn it_runs_where_it_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let mut there = job(&["/bin/pwd"]);
    there.directory = Some(directory.path().canonicalize().unwrap());
    let (_, stdout, _) = heard(&there);
    assert_eq!(
        String::from_utf8(stdout).unwrap().trim_end(),
        there.directory.unwrap().to_str().unwrap()
    );
}

#[test]
fn time_runs_out_for_the_whole_group() {
    let directory = tempfile::tempdir().unwrap();
    let fifo = directory.path().join("fifo");
    assert_eq!(
        heard(&job(&["/usr/bin/mkfifo", fifo.to_str().unwrap()])).0.status,
        Status::Exited(0)
    );
    // The child of the child holds both pipes and would keep them open for ever.
    let mut slow = shell(&format!("cat {0} & cat {0}", fifo.display()));
    slow.limits.wall = Duration::from_millis(50);
    assert_eq!(heard(&slow).0.status, Status::TimedOut);
}

#[test]
fn what_a_program_leaves_behind_is_killed() {
    let directory = tempfile::tempdir().unwrap();
    let fifo = directory.path().join("fifo");
    assert_eq!(
        heard(&job(&["/usr/bin/mkfifo", fifo.to_str().unwrap()])).0.status,
        Status::Exited(0)
    );
    let leaves = shell(&format!("exec 3>'{}'; sleep 1000 & exit 0", fifo.display()));
    // Reading ends when nobody holds the other end any more.
    let reader = std::thread::spawn(move || std::fs::read(fifo).unwrap());
    assert_eq!(heard(&leaves).0.status, Status::Exited(0));
    assert!(reader.join().unwrap().is_empty());
}

#[test]
fn a_flood_is_cut() {
    let mut flood = shell("while :; do echo 0123456789012345678901234567890123456789; done");
    flood.limits.output_bytes = 100_000;
    let (ran, stdout, _) = heard(&flood);
    assert!(matches!(&ran.status, Status::Failed(why) if why.contains("100000")), "{ran:?}");
    assert!(stdout.len() < 100_000 + 32 * 1024, "{}", stdout.len());
}

#[test]
fn a_user_who_hangs_up_changes_no_digest() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let ran = run(&shell("echo a; echo b"), &mut Closed, &mut io::sink(), &|| false);
    assert_eq!(ran.status, Status::Exited(0));
    assert_eq!(ran.stdout_digest, blake3::hash(b"a\nb\n"));
}

#[test]
fn a_wish_to_stop_is_heard() {
    let ran = run(&job(&["sleep", "1000"]), &mut io::sink(), &mut io::sink(), &|| true);
    assert_eq!(ran.status, Status::Signalled(9));
}

#[test]
fn large_output_is_whole() {
    let (ran, stdout, _) = heard(&job(&["head", "-c", "3000000", "/dev/zero"]));
    assert_eq!(ran.status, Status::Exited(0));
    assert_eq!(stdout.len(), 3_000_000);
}

#[cfg(target_os = "linux")]
#[test]
fn the_system_bounds_files() {
    let directory = tempfile::tempdir().unwrap();
    // The program waits for its bound, which comes right after its start.
    let mut wide =
        shell("while test $(ulimit -f) = unlimited; do :; done; head -c 900000 /dev/zero > big");
    wide.directory = Some(directory.path().to_owned());
    wide.limits.file_bytes = Some(1024 * 512);
    let (ran, ..) = heard(&wide);
    assert_ne!(ran.status, Status::Exited(0), "{ran:?}");
    assert!(std::fs::metadata(directory.path().join("big")).unwrap().len() <= 1024 * 512);
}

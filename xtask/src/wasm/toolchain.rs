//! Finds a compiler that can build for browsers.
//!
//! `rustup` installs the target with the toolchain. Where it cannot, the source of the standard
//! library does as well; Debian packages it together with the compiler it belongs to, but without a
//! linker for the target, which every toolchain of `rustup` has.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The target of the verifier.
pub(super) const TARGET: &str = "wasm32-unknown-unknown";

const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const MISSING: &str = "no standard library for `wasm32-unknown-unknown`. \
    With rustup: `rustup target add wasm32-unknown-unknown`. \
    On Debian: `apt-get install rustc-web rust-web-src`";

/// A compiler, and where its standard library for the target comes from.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Toolchain {
    pub(super) rustc: PathBuf,
    pub(super) std: Std,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Std {
    /// It is there.
    Installed,
    /// Its source is there. Without a linker named here, the compiler looks for its own.
    Source { linker: Option<PathBuf> },
}

impl fmt::Display for Toolchain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rustc = self.rustc.display();
        match self.std {
            Std::Installed => write!(f, "target installed for `{rustc}`"),
            Std::Source { .. } => write!(f, "standard library from source with `{rustc}`"),
        }
    }
}

/// The toolchain at work if it can, else Debian's.
pub(super) fn find() -> Result<Toolchain, String> {
    let at_work = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let compilers = [PathBuf::from(at_work), DEBIAN_RUSTC.into()];
    let sysroots = compilers.into_iter().filter_map(|rustc| Some((sysroot(&rustc)?, rustc)));
    choose(&sysroots.collect::<Vec<_>>()).ok_or_else(|| MISSING.to_owned())
}

/// The first compiler with the target, else the first with the source.
pub(super) fn choose(compilers: &[(PathBuf, PathBuf)]) -> Option<Toolchain> {
    let with = |part: &str| {
        let part = PathBuf::from("lib/rustlib").join(part);
        compilers.iter().find(|(sysroot, _)| sysroot.join(&part).exists())
    };
    if let Some((_, rustc)) = with(&format!("{TARGET}/lib")) {
        return Some(Toolchain { rustc: rustc.clone(), std: Std::Installed });
    }
    let (_, rustc) = with("src/rust/library/Cargo.lock")?;
    let linker = compilers.iter().find_map(|(sysroot, _)| linker(sysroot));
    Some(Toolchain { rustc: rustc.clone(), std: Std::Source { linker } })
}

fn sysroot(rustc: &Path) -> Option<PathBuf> {
    let output = Command::new(rustc).args(["--print", "sysroot"]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim_end().into())
}

/// `lib/rustlib/<host>/bin/rust-lld` of a sysroot.
fn linker(sysroot: &Path) -> Option<PathBuf> {
    let hosts = std::fs::read_dir(sysroot.join("lib/rustlib")).ok()?;
    hosts.flatten().map(|host| host.path().join("bin/rust-lld")).find(|path| path.is_file())
}

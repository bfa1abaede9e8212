//! What every step found and left, on disk before anything is touched.
//!
//! One folder per step, numbered: `step.json` lists the files touched, each with its before-image, and is
//! written before the first of them changes; `done.json` says that the step was checked, and what it
//! left. A step without `done.json` was cut short: its before-images go back, and it is as if it had never
//! begun. Files are written beside their place, synced and renamed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::{Deserialize, Serialize};

use crate::digest;
use crate::finding::{Finding, Rule};

const DISK: Rule = Rule::new("refactor", "disk", "make the folder writable; then run again");
const CHANGED: Rule = Rule::new(
    "refactor",
    "changed-since",
    "undo your own changes to the file first, or keep the step",
);
const BUSY: Rule = Rule::new("refactor", "busy", "wait for the other run to end");
/// Names the boundary at which a process ends at once; for tests of what a kill leaves.
const ABORT_VARIABLE: &str = "XTASK_REFACTOR_ABORT_AT";

/// A file as a step found it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Before {
    /// Relative to the package.
    path: String,
    /// Whether there was one; its content is in `before-<position>`.
    existed: bool,
}

/// `step.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Begun {
    key: String,
    title: String,
    files: Vec<Before>,
}

/// `done.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Done {
    /// Path to hash of what the step left; no hash for a file that it removed.
    after: BTreeMap<String, Option<String>>,
}

/// The journal of one plan.
pub(crate) struct Journal {
    folder: PathBuf,
    package: PathBuf,
}

/// A step under way.
pub(crate) struct Step<'a> {
    journal: &'a Journal,
    folder: PathBuf,
    begun: Begun,
}

impl Journal {
    /// The journal of the plan `name`, in `.refactor/<name>` of the workspace; made by the first step.
    pub(crate) fn new(workspace: &Path, package: &Path, name: &str) -> Self {
        Self { folder: workspace.join(".refactor").join(name), package: package.to_owned() }
    }

    /// Keeps other runs out of the workspace until the file is dropped, or the process is gone.
    pub(crate) fn lock(&self) -> Result<fs::File, Finding> {
        let above = self.folder.parent().unwrap_or(&self.folder);
        fs::create_dir_all(above).map_err(|error| disk(above, &error))?;
        let ignore = above.join(".gitignore");
        if !ignore.exists() {
            write(&ignore, b"*\n")?;
        }
        let path = above.join("lock");
        let file = fs::File::create(&path).map_err(|error| disk(&path, &error))?;
        file.try_lock()
            .map_err(|_| BUSY.at(&path.display().to_string(), 1, "another run holds the lock"))?;
        Ok(file)
    }

    fn steps(&self) -> Vec<(usize, PathBuf)> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let numbered = entries.filter_map(|entry| {
            Some((entry.file_name().to_str()?.parse::<usize>().ok()?, entry.path()))
        });
        let mut steps: Vec<_> = numbered.collect();
        steps.sort();
        steps
    }

    /// Puts back what a step that was cut short had touched; gives the step's title.
    pub(crate) fn recover(&self) -> Result<Option<String>, Finding> {
        let mut recovered = None;
        for (_, folder) in self.steps() {
            if folder.join("done.json").exists() {
                continue;
            }
            if let Ok(begun) = read::<Begun>(&folder.join("step.json")) {
                self.put_back(&folder, &begun)?;
                recovered = Some(begun.title);
            }
            remove_folder(&folder)?;
        }
        Ok(recovered)
    }

    /// Keys of the steps done.
    pub(crate) fn done(&self) -> BTreeSet<String> {
        let begun =
            self.steps().into_iter().map(|(_, folder)| read::<Begun>(&folder.join("step.json")));
        begun.filter_map(Result::ok).map(|begun| begun.key).collect()
    }

    /// Numbers and titles of the steps done.
    pub(crate) fn list(&self) -> Vec<(usize, String)> {
        let read_title = |(number, folder): (usize, PathBuf)| {
            read::<Begun>(&folder.join("step.json")).ok().map(|begun| (number, begun.title))
        };
        self.steps().into_iter().filter_map(read_title).collect()
    }

    /// Every file that steps touched, as it was before the first of them; `None` where there was none.
    pub(crate) fn before_images(&self) -> BTreeMap<String, Option<String>> {
        let mut found = BTreeMap::new();
        for (_, folder) in self.steps() {
            let Ok(begun) = read::<Begun>(&folder.join("step.json")) else { continue };
            for (at, file) in begun.files.into_iter().enumerate() {
                let image = || fs::read_to_string(folder.join(format!("before-{at}"))).ok();
                found.entry(file.path).or_insert_with(image);
            }
        }
        found
    }

    /// Begins a step.
    pub(crate) fn begin(&self, key: &str, title: &str) -> Result<Step<'_>, Finding> {
        let number = self.steps().last().map_or(1, |(last, _)| last + 1);
        let folder = self.folder.join(format!("{number:04}"));
        fs::create_dir_all(&folder).map_err(|error| disk(&folder, &error))?;
        let begun = Begun { key: key.to_owned(), title: title.to_owned(), files: Vec::new() };
        Ok(Step { journal: self, folder, begun })
    }

    /// Undoes the last step; gives its title.
    pub(crate) fn undo_last(&self) -> Result<Option<String>, Finding> {
        let Some((_, folder)) = self.steps().pop() else { return Ok(None) };
        let begun: Begun = read(&folder.join("step.json"))?;
        let done: Done = read(&folder.join("done.json"))?;
        for (path, hash) in &done.after {
            if hash_of(&self.package.join(path)) != *hash {
                let message = format!("is not what step `{}` left", begun.title);
                return Err(CHANGED.at(path, 1, message));
            }
        }
        // From here on the step counts as cut short: a kill in the middle is mended by the next run.
        let path = folder.join("done.json");
        fs::remove_file(&path).map_err(|error| disk(&path, &error))?;
        boundary();
        self.put_back(&folder, &begun)?;
        boundary();
        remove_folder(&folder)?;
        Ok(Some(begun.title))
    }

    fn put_back(&self, folder: &Path, begun: &Begun) -> Result<(), Finding> {
        for (at, file) in begun.files.iter().enumerate() {
            let path = self.package.join(&file.path);
            let _ = fs::remove_file(beside(&path));
            if file.existed {
                let image = folder.join(format!("before-{at}"));
                let content = fs::read(&image).map_err(|error| disk(&image, &error))?;
                if fs::read(&path).ok().as_deref() != Some(&content) {
                    write(&path, &content)?;
                }
            } else if path.exists() {
                fs::remove_file(&path).map_err(|error| disk(&path, &error))?;
                remove_empty_folders(&path, &self.package);
            }
        }
        Ok(())
    }
}

impl Step<'_> {
    /// Writes files of the package, each before-image first.
    pub(crate) fn write(&mut self, texts: &BTreeMap<String, String>) -> Result<(), Finding> {
        let package = &self.journal.package;
        for path in texts.keys() {
            if self.begun.files.iter().any(|file| file.path == *path) {
                continue;
            }
            let existing = fs::read(package.join(path)).ok();
            if let Some(content) = &existing {
                write(&self.folder.join(format!("before-{}", self.begun.files.len())), content)?;
            }
            self.begun.files.push(Before { path: path.clone(), existed: existing.is_some() });
        }
        write_json(&self.folder.join("step.json"), &self.begun)?;
        boundary();
        for (path, text) in texts {
            write(&package.join(path), text.as_bytes())?;
            boundary();
        }
        Ok(())
    }

    /// Records that the step was checked.
    pub(crate) fn finish(self) -> Result<(), Finding> {
        boundary();
        let paths = self.begun.files.iter().map(|file| file.path.clone());
        let after = paths.map(|path| (path.clone(), hash_of(&self.journal.package.join(path))));
        write_json(&self.folder.join("done.json"), &Done { after: after.collect() })?;
        boundary();
        Ok(())
    }

    /// Puts everything back.
    pub(crate) fn roll_back(self) -> Result<(), Finding> {
        self.journal.put_back(&self.folder, &self.begun)?;
        remove_folder(&self.folder)
    }
}

/// A point between two writes.
fn boundary() {
    static PASSED: AtomicUsize = AtomicUsize::new(0);
    let passed = PASSED.fetch_add(1, Ordering::Relaxed) + 1;
    let wanted = std::env::var(ABORT_VARIABLE).ok().and_then(|text| text.parse::<usize>().ok());
    if wanted == Some(passed) {
        std::process::abort();
    }
}

fn disk(path: &Path, error: &dyn std::fmt::Display) -> Finding {
    DISK.at(&path.display().to_string(), 1, error.to_string())
}

fn hash_of(path: &Path) -> Option<String> {
    digest::of_file(path).ok()
}

fn read<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<T, Finding> {
    let text = fs::read_to_string(path).map_err(|error| disk(path, &error))?;
    serde_json::from_str(&text).map_err(|error| disk(path, &error))
}

fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), Finding> {
    let text = serde_json::to_vec_pretty(value).map_err(|error| disk(path, &error))?;
    write(path, &text)
}

/// Beside its place, synced, renamed.
fn write(path: &Path, content: &[u8]) -> Result<(), Finding> {
    let fail = |error: std::io::Error| disk(path, &error);
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(fail)?;
    let beside = beside(path);
    let mut file = fs::File::create(&beside).map_err(fail)?;
    file.write_all(content).and_then(|()| file.sync_all()).map_err(fail)?;
    if let Ok(data) = fs::metadata(path) {
        fs::set_permissions(&beside, data.permissions()).map_err(fail)?;
    }
    fs::rename(&beside, path).map_err(fail)?;
    fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(fail)
}

/// Where a file is written before it takes its place.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".refactor-new");
    path.with_file_name(name)
}

/// `step.json` first: without it a folder is no step, whatever else is left of it.
fn remove_folder(folder: &Path) -> Result<(), Finding> {
    let record = folder.join("step.json");
    if record.exists() {
        fs::remove_file(&record).map_err(|error| disk(&record, &error))?;
    }
    fs::remove_dir_all(folder).map_err(|error| disk(folder, &error))
}

/// Folders that held only files of the step.
fn remove_empty_folders(path: &Path, package: &Path) {
    let mut folder = path.parent();
    while let Some(one) = folder.filter(|one| *one != package && one.starts_with(package)) {
        if fs::remove_dir(one).is_err() {
            break;
        }
        folder = one.parent();
    }
}

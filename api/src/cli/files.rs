//! `import`, `export`, `backup` and loading the demo landscape.

use super::progress::{Counted, Progress, Watched};
use crate::demo;
use persistence::{
    Target,
    audience::Actor,
    store::Store,
    transfer::{ImportReport, Source},
};
use std::{
    fs::{File, OpenOptions},
    io::{BufRead, BufReader, BufWriter, ErrorKind, Read as _, Write},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    rc::Rc,
};

/// Summarises an import.
pub(super) fn describe(ImportReport { created, updated, unchanged }: ImportReport) -> String {
    format!("{created} created, {updated} updated, {unchanged} unchanged")
}

/// Loads the demo landscape into an empty database.
pub(super) fn load_demo(store: &Store) -> Result<(), String> {
    match demo::load(store)? {
        Some(report) => log::info!("demo landscape loaded: {}", describe(report)),
        None => log::info!("the database is not empty; the demo landscape was not loaded"),
    }
    Ok(())
}

/// Imports all lines of the files, or none.
pub(super) fn import(store: &Store, files: &[PathBuf]) -> Result<ImportReport, String> {
    // Each file is read twice.
    let total = files.iter().filter_map(|file| std::fs::metadata(file).ok()).map(|it| 2 * it.len()).sum();
    let progress = Rc::new(Progress::new("import"));
    let mut sources = Vec::new();
    for file in files {
        if file.as_os_str() == "-" {
            let mut bytes = Vec::new();
            std::io::stdin().read_to_end(&mut bytes).map_err(|error| error.to_string())?;
            sources.push(Source::in_memory("standard input", bytes));
        } else {
            let (path, progress) = (file.clone(), Rc::clone(&progress));
            sources.push(Source {
                name: file.display().to_string(),
                open: Box::new(move || {
                    let file = BufReader::new(File::open(&path)?);
                    Ok(Box::new(Watched::new(file, Rc::clone(&progress), total)) as Box<dyn BufRead>)
                }),
            });
        }
    }
    store.import(&Actor::command("import"), &sources).map_err(|error| error.to_string())
}

/// Whether an existing file may be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Existing {
    /// Keep it, and write nothing.
    Keep,
    /// Replace it.
    Replace,
}

/// Fails if the file exists and must be kept.
pub(super) fn refuse_existing(file: Option<&Path>, existing: Existing) -> Result<(), String> {
    match file {
        Some(file) if existing == Existing::Keep && file.symlink_metadata().is_ok() => Err(is_there(file)),
        _ => Ok(()),
    }
}

fn is_there(file: &Path) -> String {
    format!("{} already exists", file.display())
}

/// Exports everything to a file or to standard output. For a file, prints a summary on standard error.
pub(super) fn export(store: &Store, file: Option<&Path>, existing: Existing) -> Result<(), String> {
    let Some(file) = file else {
        let mut out = Counted::new(BufWriter::new(std::io::stdout().lock()), Progress::new("export"));
        store.export(&mut out).map_err(|error| error.to_string())?;
        return out.flush().map_err(|error| error.to_string());
    };
    let (lines, bytes) = write_whole(file, existing, |part, out| write_part(store, part, out))?;
    super::tell(&format!("wrote {lines} records ({bytes} bytes) to {}", file.display()))
}

/// Copies the database to a new file.
pub(super) fn backup(target: &Target, file: &Path) -> Result<(), String> {
    let bytes = write_whole(file, Existing::Keep, |part, _| {
        target.backup(part).map_err(|error| error.to_string())?;
        std::fs::metadata(part).map(|it| it.len()).map_err(|error| format!("{}: {error}", part.display()))
    })?;
    super::tell(&format!("wrote a backup ({bytes} bytes) to {}", file.display()))
}

/// Creates a file with mode 0600, or replaces it, when `write` has written all of it.
fn write_whole<T>(
    file: &Path,
    existing: Existing,
    write: impl FnOnce(&Path, File) -> Result<T, String>,
) -> Result<T, String> {
    let part = part_of(file);
    let out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part);
    let out = out.map_err(|error| format!("{}: {error}", part.display()))?;
    let written = write(&part, out).and_then(|written| {
        let named = match existing {
            Existing::Replace => std::fs::rename(&part, file),
            Existing::Keep => appear(&part, file),
        };
        named.and_then(|()| sync_folder(file)).map(|()| written).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => is_there(file),
            _ => format!("{}: {error}", file.display()),
        })
    });
    if written.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    written
}

/// The temporary file that is renamed when complete.
fn part_of(file: &Path) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.part", std::process::id()));
    file.with_file_name(name)
}

/// Exports everything to a file. Returns the number of lines and bytes.
fn write_part(store: &Store, part: &Path, out: File) -> Result<(u64, u64), String> {
    let at = |error: std::io::Error| format!("{}: {error}", part.display());
    let mut out = Counted::new(BufWriter::new(out), Progress::new("export"));
    store.export(&mut out).map_err(|error| error.to_string())?;
    let (lines, bytes) = (out.lines, out.bytes);
    out.into_inner().into_inner().map_err(|error| at(error.into_error()))?.sync_all().map_err(at)?;
    Ok((lines, bytes))
}

/// Makes a new name survive a power failure.
fn sync_folder(file: &Path) -> std::io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Renames the file, unless the name has been taken meanwhile.
fn appear(part: &Path, file: &Path) -> std::io::Result<()> {
    match std::fs::hard_link(part, file) {
        Ok(()) => std::fs::remove_file(part),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(error),
        // Some file systems have no hard links.
        Err(_) => std::fs::rename(part, file),
    }
}

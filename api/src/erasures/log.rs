//! The erasures of a database, in a file of the data folder, so that a restored backup brings nobody back.

use domain::id::Id;
use persistence::write::erasures::Erasure;
use std::{
    collections::HashSet,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, ErrorKind, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// The file in the data folder: an erasure per line, as JSON.
const FILE: &str = "erasures.ndjson";

/// The file, to which erasures are appended.
#[derive(Debug)]
pub struct ErasureLog {
    file: PathBuf,
    known: Mutex<HashSet<Id>>,
}

impl ErasureLog {
    /// Reads the file, if there is one. Returns its erasures, too.
    ///
    /// # Errors
    /// Says what is wrong with the file.
    pub fn open(data_dir: &Path) -> Result<(Self, Vec<Erasure>), String> {
        let file = data_dir.join(FILE);
        let erasures = match file.try_exists() {
            Ok(false) => Vec::new(),
            _ => {
                complete_last_line(&file).map_err(|error| format!("{}: {error}", file.display()))?;
                read(&file)?
            }
        };
        let known = erasures.iter().map(|erasure| erasure.id).collect();
        Ok((Self { file, known: Mutex::new(known) }, erasures))
    }

    /// Checks that the file can be written. Creates it if it does not exist.
    ///
    /// # Errors
    /// If it cannot.
    pub fn check(&self) -> io::Result<()> {
        self.append_to().map(drop)
    }

    /// Appends the erasures that the file does not have yet. They are on the disk when this returns.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn append(&self, erasures: &[Erasure]) -> io::Result<()> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let new: Vec<&Erasure> = erasures.iter().filter(|erasure| !known.contains(&erasure.id)).collect();
        if new.is_empty() {
            return Ok(());
        }
        let mut lines = Vec::new();
        for erasure in &new {
            serde_json::to_writer(&mut lines, erasure)?;
            lines.push(b'\n');
        }
        let mut file = self.append_to()?;
        // In one piece, because several instances may share the folder.
        file.write_all(&lines)?;
        file.sync_all()?;
        known.extend(new.iter().map(|erasure| erasure.id));
        Ok(())
    }

    fn append_to(&self) -> io::Result<File> {
        match OpenOptions::new().append(true).open(&self.file) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            opened => return opened,
        }
        let folder = self.file.parent().unwrap_or(Path::new("."));
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(&self.file)?;
        File::open(folder)?.sync_all()?;
        Ok(file)
    }
}

/// Reads the erasures of a file.
///
/// # Errors
/// Says what is wrong with the file, and in which line.
pub fn read(file: &Path) -> Result<Vec<Erasure>, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let erasure = |(index, line)| {
        serde_json::from_str(line)
            .map_err(|_| format!("{}, line {}: is not an erasure", file.display(), index + 1))
    };
    text.lines().enumerate().map(erasure).collect()
}

/// Completes the last line, or removes it if the program or the machine died while it was written. Then the
/// erasure was not acknowledged, and the database knows of it.
fn complete_last_line(file: &Path) -> io::Result<()> {
    let bytes = fs::read(file)?;
    let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |index| index + 1);
    let last = &bytes[end..];
    if last.is_empty() {
        return Ok(());
    }
    let mut out = OpenOptions::new().append(true).open(file)?;
    if serde_json::from_slice::<Erasure>(last).is_ok() {
        out.write_all(b"\n")?;
    } else {
        out.set_len(end as u64)?;
    }
    out.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::vocabulary::ChamberCode;
    use std::os::unix::fs::PermissionsExt as _;

    fn erasure(number: u128) -> Erasure {
        let chamber = ChamberCode::parse("ihk-ulm").unwrap();
        Erasure {
            id: Id(uuid::Uuid::from_u128(number)),
            chamber,
            at: "2026-05-12T10:00:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn what_is_appended_is_read_again_however_often_it_breaks_off() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let (log, nothing) = ErasureLog::open(&data).unwrap();
        assert_eq!(nothing, []);
        log.append(&[]).unwrap();
        assert!(!data.exists(), "nothing is made in vain");
        log.append(&[erasure(1), erasure(2)]).unwrap();
        log.append(&[erasure(2), erasure(3)]).unwrap();
        let file = data.join(FILE);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let whole = fs::read(&file).unwrap();
        let line = whole.len() / 3;
        for length in 0..=whole.len() {
            fs::write(&file, &whole[..length]).unwrap();
            let (log, read) = ErasureLog::open(&data).unwrap();
            let complete = (length + 1) / line;
            assert_eq!(read, [erasure(1), erasure(2), erasure(3)][..complete], "{length}");
            log.append(&[erasure(3), erasure(1), erasure(2)]).unwrap();
            assert_eq!(ErasureLog::open(&data).unwrap().1.len(), 3, "{length}");
        }
        fs::write(&file, "{}\n").unwrap();
        let fault = ErasureLog::open(&data).unwrap_err();
        assert!(fault.ends_with("erasures.ndjson, line 1: is not an erasure"), "{fault}");
    }
}

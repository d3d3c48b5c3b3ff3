//! `cargo xtask highs`: cargo where HiGHS can be built, and the allocator's tests with it.
//!
//! HiGHS is C++: it wants cmake, and libclang for its bindings. Both come as Python wheels, into a folder of their own
//! below `target/`; nothing is installed on the machine.

use std::path::{Path, PathBuf};
use std::process::Command;

const VENV: &str = "target/highs";
const WHEELS: [&str; 2] = ["cmake==4.4.5", "libclang==18.1.1"];
/// What runs where nothing is asked for.
const TESTS: &str = "test --release --package oms-alloc --features highs";

/// Runs cargo with these words, or the allocator's tests.
pub(crate) fn run(root: &Path, words: &[&str]) -> Result<(), String> {
    let venv = wheels(root)?;
    let mut cargo = crate::cargo();
    cargo.current_dir(root);
    if words.is_empty() {
        cargo.args(TESTS.split_whitespace());
    } else {
        cargo.args(words);
    }
    let before = std::env::var_os("PATH").unwrap_or_default();
    let folders = [programs(&venv)].into_iter().chain(std::env::split_paths(&before));
    let path = std::env::join_paths(folders).map_err(|error| format!("PATH: {error}"))?;
    cargo.env("PATH", path);
    let find = "import clang.native as native; print(native.__path__[0])";
    cargo.env("LIBCLANG_PATH", answer(Command::new(python(&venv)).args(["-c", find]))?);
    // The wheel has the library alone; the compiler's own headers stand in for its.
    if std::env::var_os("BINDGEN_EXTRA_CLANG_ARGS").is_none()
        && let Ok(headers) = answer(Command::new("cc").arg("-print-file-name=include"))
    {
        cargo.env("BINDGEN_EXTRA_CLANG_ARGS", format!("-I{headers}"));
    }
    match cargo.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("cargo ended with {status}")),
        Err(error) => Err(format!("cannot run cargo: {error}")),
    }
}

/// A folder with both wheels: as it is, or made.
fn wheels(root: &Path) -> Result<PathBuf, String> {
    let venv = root.join(VENV);
    let mark = venv.join("wheels");
    let wanted = WHEELS.join(" ");
    if std::fs::read_to_string(&mark).is_ok_and(|there| there == wanted) {
        return Ok(venv);
    }
    answer(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    answer(Command::new(python(&venv)).args(pip).args(WHEELS))?;
    std::fs::write(&mark, wanted)
        .map_err(|error| format!("cannot write `{}`: {error}", mark.display()))?;
    Ok(venv)
}

fn programs(venv: &Path) -> PathBuf {
    venv.join(if cfg!(windows) { "Scripts" } else { "bin" })
}

fn python(venv: &Path) -> PathBuf {
    programs(venv).join(format!("python{}", std::env::consts::EXE_SUFFIX))
}

/// What a program prints, if it succeeds.
fn answer(command: &mut Command) -> Result<String, String> {
    let told = format!("{command:?}");
    let output = command.output().map_err(|error| format!("cannot run {told}: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let why = String::from_utf8_lossy(&output.stderr);
    Err(format!("{told} ended with {}:\n{}", output.status, why.trim()))
}

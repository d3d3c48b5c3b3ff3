//! Files: made, missing, foreign, damaged, not to be written.

use std::fs;

use crate::shop::{DB, Shop, Told, place};

/// Every command that needs a file.
const COMMANDS: [&[&str]; 8] = [
    &["exec", DB],
    &["source", DB],
    &["show", DB, "order", "O1"],
    &["show", DB, "stock", "A"],
    &["explain", DB, "O1"],
    &["events", DB],
    &["verify", DB],
    &["stats", DB],
];

/// The call fails, says so in one line that names the file, prints nothing else, and says the same as JSON.
#[track_caller]
fn fails(shop: &Shop, args: &[&str], code: &str, text: &str) -> Told {
    let told = shop.run(args).code(2);
    assert_eq!(told.text(), "", "{told:?}");
    assert_eq!(told.err.lines().count(), 1, "{told:?}");
    assert!(told.err.starts_with("oms: ") && told.err.contains(text), "{told:?}");
    let error = shop.run(&[args, &["--json"]].concat()).code(2).error();
    assert_eq!(error["code"], code, "{error}");
    assert!(error["message"].as_str().unwrap().contains(text), "{error}");
    told
}

// Goal: `oms init` makes a file once, harms none, and leaves nothing behind where it fails. Method: a
// new name, a taken one of each kind, a missing folder; what the folder holds after each.
#[test]
fn init() {
    let shop = Shop::empty();
    assert_eq!(shop.run(&["init", DB]).done().text(), "created shop.oms\n");
    let bytes = fs::read(shop.db()).unwrap();
    fails(&shop, &["init", DB], "file.exists", "`shop.oms` exists already");
    assert_eq!(fs::read(shop.db()).unwrap(), bytes);
    shop.write("notes.txt", "mine");
    fails(&shop, &["init", "notes.txt"], "file.exists", "`notes.txt` exists already");
    assert_eq!(fs::read(shop.path().join("notes.txt")).unwrap(), b"mine");
    fails(&shop, &["init", "."], "file.exists", "exists already");
    let no = "there is no folder `no/such`";
    fails(&shop, &["init", "no/such/shop.oms"], "folder.missing", no);
    assert_eq!(shop.run(&["init", "b.oms", "--json"]).done().one()["created"], "b.oms");
    shop.run(&["init", "with blank & ümlaut.oms"]).done();
    let mut there: Vec<String> = fs::read_dir(shop.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    there.sort();
    assert_eq!(there, ["b.oms", "notes.txt", DB, "with blank & ümlaut.oms"]);
    shop.run(&["verify", "with blank & ümlaut.oms"]).done();
}

// Goal: a missing file is said to be missing, with what to do, and not made. Method: every command.
#[test]
fn missing() {
    let shop = Shop::empty();
    for args in COMMANDS {
        fails(&shop, args, "file.missing", "there is no file `shop.oms`; `oms init` creates one");
    }
    assert_eq!(fs::read_dir(shop.path()).unwrap().count(), 0);
    let shop = Shop::new();
    let text = "cannot read `no.jsonl`: No such file";
    fails(&shop, &["exec", DB, "no.jsonl"], "file.failed", text);
    fails(&shop, &["exec", DB, "."], "file.failed", "cannot read `.`");
}

// Goal: what is no engine file is said to be none, and is left as it is. Method: every command on a
// text, an empty file, another program's database, and a folder.
#[test]
fn foreign() {
    let shop = Shop::empty();
    let other = rusqlite::Connection::open(shop.path().join("other.db")).unwrap();
    other.execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (1)").unwrap();
    other.close().unwrap();
    let other = fs::read(shop.path().join("other.db")).unwrap();
    for bytes in [b"order;qty\nO1;2\n".to_vec(), Vec::new(), other, vec![0; 4_096]] {
        shop.write(DB, &bytes);
        for args in COMMANDS {
            fails(&shop, args, "store.schema", "`shop.oms` is no engine file");
        }
        assert_eq!(fs::read(shop.db()).unwrap(), bytes);
    }
    fs::remove_file(shop.db()).unwrap();
    fs::create_dir(shop.db()).unwrap();
    for args in COMMANDS {
        fails(&shop, args, "store.io", "`shop.oms`");
    }
}

// Goal: a file of which a part is gone is never taken for whole: `verify` says no, others that meet
// the damage fail, and nobody panics. Method: an engine file cut at many places.
#[test]
fn cut_off() {
    let shop = Shop::open();
    let orders: Vec<String> =
        (0..60).map(|n| place(&format!("c{n}"), &format!("O{n}"), 1)).collect();
    shop.exec(orders.join("\n")).done();
    let whole = fs::read(shop.db()).unwrap();
    for part in 1..20 {
        let bytes = whole.len() * part / 20;
        shop.write(DB, &whole[..bytes]);
        let told = shop.run(&["verify", DB]);
        assert_eq!(told.code, 1, "{bytes}: {told:?}");
        assert!(told.text().starts_with("not sound: "), "{told:?}");
        let told = shop.run(&["verify", DB, "--json"]).code(1).one();
        assert_eq!(told["sound"], false);
        for args in COMMANDS {
            let told = shop.run(args);
            assert!((0..=2).contains(&told.code), "{told:?}");
        }
    }
    shop.write(DB, &whole);
    shop.run(&["verify", DB]).done();
}

/// Who may not write what belongs to others: the user of the test, unless that is root.
#[cfg(unix)]
mod read_only {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;
    use std::path::Path;
    use std::process::Command;

    use crate::shop::{DB, Shop, oms, place, round};

    const NOBODY: u32 = 65_534;

    fn set(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    /// The binary run by somebody whom permissions stop. It may lie where only root can go.
    fn stopped(shop: &Shop, args: &[&str]) -> (i32, String, String) {
        let copy = shop.path().join("bin");
        let mut command = Command::new(&copy);
        command.args(args).current_dir(shop.path().join("kept"));
        if fs::metadata(shop.path()).unwrap().uid() == 0 {
            command.uid(NOBODY).gid(NOBODY);
        }
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let err = text(output.stderr);
        assert!(!err.contains("panicked"), "{err}");
        (output.status.code().unwrap(), text(output.stdout), err)
    }

    // Goal: a file that may not be written can be looked into by every command that only looks, also
    // where nothing can be written beside it, and every command that writes says why it cannot.
    // Method: an engine file in a folder without the right to write, run by who has no such right.
    #[test]
    fn a_file_that_may_not_be_written() {
        let shop = Shop::open();
        shop.exec([place("c1", "O1", 2), round("R1", &[])].join("\n")).done();
        let kept = shop.path().join("kept");
        fs::create_dir(&kept).unwrap();
        fs::copy(env!("CARGO_BIN_EXE_oms"), shop.path().join("bin")).unwrap();
        set(shop.path(), 0o755);
        fs::copy(shop.db(), kept.join(DB)).unwrap();
        set(&kept.join(DB), 0o444);
        set(&kept, 0o555);
        for args in [
            &["show", DB, "order", "O1"][..],
            &["show", DB, "stock", "A"],
            &["show", DB, "location", "n1"],
            &["explain", DB, "O1"],
            &["events", DB, "--json"],
            &["verify", DB],
            &["stats", DB],
        ] {
            let told = shop.run(args).done();
            let (code, out, err) = stopped(&shop, args);
            assert_eq!((code, err.as_str()), (0, ""), "{args:?}");
            assert_eq!(out, told.text(), "{args:?}");
        }
        for args in [&["exec", DB][..], &["source", DB]] {
            let (code, out, err) = stopped(&shop, args);
            assert_eq!((code, out.as_str()), (2, ""), "{args:?}: {err}");
            let text =
                "oms: `shop.oms` cannot be written: the file or its folder is open to read only\n";
            assert_eq!(err, text, "{args:?}");
        }
        let (code, _, err) = stopped(&shop, &["init", "new.oms"]);
        assert_eq!(code, 2);
        assert!(err.starts_with("oms: `new.oms`"), "{err}");
        // Without the right to read there is nothing to tell but that.
        set(&kept.join(DB), 0o000);
        let (code, _, err) = stopped(&shop, &["verify", DB]);
        assert_eq!(code, 2);
        assert!(err.contains("Permission denied"), "{err}");
        set(&kept, 0o755);
    }

    // Goal: what a writer has put beside its file is never left out by a reader that cannot write.
    // Method: a file with a journal beside it in such a folder; the reader answers with everything
    // or fails, it does not answer with less.
    #[test]
    fn a_journal_beside_it_counts() {
        let shop = Shop::open();
        fs::copy(env!("CARGO_BIN_EXE_oms"), shop.path().join("bin")).unwrap();
        let kept = shop.path().join("kept");
        fs::create_dir(&kept).unwrap();
        // A writer that is still at work leaves its journal.
        let mut writer =
            oms(&["exec", DB], shop.path()).stdin(std::process::Stdio::piped()).spawn().unwrap();
        let mut stdin = writer.stdin.take().unwrap();
        std::io::Write::write_all(&mut stdin, format!("{}\n", place("c1", "O1", 2)).as_bytes())
            .unwrap();
        let mut receipt = [0; 1];
        std::io::Read::read_exact(writer.stdout.as_mut().unwrap(), &mut receipt).unwrap();
        for name in [DB, "shop.oms-wal"] {
            fs::copy(shop.path().join(name), kept.join(name)).unwrap();
            set(&kept.join(name), 0o444);
        }
        drop(stdin);
        writer.wait().unwrap();
        set(shop.path(), 0o755);
        set(&kept, 0o555);
        let (code, out, err) = stopped(&shop, &["show", DB, "order", "O1"]);
        match code {
            0 => assert!(out.starts_with("order O1   reserved"), "{out}"),
            _ => assert!(code == 2 && err.contains("its journal lies beside it"), "{code} {err}"),
        }
        set(&kept, 0o755);
    }
}

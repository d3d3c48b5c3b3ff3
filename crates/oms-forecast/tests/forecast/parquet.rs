//! Histories as Parquet: the same as CSV, whoever wrote them, and what is damaged is refused.

use std::path::PathBuf;
use std::sync::Arc;

use oms_forecast::{BadRow, History, HistoryError};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;

fn bytes(file: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/testdata");
    std::fs::read(folder.join(file)).unwrap()
}

fn read(file: &str) -> Result<History, HistoryError> {
    History::read(&*bytes(file), Some(4))
}

fn same(one: &History, two: &History, file: &str) {
    assert_eq!(one.regressors, two.regressors, "{file}");
    assert_eq!(one.attributes, two.attributes, "{file}");
    assert_eq!(one.left_out, two.left_out, "{file}");
    assert_eq!(one.wanted, two.wanted, "{file}");
}

// Goal: a file is the history that its CSV is. Method: one panel by five writers: texts, categories and whole numbers as
// ids; dates, moments of each unit, of a zone and of the old kind, and texts as `ds`; floats, decimals, whole numbers with
// nulls as `y`; Snappy, Zstandard, gzip, none; many row groups and one; lists and texts in the wide form.
#[test]
fn same_as_csv() {
    let long = read("panel.csv").unwrap();
    assert_eq!(long.wanted.len(), 4);
    assert_eq!(long.regressors.to_vec(), ["promo", "price"]);
    let past = long.wanted[0].series.past();
    assert!(
        past.seen().contains(&false)
            && past.regressor("promo").unwrap().len() > past.values().len()
    );
    for file in ["pandas", "polars", "duckdb", "arrow", "int96", "texts"] {
        same(&read(&format!("{file}.parquet")).unwrap(), &long, file);
    }
    let wide = History::read(&*bytes("wide.csv"), None).unwrap();
    assert_eq!((wide.wanted.len(), wide.wanted[0].horizon), (4, 5));
    assert_eq!(
        (wide.regressors.to_vec(), wide.attributes.to_vec()),
        (vec!["promo".to_owned()], vec!["brand".to_owned()])
    );
    assert!(wide.wanted[0].series.past().first_day().is_some());
    for file in ["wide.parquet", "wide_texts.parquet"] {
        same(&History::read(&*bytes(file), None).unwrap(), &wide, file);
        let whole = |file| History::read_whole(&*bytes(file), 3).unwrap();
        same(&whole(file), &whole("wide.csv"), file);
    }
}

// Goal: what is no history says which column, of which row group or row. Method: one of each kind.
#[test]
fn refused() {
    for (file, told) in [
        ("nested.parquet", "column `more` holds what is nested"),
        ("clock.parquet", "column `ds` holds"),
        ("brotli.parquet", "row group 0, column `unique_id`"),
        ("bytes.parquet", "row group 0, column `unique_id`: "),
    ] {
        let why = read(file).unwrap_err().to_string();
        assert!(why.contains(told), "{file}: {why}");
    }
    let Err(HistoryError::ParquetRow { row, why, .. }) = read("twice.parquet") else {
        panic!("two rows of one day")
    };
    assert!(
        (row, &*why) == (3, &BadRow::Twice("`ds` 2024-01-01 00:00:00".to_owned())),
        "{row} {why}"
    );
}

// Goal: a small file cannot become a large one. Method: one text of a million letters, and one list of one number, so often
// that it is too much.
#[test]
fn expands() {
    use parquet::data_type::{ByteArray, ByteArrayType, DoubleType};
    let write = |schema: &str, fill: &dyn Fn(&mut SerializedColumnWriter<'_>, usize)| {
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let mut file = SerializedFileWriter::new(Vec::new(), schema, Arc::default()).unwrap();
        let mut group = file.next_row_group().unwrap();
        let mut at = 0;
        while let Some(mut column) = group.next_column().unwrap() {
            fill(&mut column, at);
            column.close().unwrap();
            at += 1;
        }
        group.close().unwrap();
        file.into_inner().unwrap()
    };
    let texts = write(
        "message m { required binary unique_id (UTF8); required double ds; required double y; }",
        &|column, at| {
            if at == 0 {
                let text = ByteArray::from("x".repeat(1_000_000).into_bytes());
                column.typed::<ByteArrayType>().write_batch(&vec![text; 1_100], None, None)
            } else {
                column.typed::<DoubleType>().write_batch(&vec![1.0; 1_100], None, None)
            }
            .unwrap();
        },
    );
    let items = 10_010_001;
    let list = write(
        "message m { required binary unique_id (UTF8); required double h; required double season; repeated double y; }",
        &|column, at| {
            let (level, mut begins) = (vec![1; items], vec![1; items]);
            begins[0] = 0;
            match at {
                0 => {
                    column.typed::<ByteArrayType>().write_batch(&[ByteArray::from("A")], None, None)
                }
                3 => column.typed::<DoubleType>().write_batch(
                    &vec![1.0; items],
                    Some(&level),
                    Some(&begins),
                ),
                _ => column.typed::<DoubleType>().write_batch(&[1.0], None, None),
            }
            .unwrap();
        },
    );
    for (file, column, told) in [
        (texts, "unique_id", "more than 1073741824 bytes in few rows"),
        (list, "y", "its lists have more than 10010000 items"),
    ] {
        assert!(file.len() < 3_000_000, "{}", file.len());
        let why = History::read(&*file, Some(1)).unwrap_err().to_string();
        assert!(
            why.contains(&format!("row group 0, column `{column}`")) && why.contains(told),
            "{why}"
        );
    }
}

// Goal: no damage makes a panic, and cut files are refused. Method: every length of a file, and every byte of three files
// set to four other values.
#[test]
fn damaged() {
    for file in ["pandas.parquet", "duckdb.parquet", "wide.parquet"] {
        let whole = bytes(file);
        for len in 0..whole.len() {
            let cut = History::read(&whole[..len], Some(4));
            assert!(cut.is_err(), "{file}, {len} bytes");
        }
        for at in 0..whole.len() {
            for flip in [0x01, 0x80, 0x7f, 0xff] {
                let mut other = whole.clone();
                other[at] ^= flip;
                let _ = History::read(&*other, Some(4));
            }
        }
    }
}

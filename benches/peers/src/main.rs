//! Point forecasts of ours and of a peer over the same histories, one after the other on one thread.
//!
//! ```text
//! cd benches/peers && cargo run --release -- OUT_FOLDER HISTORY.csv.gz …
//! ```
//!
//! Prints seconds for 1,000 series, fit and mean, and how many series each could not forecast; writes the means of each
//! model as CSV (`unique_id,h,mean`), which a scorer can read. Missing values are carried forward for the peer, as its
//! series have none.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anofox_forecast::core::TimeSeries;
use anofox_forecast::models::Forecaster as Peer;
use anofox_forecast::models::exponential::{
    AutoETS, AutoETSConfig, ModelPool, SimpleExponentialSmoothing,
};
use anofox_forecast::models::intermittent::{ADIDA, Croston, IMAPA, TSB};
use anofox_forecast::models::theta::{DynamicOptimizedTheta, Theta as PeerTheta};
use oms_forecast::{
    Adjusted, Aggregated, AutoEts, Average, Ces, DynamicTheta, Forecaster, History, Ses, Theta,
    ToForecast, Tsb,
};

/// Ours by the name of what it is measured against.
fn ours(name: &str) -> Option<Box<dyn Forecaster>> {
    Some(match name {
        "theta" => Box::new(Adjusted(Theta::default())),
        "dot" => Box::new(Adjusted(DynamicTheta::default())),
        "ets" => Box::new(AutoEts::default()),
        "ets_averaged" => Box::new(AutoEts::averaged()),
        "ces" => Box::new(Ces),
        "ens3" => Box::new(Average::of_three()),
        "ses" => Box::new(Ses::default()),
        "sba" => Box::new(oms_forecast::Croston::sba(0.1)),
        "tsb" => Box::new(Tsb::new(0.1, 0.1)),
        "adida" => Box::new(Aggregated::adida()),
        "imapa" => Box::new(Aggregated::imapa()),
        _ => return None,
    })
}

fn theirs(name: &str, season: usize) -> Option<Box<dyn Peer>> {
    let seasonal = season > 1;
    Some(match name {
        "theta" if seasonal => Box::new(PeerTheta::seasonal_optimized(season)),
        "theta" => Box::new(PeerTheta::optimized()),
        "dot" if seasonal => Box::new(DynamicOptimizedTheta::seasonal_optimized(season)),
        "dot" => Box::new(DynamicOptimizedTheta::optimized()),
        "ets" if seasonal => {
            let pool = AutoETSConfig::with_period(season).with_model_pool(ModelPool::Reduced);
            Box::new(AutoETS::with_config(pool))
        }
        "ets" => Box::new(AutoETS::non_seasonal()),
        "ses" => Box::new(SimpleExponentialSmoothing::auto()),
        "sba" => Box::new(Croston::new().sba()),
        "tsb" => Box::new(TSB::new()),
        "adida" => Box::new(ADIDA::new()),
        "imapa" => Box::new(IMAPA::new()),
        _ => return None,
    })
}

const NAMES: [&str; 11] =
    ["theta", "dot", "ets", "ets_averaged", "ces", "ens3", "ses", "sba", "tsb", "adida", "imapa"];

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args_os().skip(1).map(PathBuf::from);
    let out = args.next().ok_or("give a folder to write to, then histories")?;
    println!("set,model,series,ours s/1000,peer s/1000,ratio,ours failed,peer failed");
    for path in args {
        let history = History::read(fs::File::open(&path)?, None)?;
        let set = path.file_name().unwrap_or_default().to_string_lossy().replace(".csv.gz", "");
        for name in NAMES {
            compare(&set, name, &history.wanted, &out)?;
        }
    }
    Ok(())
}

fn compare(set: &str, name: &str, all: &[ToForecast], out: &Path) -> Result<(), Box<dyn Error>> {
    let per_thousand = 1000.0 / all.len().max(1) as f64;
    let model = ours(name).ok_or("no model")?;
    let start = Instant::now();
    let found: Vec<Option<Vec<f64>>> = all
        .iter()
        .map(|wanted| Some(model.fit(&wanted.series.past()).ok()?.mean(wanted.horizon)))
        .collect();
    let own = start.elapsed().as_secs_f64() * per_thousand;
    let failed = written(&out.join(format!("{set}__{name}.csv")), all, &found)?;
    let mut line = format!("{set},{name},{},{own:.3}", all.len());
    if theirs(name, 1).is_some() {
        let series = all.iter().map(peer_series).collect::<Result<Vec<_>, _>>()?;
        let start = Instant::now();
        let found: Vec<Option<Vec<f64>>> = all
            .iter()
            .zip(&series)
            .map(|(wanted, series)| {
                let mut peer = theirs(name, wanted.series.season())?;
                let run = AssertUnwindSafe(|| {
                    peer.fit(series).and_then(|_| peer.predict(wanted.horizon))
                });
                Some(catch_unwind(run).ok()?.ok()?.primary().to_vec())
            })
            .collect();
        let peer = start.elapsed().as_secs_f64() * per_thousand;
        let lost = written(&out.join(format!("{set}__peer_{name}.csv")), all, &found)?;
        write!(line, ",{peer:.3},{:.2},{failed},{lost}", own / peer)?;
    } else {
        write!(line, ",,,{failed},")?;
    }
    println!("{line}");
    Ok(())
}

/// A series of the peer, on days of which only the order counts.
fn peer_series(wanted: &ToForecast) -> Result<TimeSeries, Box<dyn Error>> {
    let mut last = 0.0;
    let steps = wanted.series.values().iter().zip(wanted.series.seen());
    let values: Vec<f64> = steps
        .map(|(y, seen)| {
            last = if *seen { *y } else { last };
            last
        })
        .collect();
    let day = |step: usize| {
        chrono::DateTime::from_timestamp(86_400 * i64::try_from(step).unwrap_or_default(), 0)
            .unwrap_or_default()
    };
    let days = (0..values.len()).map(day).collect();
    TimeSeries::univariate(days, values).map_err(|why| format!("{why:?}").into())
}

/// Writes means; a series without one, or with one that is no number, gets its last value. Gives how many those are.
fn written(
    path: &Path,
    all: &[ToForecast],
    found: &[Option<Vec<f64>>],
) -> Result<usize, Box<dyn Error>> {
    let mut file = std::io::BufWriter::new(fs::File::create(path)?);
    writeln!(file, "unique_id,h,mean")?;
    let mut failed = 0;
    for (wanted, found) in all.iter().zip(found) {
        let sound = found.as_ref().filter(|means| {
            means.len() == wanted.horizon && means.iter().all(|mean| mean.is_finite())
        });
        let last = wanted.series.values().last().copied().unwrap_or_default();
        failed += usize::from(sound.is_none());
        for step in 0..wanted.horizon {
            let mean = sound.map_or(last, |means| means[step]);
            writeln!(file, "{},{},{mean}", wanted.series.id(), step + 1)?;
        }
    }
    Ok(failed)
}

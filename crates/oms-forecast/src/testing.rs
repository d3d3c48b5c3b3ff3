//! The laws of the [`Forecaster`] seam, for a host that plugs in a model of its own.

use crate::forecaster::{Fitted, Forecaster};
use crate::levels::Levels;
use crate::models::State;
use crate::past::Past;
use crate::series::Series;

/// What a model claims beside the laws that bind all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// The same demand in another unit is the same forecast in that unit. A model of whole units does not claim it.
    pub scales: bool,
}

/// Horizons that are asked for, the last one the longest.
const HORIZONS: [usize; 3] = [1, 5, 13];
/// Another unit, and how far two forecasts in two units may be apart, as a share.
const UNIT: f64 = 16.0;
const ROUNDING: f64 = 1e-9;

/// Holds a model to every law of its seam.
///
/// 1. *Numbers*: as many means and quantiles as were asked for, each a number; the quantiles of a step never fall.
/// 2. *Deterministic*: the same past gives the same bits, whatever was fitted in between.
/// 3. *Prefix*: a longer horizon changes nothing in the steps of a shorter one.
/// 4. *Mask*: what stands in at a step that was not seen changes nothing.
/// 5. *No future*: what [`Forecaster::fit_each`] learns at an origin does not change with what comes after it, and it
///    answers for each origin.
/// 6. *Parts*: the parts of a step sum to its mean.
/// 7. *State*: a state forecasts what the fit did, also when it went through bytes.
/// 8. *Scale*, where [`Claims::scales`]: 16 times the demand is 16 times the forecast.
///
/// A model may have no answer for a past; then it has none for the same past again.
///
/// # Panics
/// At the first law that is broken, with the law, the model and the past.
///
/// # Example
/// ```
/// use oms_forecast::testing::{Claims, forecaster_laws};
/// use oms_forecast::{Adjusted, Theta};
///
/// forecaster_laws(&Adjusted(Theta::default()), Claims { scales: true });
/// ```
pub fn forecaster_laws(model: &dyn Forecaster, claims: Claims) {
    for series in histories() {
        if let Err(law) = judge(model, claims, &series) {
            broken(&format!(
                "`{}` breaks a law: {law}\nseason {}, values {:?}, seen {:?}",
                model.name(),
                series.season(),
                series.values(),
                series.seen(),
            ));
        }
    }
}

#[expect(clippy::panic, reason = "that is how a test fails")]
fn broken(what: &str) -> ! {
    panic!("{what}")
}

fn judge(model: &dyn Forecaster, claims: Claims, series: &Series) -> Result<(), String> {
    let past = series.past();
    let first = answered(model, &past)?;
    let again = answered(model, &past)?;
    if first != again {
        return Err("deterministic: the same past gives other bits".to_owned());
    }
    if first != answered(model, &past.with_values(&stand_ins(&past), past.season()))? {
        return Err("mask: another stand-in at a step that nobody saw gives other bits".to_owned());
    }
    learned_apart(model, &past)?;
    if claims.scales {
        let larger: Vec<f64> = past.values().iter().map(|y| y * UNIT).collect();
        let larger = answered(model, &past.with_values(&larger, past.season()))?;
        scaled(first.as_ref(), larger.as_ref())?;
    }
    Ok(())
}

/// All figures of the longest horizon: means, then quantiles of each step. `None` where there is no answer.
type Answer = Option<Vec<f64>>;

/// A fit's answer, which holds to the laws of numbers, prefixes, parts and states.
fn answered(model: &dyn Forecaster, past: &Past<'_>) -> Result<Answer, String> {
    let Ok(fitted) = model.fit(past) else { return Ok(None) };
    let mut longest = figures(&*fitted, HORIZONS[2])?;
    for horizon in HORIZONS {
        let shorter = figures(&*fitted, horizon)?;
        let width = if shorter.len() == horizon { 0 } else { Levels::default().len() };
        let (means, quantiles) = shorter.split_at(horizon);
        let (all_means, all_quantiles) = longest.split_at(HORIZONS[2]);
        let same = same_bits(means, &all_means[..horizon])
            && same_bits(quantiles, all_quantiles.get(..horizon * width).unwrap_or_default());
        if !same {
            return Err(format!(
                "prefix: {horizon} steps differ from the first of {}",
                HORIZONS[2]
            ));
        }
    }
    let parts = fitted.parts(HORIZONS[2]);
    let sums = parts.iter().zip(&longest).all(|(part, mean)| {
        (part.sum() - mean).abs() <= ROUNDING * (mean.abs() + part.level.abs())
    });
    if parts.len() != HORIZONS[2] || !sums {
        return Err("parts: they do not sum to the mean".to_owned());
    }
    if let Some(state) = fitted.state() {
        let read = State::from_bytes(&state.to_bytes()).map_err(|why| format!("state: {why}"))?;
        let near = |a: &f64, b: &f64| (a - b).abs() <= 1e-5 * a.abs().max(b.abs());
        let (own, read) = (state.mean(HORIZONS[2]), read.mean(HORIZONS[2]));
        let all_near = own.iter().zip(&read).all(|(a, b)| near(a, b));
        if !same_bits(&own, &longest[..HORIZONS[2]]) || !all_near {
            return Err("state: it forecasts another mean than its fit".to_owned());
        }
    }
    // Minus zero and zero are one figure.
    longest.iter_mut().for_each(|value| *value += 0.0);
    Ok(Some(longest))
}

fn same_bits(left: &[f64], right: &[f64]) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|(a, b)| a.to_bits() == b.to_bits())
}

/// Means, then quantiles, all of them sound.
fn figures(fitted: &dyn Fitted, horizon: usize) -> Result<Vec<f64>, String> {
    let levels = Levels::default();
    let mut all = fitted.mean(horizon);
    if all.len() != horizon {
        return Err(format!("numbers: {} means for {horizon} steps", all.len()));
    }
    if let Some(quantiles) = fitted.quantiles(horizon, &levels) {
        if quantiles.dim() != (horizon, levels.len()) {
            return Err(format!("numbers: quantiles of shape {:?}", quantiles.dim()));
        }
        for row in quantiles.outer_iter() {
            if row.iter().zip(row.iter().skip(1)).any(|(low, high)| low > high) {
                return Err(format!("numbers: quantiles cross: {row}"));
            }
        }
        all.extend(quantiles.iter());
    }
    if let Some(wrong) = all.iter().find(|value| !value.is_finite()) {
        return Err(format!("numbers: `{wrong}` is none"));
    }
    Ok(all)
}

/// The values with something else at each step that was not seen.
fn stand_ins(past: &Past<'_>) -> Vec<f64> {
    let steps = past.values().iter().zip(past.seen());
    steps.map(|(y, seen)| if *seen { *y } else { 3.0 * y + 17.0 }).collect()
}

/// What is learned at origins, with one future and with another.
fn learned_apart(model: &dyn Forecaster, past: &Past<'_>) -> Result<(), String> {
    let n = past.values().len();
    let origins = [n / 2, n * 3 / 4, n.saturating_sub(1)];
    if n < 8 {
        return Ok(());
    }
    let mut other = past.values().to_vec();
    // The last origin's future is one step; the first one's half of all.
    for last in [false, true] {
        let from = if last { origins[2] } else { origins[0] };
        other[from..].iter_mut().for_each(|y| *y = 2.0 * *y + 5.0);
        let futures = [*past, past.with_values(&other, past.season())];
        let mut means: Vec<Option<Vec<f64>>> = Vec::new();
        for future in futures {
            // Only origins whose pasts are the same in both are compared.
            let known = if last { &origins[..] } else { &origins[..1] };
            let Ok(fits) = model.fit_each(&future, known) else {
                means.push(None);
                continue;
            };
            if fits.len() != known.len() {
                return Err(format!("no future: {} fits for {} origins", fits.len(), known.len()));
            }
            means.push(Some(fits.iter().flat_map(|fitted| fitted.mean(HORIZONS[1])).collect()));
        }
        let same = match (&means[0], &means[1]) {
            (Some(one), Some(two)) => same_bits(one, two),
            (one, two) => one.is_none() && two.is_none(),
        };
        if !same {
            return Err(
                "no future: what comes after an origin changes what is learned at it".to_owned()
            );
        }
        other.copy_from_slice(past.values());
    }
    Ok(())
}

fn scaled(units: Option<&Vec<f64>>, larger: Option<&Vec<f64>>) -> Result<(), String> {
    let (Some(units), Some(larger)) = (units, larger) else {
        let same = units.is_none() && larger.is_none();
        return if same { Ok(()) } else { Err("scale: an answer in one unit only".to_owned()) };
    };
    let off = |(unit, large): (&f64, &f64)| (unit * UNIT - large).abs() > ROUNDING * large.abs();
    match units.iter().zip(larger).find(|pair| off(*pair)) {
        Some((unit, large)) => {
            Err(format!("scale: {unit} became {large} in a unit {UNIT} times smaller"))
        }
        None => Ok(()),
    }
}

/// Pasts of every kind: long and short, with trend, season, zeros, gaps, one size or all sizes.
fn histories() -> Vec<Series> {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut all = Vec::new();
    for (n, season) in
        [(1, 1), (2, 1), (3, 4), (7, 1), (9, 4), (24, 12), (40, 7), (60, 12), (90, 7), (130, 12)]
    {
        for kind in 0..6 {
            let mut values: Vec<Option<f64>> = Vec::with_capacity(n);
            for t in 0..n {
                let noise = dice.next();
                let swing = if t % season == season / 2 { 1.0 } else { 0.0 };
                let y = match kind {
                    0 => 20.0 + 8.0 * noise,
                    1 => 50.0 + t as f64 + 30.0 * swing + 4.0 * noise,
                    2 => (100.0 + t as f64) * (1.0 + 0.5 * swing) * (1.0 + 0.1 * noise),
                    3 => (6.0 * noise - 4.0).max(0.0).ceil(),
                    4 => (3.0 * noise).floor() + 2.0 * swing,
                    _ => 40.0 * noise - 20.0,
                };
                let missing = kind % 2 == 0 && dice.next() < 0.15 && t > 0;
                values.push((!missing).then_some(y));
            }
            all.extend(Series::new(format!("kind {kind}, {n} steps"), season, values));
        }
    }
    all
}

/// Figures between 0 and 1 without pattern, the same in every run.
///
/// Source: the generator SplitMix64 of Steele, Lea and Flood, 2014.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) as f64 / u64::MAX as f64
    }
}

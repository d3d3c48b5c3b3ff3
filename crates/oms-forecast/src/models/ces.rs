//! Complex exponential smoothing: a level with a hidden companion that together turn and shrink, so that one model
//! covers what is level and what is trend.
//!
//! The states before the first value are found by going back from the last value to the first, with the same weights.
//!
//! # Source
//! Svetunkov, Kourentzes and Ord, *Complex exponential smoothing*, Naval Research Logistics 69, 2022: the forms without a
//! season, with a simple, a partial and a full one; the choice by the corrected criterion of Akaike.

use super::descent::descend;
use super::{at_least, filled};
use crate::forecaster::{Fitted, Forecaster, NotFitted};
use crate::past::Past;

/// What of a season the form knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Nothing.
    None,
    /// All states are those of a season before.
    Simple,
    /// A level as without a season, and amounts by place.
    Partial,
    /// A level, and a second one by place.
    Full,
}

const FORMS: [Form; 4] = [Form::None, Form::Simple, Form::Partial, Form::Full];
/// A slope is taken over this, in units of weights.
const TINY: f64 = 1e-5;

/// Complex exponential smoothing; the form of the season is chosen.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ces;

/// Level and companion, without a season (lag 1) and by place.
#[derive(Clone, Debug, Default)]
struct States {
    level: [f64; 2],
    places: Vec<[f64; 2]>,
    place: usize,
}

/// Weights: real and imaginary part of the first, and of the second by place.
type Weights = [f64; 4];

impl Form {
    fn weights(self) -> usize {
        match self {
            Self::None | Self::Simple => 2,
            Self::Partial => 3,
            Self::Full => 4,
        }
    }

    /// Weights, states and the size of errors.
    fn learned(self, places: usize) -> usize {
        1 + match self {
            Self::None => 4,
            Self::Simple => 2 + 2 * places,
            Self::Partial => 5 + places,
            Self::Full => 6 + 2 * places,
        }
    }

    fn start(self, [real, imaginary]: [f64; 2]) -> Vec<f64> {
        match self {
            Self::None | Self::Simple => vec![real, imaginary],
            Self::Partial => vec![real, imaginary, 0.1],
            Self::Full => vec![real, imaginary, 1.3, 1.0],
        }
    }
}

/// One level with its companion takes in an error.
fn turned([level, companion]: [f64; 2], [real, imaginary]: [f64; 2], error: f64) -> [f64; 2] {
    [
        level - (1.0 - imaginary) * companion + (real - imaginary) * error,
        level + (1.0 - real) * companion + (real + imaginary) * error,
    ]
}

impl States {
    fn expected(&self, form: Form) -> f64 {
        match form {
            Form::None => self.level[0],
            Form::Simple => self.places[self.place][0],
            Form::Partial | Form::Full => self.level[0] + self.places[self.place][0],
        }
    }

    fn take(&mut self, form: Form, weights: Weights, error: f64) {
        let [real, imaginary, second, fourth] = weights;
        if form != Form::Simple {
            self.level = turned(self.level, [real, imaginary], error);
        }
        if form == Form::None {
            return;
        }
        let here = &mut self.places[self.place];
        match form {
            Form::Simple => *here = turned(*here, [real, imaginary], error),
            Form::Partial => here[0] += second * error,
            _ => *here = turned(*here, [second, fourth], error),
        }
        self.place = if self.place + 1 == self.places.len() { 0 } else { self.place + 1 };
    }

    /// The same seen from the other end: the next value is the one that was last.
    fn reverse(&mut self) {
        if self.places.is_empty() {
            return;
        }
        // The place that comes next is that of a season before; going back, the last one comes first.
        self.places.rotate_left(self.place);
        self.places.reverse();
        self.place = 0;
    }
}

impl Ces {
    fn unsuited(&self) -> NotFitted {
        let why = "no form of it stays bounded on them".to_owned();
        NotFitted::Unsuited { model: self.name().to_owned(), why }
    }
}

impl Forecaster for Ces {
    fn name(&self) -> &str {
        "ces"
    }

    fn fit(&self, past: &Past<'_>) -> Result<Box<dyn Fitted>, NotFitted> {
        at_least(LEAST, past, self.name())?;
        let search = Search::new(past);
        search
            .chosen(None)
            .map(|end| Box::new(end) as Box<dyn Fitted>)
            .ok_or_else(|| self.unsuited())
    }

    fn fit_each(
        &self,
        past: &Past<'_>,
        origins: &[usize],
    ) -> Result<Vec<Box<dyn Fitted>>, NotFitted> {
        let mut known: Option<(Form, Weights)> = None;
        let mut all: Vec<Box<dyn Fitted>> = Vec::with_capacity(origins.len());
        for (at, origin) in origins.iter().enumerate() {
            let past = past.first(*origin);
            at_least(LEAST, &past, self.name())?;
            let search = Search::new(&past);
            let end = search.chosen(known.filter(|_| at % CHOSEN_EVERY != 0));
            let end = end.ok_or_else(|| self.unsuited())?;
            known = Some((end.form, end.weights));
            all.push(Box::new(end));
        }
        Ok(all)
    }
}

/// Values without which none is fitted.
const LEAST: usize = 8;
/// Origins of a backtest from one choice of the form to the next.
const CHOSEN_EVERY: usize = 10;
/// Real and imaginary weights from which a search may begin.
const STARTS: [[f64; 2]; 5] = [[1.3, 1.0], [1.05, 0.95], [1.6, 1.05], [0.7, 0.9], [1.1, 1.02]];

/// One past in units of its own size.
struct Search {
    values: Vec<f64>,
    unit: f64,
    places: usize,
}

/// The states at the end of a past. Values are `unit` times larger outside.
#[derive(Clone, Debug)]
struct End {
    form: Form,
    weights: Weights,
    states: States,
    unit: f64,
    aicc: f64,
}

impl Fitted for End {
    fn mean(&self, horizon: usize) -> Vec<f64> {
        let mut states = self.states.clone();
        let step = |_| {
            let expected = states.expected(self.form);
            states.take(self.form, self.weights, 0.0);
            expected * self.unit
        };
        (0..horizon).map(step).collect()
    }
}

impl Search {
    fn new(past: &Past<'_>) -> Self {
        let values = filled(past);
        let unit = values.iter().map(|y| y.abs()).sum::<f64>() / values.len() as f64;
        let unit = if unit > 0.0 && unit.is_finite() { unit } else { 1.0 };
        let values: Vec<f64> = values.iter().map(|y| y / unit).collect();
        let places = if values.len() >= 2 * past.season() { past.season() } else { 1 };
        Self { values, unit, places }
    }

    /// The form of the least criterion; one that is known already is learned a little further only.
    fn chosen(&self, known: Option<(Form, Weights)>) -> Option<End> {
        if let Some((form, weights)) = known
            && let Some(end) = self.fitted(form, Some(weights))
        {
            return Some(end);
        }
        let forms = if self.places > 1 { &FORMS[..] } else { &FORMS[..1] };
        let ends = forms.iter().filter_map(|form| self.fitted(*form, None));
        ends.reduce(|best, next| if next.aicc < best.aicc { next } else { best })
    }

    fn fitted(&self, form: Form, known: Option<Weights>) -> Option<End> {
        let learned = form.learned(self.places) as f64;
        let n = self.values.len() as f64;
        if n <= learned + 1.0 {
            return None;
        }
        let rough = self.rough(form);
        let mut room = States::default();
        let mut worth = |at: &[f64]| self.run(form, written(form, at), &rough, &mut room);
        let mut at = match known {
            Some(weights) => weights[..form.weights()].to_vec(),
            None => {
                let starts = STARTS.map(|start| form.start(start));
                let tried = starts.into_iter().map(|at| (worth(&at), at));
                tried.reduce(|best, next| if next.0 < best.0 { next } else { best })?.1
            }
        };
        let steps = if known.is_some() { 4 } else { 60 };
        let cost = descend(&mut at, 1e-3, steps, |at, slope| {
            let here = worth(at);
            let mut near = at.to_vec();
            for (side, slope) in slope.iter_mut().enumerate() {
                near[side] += TINY;
                *slope = (worth(&near) - here) / TINY;
                near[side] = at[side];
            }
            here
        });
        let weights = written(form, &at);
        let states = self.run_to_end(form, weights, &rough)?;
        let aicc = cost + 2.0 * learned + 2.0 * learned * (learned + 1.0) / (n - learned - 1.0);
        aicc.is_finite().then_some(End { form, weights, states, unit: self.unit, aicc })
    }

    /// A start that only has to be near: the mean of the first values, and what is left of them by place.
    fn rough(&self, form: Form) -> States {
        let first = &self.values[..self.values.len().min(2 * self.places.max(4))];
        let mean = first.iter().sum::<f64>() / first.len() as f64;
        let companion = mean / 1.1;
        let place = |place: usize| {
            let own = first.iter().skip(place).step_by(self.places);
            let own = own.clone().sum::<f64>() / own.count().max(1) as f64;
            match form {
                Form::Simple => [own, own / 1.1],
                _ => [own - mean, (own - mean) / 1.1],
            }
        };
        let places =
            if form == Form::None { Vec::new() } else { (0..self.places).map(place).collect() };
        let level = if form == Form::Simple { [0.0; 2] } else { [mean, companion] };
        States { level, places, place: 0 }
    }

    /// Forward and back from a rough start, which leaves a good one; then forward again, for the cost.
    fn run(&self, form: Form, weights: Weights, rough: &States, states: &mut States) -> f64 {
        if !bounded(form, weights) {
            return f64::INFINITY;
        }
        states.clone_from(rough);
        let one = |y: &f64, states: &mut States| {
            let error = y - states.expected(form);
            states.take(form, weights, error);
            error * error
        };
        self.values.iter().for_each(|y| {
            one(y, states);
        });
        states.reverse();
        self.values.iter().rev().for_each(|y| {
            one(y, states);
        });
        states.reverse();
        let squares: f64 = self.values.iter().map(|y| one(y, states)).sum();
        let n = self.values.len() as f64;
        n * f64::max(squares, n * 1e-24).ln()
    }

    fn run_to_end(&self, form: Form, weights: Weights, rough: &States) -> Option<States> {
        let mut states = States::default();
        let cost = self.run(form, weights, rough, &mut states);
        cost.is_finite().then_some(states)
    }
}

fn written(form: Form, at: &[f64]) -> Weights {
    let mut weights = [0.0; 4];
    weights.iter_mut().zip(&at[..form.weights()]).for_each(|(weight, at)| *weight = *at);
    weights
}

/// Whether an error is forgotten in time.
fn bounded(form: Form, [real, imaginary, second, fourth]: Weights) -> bool {
    let turn = |real: f64, imaginary: f64| {
        let trace = 2.0 - 2.0 * real + imaginary;
        let det =
            (1.0 - real + imaginary) * (1.0 - real) - (imaginary - 1.0) * (1.0 - real - imaginary);
        det.abs() < 1.0 && trace.abs() < 1.0 + det
    };
    turn(real, imaginary)
        && match form {
            Form::None | Form::Simple => true,
            Form::Partial => (0.0..1.0).contains(&second),
            Form::Full => turn(second, fourth),
        }
}

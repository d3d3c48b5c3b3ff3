//! Models by name, and which of them are tried on which demand.

use std::fmt;
use std::str::FromStr;

use crate::demand::DemandClass;
use crate::forecaster::Forecaster;
use crate::models::{
    Aggregated, AutoArima, AutoEts, Average, Ces, Croston, DampedHolt, Drift, DynamicTheta,
    Empirical, HoltWinters, Hurdle, MOST_SEASON, Mstl, NegativeBinomial, Regression, SeasonalNaive,
    Ses, Theta, Tsb,
};
use crate::panel::Panel;
use crate::past::Past;
use crate::season::{Adjusted, Long, Told, further};

/// There is no model of this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no model `{0}`; there are {all}", all = Model::NAMES.join(", "))]
pub struct UnknownModel(String);

/// What forecasts a series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Model {
    /// What did best on the series' own past, of those that suit its demand.
    #[default]
    Auto,
    /// [`SeasonalNaive`].
    SeasonalNaive,
    /// [`Drift`].
    Drift,
    /// [`Ses`], without the season.
    Ses,
    /// [`DampedHolt`], without the season.
    Holt,
    /// [`Theta`], without the season.
    Theta,
    /// [`HoltWinters`] with a season of amounts.
    HoltWinters,
    /// [`AutoEts`].
    Ets,
    /// [`DynamicTheta`], without the season.
    Dot,
    /// [`Ces`].
    Ces,
    /// [`AutoArima`]; of a longer season than it models, on what is left when that is taken out.
    Arima,
    /// [`Average::of_three`].
    Ens3,
    /// [`Mstl`] over the season, and over the week where that is a day of hours, with [`DynamicTheta`] on what is left.
    Mstl,
    /// [`Croston`] as he wrote it.
    Croston,
    /// [`Croston`] with the correction of Syntetos and Boylan.
    Sba,
    /// [`Tsb`].
    Tsb,
    /// [`NegativeBinomial`].
    NegativeBinomial,
    /// [`Hurdle`].
    Hurdle,
    /// [`Aggregated::adida`].
    Adida,
    /// [`Aggregated::imapa`].
    Imapa,
    /// [`Empirical`].
    Empirical,
    /// [`Empirical`] by place of the season.
    SeasonalEmpirical,
    /// A level times what the [`Panel`] knows of promotions, prices, weekdays and the time of the year.
    Regression,
    /// The [`GlobalModel`](crate::GlobalModel) of the panel; of a series without one, learned from itself alone. Where
    /// there is too little to learn from, as [`Auto`](Self::Auto).
    Boosted,
}

impl Model {
    /// All names.
    pub const NAMES: [&'static str; 24] = [
        "auto",
        "seasonal_naive",
        "drift",
        "ses",
        "holt",
        "theta",
        "holt_winters",
        "ets",
        "dot",
        "ces",
        "arima",
        "ens3",
        "mstl",
        "croston",
        "sba",
        "tsb",
        "negative_binomial",
        "hurdle",
        "adida",
        "imapa",
        "empirical",
        "seasonal_empirical",
        "regression",
        "boosted",
    ];

    const ALL: [Self; 24] = [
        Self::Auto,
        Self::SeasonalNaive,
        Self::Drift,
        Self::Ses,
        Self::Holt,
        Self::Theta,
        Self::HoltWinters,
        Self::Ets,
        Self::Dot,
        Self::Ces,
        Self::Arima,
        Self::Ens3,
        Self::Mstl,
        Self::Croston,
        Self::Sba,
        Self::Tsb,
        Self::NegativeBinomial,
        Self::Hurdle,
        Self::Adida,
        Self::Imapa,
        Self::Empirical,
        Self::SeasonalEmpirical,
        Self::Regression,
        Self::Boosted,
    ];

    /// Whether it has series that have hardly begun speak by those that they are like, where a panel
    /// [welcomes](Panel::welcoming) such.
    #[must_use]
    pub fn welcomes(self) -> bool {
        matches!(self, Self::Auto | Self::Boosted)
    }

    /// What is tried, the simpler first.
    pub(crate) fn pool(
        self,
        class: DemandClass,
        past: &Past<'_>,
        panel: &Panel,
        horizon: usize,
    ) -> Vec<Box<dyn Forecaster>> {
        let regression = || Regression::of(panel.effects(past), past, horizon);
        let one: Box<dyn Forecaster> = match self {
            Self::Auto | Self::Boosted => {
                let regression = regression();
                if regression.reads_plans() {
                    return planned(regression, past);
                }
                let mut pool = auto(class, past);
                if regression.is_worth_it() {
                    pool.push(Box::new(regression));
                }
                return pool;
            }
            Self::Regression => Box::new(regression()),
            Self::SeasonalNaive => Box::new(SeasonalNaive),
            Self::Drift => Box::new(Drift),
            Self::Ses => Box::new(Adjusted(Ses::default())),
            Self::Holt => Box::new(Adjusted(DampedHolt::default())),
            Self::Theta => Box::new(Adjusted(Theta::default())),
            Self::HoltWinters => Box::new(HoltWinters::default()),
            Self::Ets => Box::new(AutoEts::averaged()),
            Self::Dot => Box::new(Adjusted(DynamicTheta::default())),
            Self::Ces => Box::new(Ces),
            Self::Arima if past.season() > MOST_SEASON => Box::new(Adjusted(AutoArima)),
            Self::Arima => Box::new(AutoArima),
            Self::Ens3 => Box::new(Average::of_three()),
            Self::Mstl => Box::new(mstl(past.season())),
            Self::Croston => Box::new(Croston::new(0.1)),
            Self::Sba => Box::new(Croston::sba(0.1)),
            Self::Tsb => Box::new(Tsb::new(0.1, 0.1)),
            Self::NegativeBinomial => Box::new(NegativeBinomial),
            Self::Hurdle => Box::new(Hurdle::new(0.05, 0.05)),
            Self::Adida => Box::new(Aggregated::adida()),
            Self::Imapa => Box::new(Aggregated::imapa()),
            Self::Empirical => Box::new(Empirical::default()),
            Self::SeasonalEmpirical => Box::new(Empirical::seasonal()),
        };
        vec![one]
    }
}

/// One that knows what is planned, and those that would tell if it were no good.
fn planned(regression: Regression, past: &Past<'_>) -> Vec<Box<dyn Forecaster>> {
    let n = past.values().len() as f64;
    vec![
        Box::new(Adjusted(Ses::default())),
        Box::new(Empirical::seasonal().with_half_life(n / 4.0)),
        Box::new(Empirical::default().with_half_life(n / 8.0)),
        Box::new(regression),
    ]
}

/// Hours of a day, and of a week.
const HOURS: usize = 24;
const WEEK: usize = 168;

/// Hours have two seasons: a day and a week.
fn mstl(season: usize) -> Mstl<DynamicTheta> {
    let seasons = if season == HOURS { vec![HOURS, WEEK] } else { vec![season] };
    Mstl::new(seasons, DynamicTheta::default())
}

/// Up to so many steps demand that never stops gets strong models alone; a longer past has the evidence to choose among
/// simple ones too.
pub(crate) const SHORT: usize = 400;

/// Demand in so many of all steps hardly ever stops.
const OFTEN: f64 = 0.95;

/// Those that suit a class. A season is tried where the history has two of them.
fn auto(class: DemandClass, past: &Past<'_>) -> Vec<Box<dyn Forecaster>> {
    let n = past.values().len() as f64;
    let seasonal = past.season() > 1 && past.values().len() >= 3 * past.season();
    let mut pool: Vec<Box<dyn Forecaster>> = Vec::new();
    if class.is_sparse() {
        pool.push(Box::new(Empirical::default()));
        pool.push(Box::new(Empirical::default().with_half_life(n / 4.0)));
        pool.push(Box::new(Croston::sba(0.1)));
        pool.push(Box::new(Tsb::new(0.1, 0.05)));
        pool.push(Box::new(Ses::default()));
        pool.push(Box::new(NegativeBinomial));
        pool.push(Box::new(Hurdle::new(0.05, 0.05)));
        if seasonal {
            pool.push(Box::new(Empirical::seasonal()));
            pool.push(Box::new(Empirical::seasonal().with_half_life(n / 4.0)));
        }
        return pool;
    }
    for season in further(past) {
        pool.push(Box::new(Told::new(season, SeasonalNaive)));
        pool.push(Box::new(Long::new(season, Ses::default())));
        pool.push(Box::new(Long::new(season, Theta::default())));
        pool.push(Box::new(Told::new(season, Empirical::seasonal().with_half_life(n / 4.0))));
    }
    let (sold, count) =
        past.known().fold((0.0, 0.0), |(sold, n), y| (sold + f64::from(y > 0.0), n + 1.0));
    let short = past.values().len() <= SHORT;
    let steady = sold >= count * if short { OFTEN } else { 1.0 };
    if steady {
        pool.push(Box::new(Adjusted(Theta::default())));
        pool.push(Box::new(Adjusted(DynamicTheta::default())));
        pool.push(Box::new(Ces));
        pool.push(Box::new(AutoEts::averaged()));
        if past.season() == HOURS {
            pool.push(Box::new(mstl(HOURS)));
        }
    }
    if past.season() > 1 {
        pool.push(Box::new(SeasonalNaive));
    }
    if steady && short {
        // Few and strong models, with nearly equal weights: evidence of a short past chooses badly.
        if past.season() <= MOST_SEASON {
            pool.push(Box::new(AutoArima));
        }
        pool.push(Box::new(Average::of_three()));
        return pool;
    }
    pool.push(Box::new(Adjusted(Ses::default())));
    pool.push(Box::new(Adjusted(DampedHolt::default())));
    if !steady {
        pool.push(Box::new(Adjusted(Theta::default())));
    }
    if seasonal {
        pool.push(Box::new(HoltWinters::default()));
        pool.push(Box::new(HoltWinters::by_factors()));
        pool.push(Box::new(Empirical::seasonal().with_half_life(n / 4.0)));
    }
    pool.push(Box::new(Empirical::default()));
    pool.push(Box::new(Empirical::default().with_half_life(n / 8.0)));
    if !steady {
        pool.push(Box::new(NegativeBinomial));
        pool.push(Box::new(Hurdle::new(0.05, 0.05)));
    }
    pool
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = Self::ALL.iter().position(|model| model == self).unwrap_or_default();
        f.write_str(Self::NAMES[at])
    }
}

impl FromStr for Model {
    type Err = UnknownModel;

    fn from_str(name: &str) -> Result<Self, UnknownModel> {
        let known = Self::NAMES.iter().position(|its| *its == name);
        known.map(|at| Self::ALL[at]).ok_or_else(|| UnknownModel(name.to_owned()))
    }
}

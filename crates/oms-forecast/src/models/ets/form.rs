//! The forms that exponential smoothing can have, and their names.

use std::fmt;
use std::str::FromStr;

/// How an error enters: as an amount, or as a share of what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EtsError {
    /// An amount.
    Additive,
    /// A share.
    Multiplicative,
}

/// How the level goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EtsTrend {
    /// It stays.
    None,
    /// It goes on by the same amount each step.
    Additive,
    /// By an amount that runs out.
    Damped,
}

/// How the season enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EtsSeason {
    /// There is none.
    None,
    /// Amounts on top of the level.
    Additive,
    /// Factors of the level.
    Multiplicative,
}

/// One form of exponential smoothing, written as `MAdM`: error, trend, season.
///
/// # Example
/// ```
/// use oms_forecast::EtsForm;
///
/// let form: EtsForm = "MAdM".parse()?;
/// assert_eq!(form.to_string(), "MAdM");
/// assert!("AAM".parse::<EtsForm>().is_err());
/// # Ok::<(), oms_forecast::UnknownForm>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EtsForm {
    pub(crate) error: EtsError,
    pub(crate) trend: EtsTrend,
    pub(crate) season: EtsSeason,
}

/// There is no such form of exponential smoothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no form `{0}`; write error (A, M), trend (N, A, Ad) and season (N, A, M) as in `MAdM`; not A with a season M"
)]
pub struct UnknownForm(String);

impl EtsForm {
    /// A form; `None` for an additive error under a multiplicative season, whose variance is infinite.
    #[must_use]
    pub fn new(error: EtsError, trend: EtsTrend, season: EtsSeason) -> Option<Self> {
        let admissible = !(error == EtsError::Additive && season == EtsSeason::Multiplicative);
        admissible.then_some(Self { error, trend, season })
    }

    /// How an error enters.
    #[must_use]
    pub fn error(self) -> EtsError {
        self.error
    }

    /// How the level goes on.
    #[must_use]
    pub fn trend(self) -> EtsTrend {
        self.trend
    }

    /// How the season enters.
    #[must_use]
    pub fn season(self) -> EtsSeason {
        self.season
    }

    /// Whether all values must be above zero.
    pub(crate) fn is_positive(self) -> bool {
        self.error == EtsError::Multiplicative || self.season == EtsSeason::Multiplicative
    }

    /// Weights that are learned: of level, trend, season and damping.
    pub(crate) fn weights(self) -> usize {
        let trend = match self.trend {
            EtsTrend::None => 0,
            EtsTrend::Additive => 1,
            EtsTrend::Damped => 2,
        };
        1 + trend + usize::from(self.season != EtsSeason::None)
    }

    /// Everything that is learned: weights, start and the size of errors.
    pub(crate) fn learned(self, season: usize) -> usize {
        let trend = usize::from(self.trend != EtsTrend::None);
        let places = if self.season == EtsSeason::None { 0 } else { season - 1 };
        self.weights() + 1 + trend + places + 1
    }
}

impl fmt::Display for EtsForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.error {
            EtsError::Additive => "A",
            EtsError::Multiplicative => "M",
        })?;
        f.write_str(match self.trend {
            EtsTrend::None => "N",
            EtsTrend::Additive => "A",
            EtsTrend::Damped => "Ad",
        })?;
        f.write_str(match self.season {
            EtsSeason::None => "N",
            EtsSeason::Additive => "A",
            EtsSeason::Multiplicative => "M",
        })
    }
}

impl FromStr for EtsForm {
    type Err = UnknownForm;

    fn from_str(name: &str) -> Result<Self, UnknownForm> {
        let error = [EtsError::Additive, EtsError::Multiplicative];
        let trend = [EtsTrend::None, EtsTrend::Additive, EtsTrend::Damped];
        let season = [EtsSeason::None, EtsSeason::Additive, EtsSeason::Multiplicative];
        error
            .into_iter()
            .flat_map(|error| trend.map(|trend| (error, trend)))
            .flat_map(|(error, trend)| season.map(|season| Self::new(error, trend, season)))
            .flatten()
            .find(|form| form.to_string() == name)
            .ok_or_else(|| UnknownForm(name.to_owned()))
    }
}

//! The levels at which quantiles are wanted.

/// The 15 levels that quantiles have unless others are asked for.
const USUAL: [u16; 15] = [10, 25, 50, 100, 200, 300, 400, 500, 600, 700, 800, 900, 950, 975, 990];

/// Why these can be no levels.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LevelsError {
    /// Not between 0 and 1, or finer than a thousandth.
    #[error("`{0}` is no level; give thousandths between 0.001 and 0.999")]
    Level(f64),
    /// Not from low to high, or one of them twice.
    #[error(
        "level `{0}` does not stand above the one before it; give them from low to high, each once"
    )]
    Order(f64),
    /// There is none.
    #[error("there is no level; give one at least, 0.5 is the median")]
    None,
}

/// Levels of quantiles in thousandths, from low to high, each once.
///
/// # Example
/// ```
/// use oms_forecast::Levels;
///
/// assert_eq!(Levels::default().len(), 15);
/// assert_eq!(Levels::new(&[0.5, 0.95])?.names(), ["q500", "q950"]);
/// assert!(Levels::new(&[0.95, 0.5]).is_err());
/// # Ok::<(), oms_forecast::LevelsError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Levels(Vec<u16>);

impl Default for Levels {
    fn default() -> Self {
        Self(USUAL.to_vec())
    }
}

impl Levels {
    /// These levels.
    ///
    /// # Errors
    /// [`LevelsError`], for the first one that is wrong.
    pub fn new(levels: &[f64]) -> Result<Self, LevelsError> {
        let mut all: Vec<u16> = Vec::new();
        for &level in levels {
            let thousandths = (level * 1000.0).round();
            if !(1.0..=999.0).contains(&thousandths) || (level * 1000.0 - thousandths).abs() > 1e-6
            {
                return Err(LevelsError::Level(level));
            }
            let thousandths = thousandths as u16;
            if all.last().is_some_and(|last| *last >= thousandths) {
                return Err(LevelsError::Order(level));
            }
            all.push(thousandths);
        }
        if all.is_empty() { Err(LevelsError::None) } else { Ok(Self(all)) }
    }

    /// How many there are; never 0.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "there is always one")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The levels, between 0 and 1, from low to high.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = f64> + '_ {
        self.0.iter().map(|level| f64::from(*level) / 1000.0)
    }

    /// The same in thousandths.
    pub(crate) fn thousandths(&self) -> &[u16] {
        &self.0
    }

    /// Names of their columns: `q500` is the median.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.0.iter().map(|level| format!("q{level:03}")).collect()
    }
}

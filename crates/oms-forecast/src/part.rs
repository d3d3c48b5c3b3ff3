//! Which part of a mean something belongs to, and how what multiplies becomes amounts that sum.

use crate::forecaster::Parts;
use crate::holidays::HOLIDAY;

/// A part of a mean, as in [`Parts`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Part {
    #[default]
    Level,
    Trend,
    Season,
    Promotion,
    Price,
    Holiday,
}

/// Words that say what a column is; the first that its name has counts.
const WORDS: [(&str, Part); 8] = [
    ("price", Part::Price),
    ("promo", Part::Promotion),
    ("holiday", Part::Holiday),
    ("closed", Part::Holiday),
    ("open", Part::Holiday),
    ("event", Part::Holiday),
    ("easter", Part::Holiday),
    ("christmas", Part::Holiday),
];
/// A factor is told between e to minus this and e to this: rounding stays small beside its amounts.
const MOST_LOG: f64 = 8.0;

impl Part {
    /// The part of a column that is known beside demand. What its name does not say is planned, so a promotion.
    pub(crate) fn of_regressor(name: &str) -> Self {
        if name.starts_with(HOLIDAY) {
            return Self::Holiday;
        }
        let name = name.to_lowercase();
        let said = WORDS.iter().find(|(word, _)| name.contains(word));
        said.map_or(Self::Promotion, |(_, part)| *part)
    }
}

impl Parts {
    pub(crate) fn at(&mut self, part: Part) -> &mut f64 {
        match part {
            Part::Level => &mut self.level,
            Part::Trend => &mut self.trend,
            Part::Season => &mut self.season,
            Part::Promotion => &mut self.promotion,
            Part::Price => &mut self.price,
            Part::Holiday => &mut self.holiday,
        }
    }

    /// The parts of a mean that is a level times factors, given as logarithms. Each is what it adds to those before it, in
    /// the order level, trend, season, holiday, price, promotion: a promotion is what demand would lack without it.
    pub(crate) fn multiplied(mean: f64, mut logs: Self) -> Self {
        let (mut parts, mut rest) = (Self::default(), mean);
        for part in [Part::Promotion, Part::Price, Part::Holiday, Part::Season, Part::Trend] {
            let without = rest * (-logs.at(part).clamp(-MOST_LOG, MOST_LOG)).exp();
            *parts.at(part) = rest - without;
            rest = without;
        }
        parts.level = mean - parts.sum();
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::Part;
    use crate::forecaster::Parts;

    // Goal: amounts of factors. Method: a level of 10, a season of twice, a promotion of three times: by hand.
    #[test]
    fn multiplied() {
        let logs =
            Parts { season: 2.0_f64.ln(), promotion: 3.0_f64.ln(), level: 9.0, ..Parts::default() };
        let parts = Parts::multiplied(60.0, logs);
        let wanted = Parts { level: 10.0, season: 10.0, promotion: 40.0, ..Parts::default() };
        let pairs = [(parts.level, wanted.level), (parts.season, wanted.season)];
        assert!(pairs.iter().all(|(one, two)| (one - two).abs() < 1e-12), "{parts:?}");
        assert!((parts.promotion - wanted.promotion).abs() < 1e-12, "{parts:?}");
        assert_eq!((parts.trend, parts.price, parts.holiday), (0.0, 0.0, 0.0));
    }

    // Goal: columns are known by their names. Method: names of public data sets.
    #[test]
    fn names() {
        for (name, part) in [
            ("sell_price", Part::Price),
            ("onpromotion", Part::Promotion),
            ("Promo2", Part::Promotion),
            ("StateHoliday", Part::Holiday),
            ("event_sporting", Part::Holiday),
            ("leaflet", Part::Promotion),
            ("holiday: Price Day", Part::Holiday),
        ] {
            assert_eq!(Part::of_regressor(name), part, "{name}");
        }
    }
}

//! Promotions, of the past and planned: what a forecast learns from, and what it then knows ahead.

use std::collections::BTreeMap;
use std::sync::Arc;

use oms_core::words::{BusinessDay, LocationId, Sku};
use serde::{Deserialize, Serialize};

use super::policy::TermsScope;

/// Promotions of a policy.
pub const MOST_PROMOTIONS: usize = 1_000_000;

/// Days on which SKUs are promoted at nodes.
///
/// Those of the past teach what one is worth. Name them too, but only where they had been announced in time: a demand that
/// nobody announced then will come again, and is to be found in the safety stock.
///
/// # Example
/// ```
/// let week: oms::Promotion = serde_json::from_str(
///     r#"{"where": {"skus": ["MILK"]}, "from": "2026-12-01", "to": "2026-12-07", "discount": 0.2}"#,
/// )?;
/// assert_eq!(week.discount, Some(0.2));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promotion {
    /// For which; all where nothing is named.
    #[serde(default, rename = "where")]
    pub scope: TermsScope,
    /// The first day.
    pub from: BusinessDay,
    /// The last day.
    pub to: BusinessDay,
    /// The share by which the price falls, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<f64>,
}

/// Promotions by the SKUs that they name.
pub(super) struct Promotions<'a> {
    all: &'a [Promotion],
    for_all: Vec<usize>,
    by_sku: BTreeMap<&'a Sku, Vec<usize>>,
    names: Arc<[String]>,
}

impl<'a> Promotions<'a> {
    pub(super) fn of(all: &'a [Promotion]) -> Self {
        let (mut for_all, mut by_sku) = (Vec::new(), BTreeMap::<_, Vec<usize>>::new());
        for (place, promotion) in all.iter().enumerate() {
            if promotion.scope.skus.is_empty() {
                for_all.push(place);
            }
            for sku in &promotion.scope.skus {
                by_sku.entry(sku).or_default().push(place);
            }
        }
        let mut names = vec!["promotion".to_owned()];
        if all.iter().any(|its| its.discount.is_some()) {
            names.push("discount".to_owned());
        }
        Self { all, for_all, by_sku, names: names.into() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn names(&self) -> &Arc<[String]> {
        &self.names
    }

    /// The discount of a SKU at a node on each of these days, of which none is before the one that it follows: 0 of a
    /// promotion without one, `None` where there is no promotion.
    ///
    /// # Cost
    /// Looks at each promotion of the SKU once, and at the days of each.
    pub(super) fn on(
        &self,
        sku: &Sku,
        node: &LocationId,
        days: &[BusinessDay],
    ) -> Vec<Option<f64>> {
        let mut all: Vec<Option<f64>> = vec![None; days.len()];
        let own = self.by_sku.get(sku).map_or(&[][..], Vec::as_slice);
        let places = self.for_all.iter().chain(own);
        let there = places
            .filter_map(|place| self.all.get(*place))
            .filter(|its| its.scope.nodes.is_empty() || its.scope.nodes.contains(node));
        for its in there {
            let from = days.partition_point(|day| *day < its.from);
            let to = days.partition_point(|day| *day <= its.to);
            let discount = its.discount.unwrap_or_default();
            for day in all.get_mut(from..to).unwrap_or_default() {
                *day = Some(day.map_or(discount, |other| other.max(discount)));
            }
        }
        all
    }

    /// A column for each name: of several nodes the mean by weight.
    pub(super) fn columns(
        &self,
        sku: &Sku,
        nodes: &[(&LocationId, f64)],
        days: &[BusinessDay],
    ) -> Vec<Vec<Option<f64>>> {
        let sum: f64 = nodes.iter().map(|(_, weight)| weight).sum();
        let kinds: [fn(f64) -> f64; 2] = [|_| 1.0, |discount| discount];
        let mut columns = vec![vec![0.0; days.len()]; self.names.len()];
        for (node, weight) in nodes {
            let share = if sum > 0.0 { weight / sum } else { 1.0 / nodes.len() as f64 };
            for (at, discount) in self.on(sku, node, days).into_iter().enumerate() {
                let Some(discount) = discount else { continue };
                for (column, of) in columns.iter_mut().zip(kinds) {
                    column[at] += of(discount) * share;
                }
            }
        }
        columns.into_iter().map(|column| column.into_iter().map(Some).collect()).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use oms_core::words::{BusinessDay, LocationId, Sku};
    use serde_json::json;

    use super::{Promotion, Promotions};

    // Goal: each day has the largest discount of the promotions that hold on it, and columns are means by weight. Method:
    // promotions that overlap, touch, and lie beside the days or around them; every day asked of every promotion.
    #[test]
    fn days_have_their_promotions() -> Result<(), Box<dyn Error>> {
        let first: BusinessDay = "2026-11-20".parse()?;
        let days: Vec<BusinessDay> = (0..20).map(|day| first.plus_days(day)).collect();
        let (skus, nodes) = (["MILK", "TEA"], ["S1", "S2"]);
        let mut all: Vec<Promotion> = Vec::new();
        for (at, (from, to)) in
            [(1, 3), (2, 6), (7, 7), (10, 99), (0, 0), (25, 30), (12, 14)].into_iter().enumerate()
        {
            let names = |of: [&str; 2]| if at % 3 == 0 { json!([]) } else { json!([of[at % 2]]) };
            let place = json!({ "skus": names(skus), "nodes": names(nodes) });
            let (from, to) = (first.plus_days(from), first.plus_days(to));
            let discount = (at % 2 == 1).then_some(0.05 * at as f64);
            let told = json!({ "where": place, "from": from, "to": to, "discount": discount });
            all.push(serde_json::from_value(told)?);
        }
        let around = json!({ "where": { "skus": ["TEA"], "nodes": ["S2"] }, "from": "2026-01-01", "to": "2026-11-23" });
        all.push(serde_json::from_value(around)?);
        let promotions = Promotions::of(&all);
        for sku in skus.map(Sku::new) {
            let (sku, mut each) = (sku?, Vec::new());
            for node in nodes.map(LocationId::new) {
                let node = node?;
                let on = promotions.on(&sku, &node, &days);
                for (day, found) in days.iter().zip(&on) {
                    let holds = |its: &&Promotion| {
                        (its.from..=its.to).contains(day)
                            && (its.scope.skus.is_empty() || its.scope.skus.contains(&sku))
                            && (its.scope.nodes.is_empty() || its.scope.nodes.contains(&node))
                    };
                    let there = all.iter().filter(holds);
                    let most = there.map(|its| its.discount.unwrap_or(0.0)).reduce(f64::max);
                    assert_eq!(*found, most, "{sku} {node} {day}");
                }
                assert!(on.contains(&None) && on.iter().any(Option::is_some));
                each.push((node, on));
            }
            let [(a, on_a), (b, on_b)] = each.as_slice() else { return Err("two nodes".into()) };
            let columns = promotions.columns(&sku, &[(a, 3.0), (b, 1.0)], &days);
            assert_eq!((columns.len(), promotions.names().len()), (2, 2));
            for (at, (a, b)) in on_a.iter().zip(on_b).enumerate() {
                let is = |its: &Option<f64>| f64::from(u8::from(its.is_some()));
                let mean = |a: f64, b: f64| a * 0.75 + b * 0.25;
                let (promoted, discount) = (columns[0][at], columns[1][at]);
                assert_eq!(promoted, Some(mean(is(a), is(b))));
                assert_eq!(discount, Some(mean(a.unwrap_or(0.0), b.unwrap_or(0.0))));
            }
        }
        Ok(())
    }
}

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

    /// The discount of a SKU at a node on a day, 0 of a promotion without one; `None` where there is no promotion.
    pub(super) fn at(&self, sku: &Sku, node: &LocationId, day: BusinessDay) -> Option<f64> {
        let own = self.by_sku.get(sku).map_or(&[][..], Vec::as_slice);
        let places = self.for_all.iter().chain(own);
        let there = places.filter_map(|place| self.all.get(*place)).filter(|its| {
            (its.from..=its.to).contains(&day)
                && (its.scope.nodes.is_empty() || its.scope.nodes.contains(node))
        });
        there.map(|its| its.discount.unwrap_or_default()).reduce(f64::max)
    }

    /// A column for each name: of several nodes the mean by weight.
    pub(super) fn columns(
        &self,
        sku: &Sku,
        nodes: &[(&LocationId, f64)],
        days: &[BusinessDay],
    ) -> Vec<Vec<Option<f64>>> {
        let sum: f64 = nodes.iter().map(|(_, weight)| weight).sum();
        let figure = |day: BusinessDay, of: fn(f64) -> f64| {
            let each = nodes.iter().filter_map(|(node, weight)| {
                let share = if sum > 0.0 { weight / sum } else { 1.0 / nodes.len() as f64 };
                Some(of(self.at(sku, node, day)?) * share)
            });
            Some(each.sum())
        };
        let kinds: [fn(f64) -> f64; 2] = [|_| 1.0, |discount| discount];
        let names = self.names.iter().zip(kinds);
        names.map(|(_, of)| days.iter().map(|day| figure(*day, of)).collect()).collect()
    }
}

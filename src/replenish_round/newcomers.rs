//! SKUs at nodes that have hardly begun: by what facts they are like others, and which of them will sell at all.

use std::collections::BTreeMap;
use std::sync::Arc;

use oms_core::catalog::{Handling, Item, Location};
use oms_core::words::{LocationId, Sku};
use oms_forecast::{
    Forecast, Levels, Model, Newcomer, NoForecast, Panel, Past, Series, SeriesError, ToForecast,
    forecast_in, forecast_newcomer,
};

use super::policy::SupplySource;
use super::stocked::Stocked;

/// Days after which a place that has sold nothing is taken to sell nothing.
const OLD: usize = 14;
/// What is known of every place.
pub(super) const NAMES: [&str; 9] =
    ["sku", "handling", "unit", "node", "kind", "pool", "region", "source", "supplies"];

/// Demand of a place: of days that are known, or of one that has none yet.
#[derive(Debug)]
pub(super) enum Demand {
    Series(ToForecast),
    Newcomer(Newcomer),
}

impl Demand {
    pub(super) fn past(&self) -> Past<'_> {
        match self {
            Demand::Series(its) => its.series.past(),
            Demand::Newcomer(its) => its.past(),
        }
    }

    /// The same with what it is.
    pub(super) fn with_attributes(
        self,
        names: Arc<[String]>,
        values: Vec<String>,
    ) -> Result<Self, SeriesError> {
        let give = |series: Series| series.with_attributes(names, values);
        Ok(match self {
            Demand::Series(ToForecast { series, horizon }) => {
                Demand::Series(ToForecast { series: give(series), horizon })
            }
            Demand::Newcomer(its) => Demand::Newcomer(its.with(|series| Ok(give(series)))?),
        })
    }

    /// Its days ahead; `None` where it has none behind and is like nothing.
    pub(super) fn forecast(&self, panel: &Panel) -> Result<Option<Forecast>, NoForecast> {
        let levels = Levels::default();
        match self {
            Demand::Series(ToForecast { series, horizon }) => {
                forecast_in(panel, series, *horizon, &levels, Model::Auto).map(Some)
            }
            Demand::Newcomer(its) => forecast_newcomer(panel, its, &levels),
        }
    }
}

/// What master data says of goods and nodes by which some are like others.
#[derive(Debug, Default)]
pub(super) struct Master {
    goods: BTreeMap<Sku, [String; 2]>,
    nodes: BTreeMap<LocationId, [String; 3]>,
}

impl Master {
    pub(super) fn take_item(&mut self, item: &Item) {
        let Handling { hazmat, cold, fragile, oversize, age_restricted } = item.flags;
        let flags = [hazmat, cold, fragile, oversize, age_restricted];
        let handling = flags.map(|flag| if flag { '1' } else { '0' }).into_iter().collect();
        self.goods.insert(item.sku.clone(), [handling, format!("{:?}", item.base_unit)]);
    }

    pub(super) fn take_location(&mut self, location: &Location) {
        let region = location
            .destination
            .as_ref()
            .map_or_else(String::new, |its| format!("{} {}", its.country, its.region));
        let facts = [format!("{:?}", location.kind), location.pool.to_string(), region];
        self.nodes.insert(location.id.clone(), facts);
    }
}

/// What is known of places beside their demand.
pub(super) struct Facts<'a> {
    master: &'a Master,
    /// Of a node, and of all nodes of its kind, whether it has been there for long and whether it ever sold; where it supplies
    /// others, by what these sold.
    nodes: BTreeMap<(&'a LocationId, bool), (bool, bool)>,
    kinds: BTreeMap<(&'a str, bool), (bool, bool)>,
}

impl<'a> Facts<'a> {
    pub(super) fn of(master: &'a Master, all: &'a [Stocked]) -> Self {
        let (mut nodes, mut kinds) = (BTreeMap::new(), BTreeMap::new());
        for its in all {
            let is_old = its.days.wanted.len() >= OLD;
            let sells = its.days.wanted.iter().flatten().any(|units| *units > 0.0);
            let take = |known: &mut (bool, bool)| *known = (known.0 | is_old, known.1 | sells);
            take(nodes.entry((&its.node, its.supplies())).or_default());
            if let Some([kind, ..]) = master.nodes.get(&its.node) {
                take(kinds.entry((kind.as_str(), its.supplies())).or_default());
            }
        }
        Self { master, nodes, kinds }
    }

    /// Whether a place may sell though it has not begun: what a storehouse has for others it does not sell itself, and a new
    /// node is like those of its kind.
    pub(super) fn may_sell(&self, its: &Stocked) -> bool {
        let (is_old, sells) =
            self.nodes.get(&(&its.node, its.supplies())).copied().unwrap_or_default();
        let kind = self.master.nodes.get(&its.node).map(|[kind, ..]| kind.as_str());
        let kind = kind.and_then(|kind| self.kinds.get(&(kind, its.supplies())));
        let (kind_is_old, kind_sells) = kind.copied().unwrap_or_default();
        if is_old { sells } else { sells || kind_sells || !kind_is_old }
    }

    /// Whether a place of which no day is known is about to begin; what has been gone for long is not.
    pub(super) fn may_begin(&self, its: &Stocked) -> bool {
        self.may_sell(its) && (its.days.wanted.len() < OLD || its.on_hand > 0)
    }

    /// What a place is, by [`NAMES`].
    pub(super) fn of_place(&self, its: &Stocked) -> Vec<String> {
        let [handling, unit] = self.master.goods.get(&its.sku).cloned().unwrap_or_default();
        let [kind, pool, region] = self.master.nodes.get(&its.node).cloned().unwrap_or_default();
        let source = match &its.agreed.source {
            SupplySource::Supplier(name) => name.clone(),
            SupplySource::Node(node) => node.to_string(),
        };
        let (sku, node) = (its.sku.to_string(), its.node.to_string());
        let supplies = its.supplies().to_string();
        vec![sku, handling, unit, node, kind, pool, region, source, supplies]
    }
}

//! An overlay over numbered nodes and SKUs: which rules concern an order, a node and a SKU.

use std::collections::BTreeMap;

use super::{Does, Overlay, OverlayRule, Pin, Scope, has};

/// The numbers under which a wave knows nodes and SKUs.
#[derive(Debug, Default)]
pub(crate) struct Names<'n> {
    nodes: BTreeMap<&'n str, u32>,
    skus: BTreeMap<&'n str, u32>,
}

impl<'n> Names<'n> {
    /// Numbers ids from 0 on, as they come.
    pub(crate) fn new(
        nodes: impl Iterator<Item = &'n str>,
        skus: impl Iterator<Item = &'n str>,
    ) -> Self {
        Self { nodes: nodes.zip(0..).collect(), skus: skus.zip(0..).collect() }
    }

    pub(crate) fn node(&self, id: &str) -> Option<u32> {
        self.nodes.get(id).copied()
    }

    pub(crate) fn sku(&self, id: &str) -> Option<u32> {
        self.skus.get(id).copied()
    }
}

/// An overlay by numbers.
#[derive(Debug)]
pub(crate) struct Laid<'o> {
    rules: Vec<Numbered<'o>>,
    /// Rules that name no order, and those of each order, ascending.
    standing: Vec<usize>,
    of_order: BTreeMap<&'o str, Vec<usize>>,
    held_back: BTreeMap<(u32, u32), HeldBack<'o>>,
}

#[derive(Debug)]
struct Numbered<'o> {
    rule: &'o OverlayRule,
    /// What it names, ascending; nothing if it names all.
    nodes: Option<Vec<u32>>,
    skus: Option<Vec<u32>>,
}

/// Units of a SKU at a node that rules hold back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HeldBack<'o> {
    pub(crate) units: u64,
    /// The id of the first of the rules.
    pub(crate) rule: &'o str,
}

/// Why a node may not serve an order with a SKU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Removal<'o> {
    /// `rule.forbidden` or `rule.pinned`.
    pub(crate) code: &'static str,
    /// The id of the rule.
    pub(crate) rule: &'o str,
}

/// The codes of what rules do, as explanations tell them.
pub(crate) const FORBIDDEN: &str = "rule.forbidden";
pub(crate) const PINNED: &str = "rule.pinned";
pub(crate) const RESERVED: &str = "rule.reserved";
pub(crate) const AVOIDED: &str = "rule.avoided";
pub(crate) const PREFERRED: &str = "rule.preferred";

impl<'o> Laid<'o> {
    pub(crate) fn new(overlay: &'o Overlay, names: &Names<'_>) -> Self {
        let (rules, standing) = (Vec::with_capacity(overlay.rules.len()), Vec::new());
        let (of_order, held_back) = (BTreeMap::new(), BTreeMap::new());
        let mut laid = Self { rules, standing, of_order, held_back };
        for rule in &overlay.rules {
            laid.add(rule, names);
        }
        laid
    }

    fn add(&mut self, rule: &'o OverlayRule, names: &Names<'_>) {
        let at = self.rules.len();
        let (nodes, skus) = match &rule.does {
            Does::Forbid(forbid) => self.list(at, &forbid.scope, names),
            Does::Avoid(weigh) | Does::Prefer(weigh) => self.list(at, &weigh.scope, names),
            Does::Reserve(reserve) => {
                let place = names.node(&reserve.node).zip(names.sku(&reserve.sku));
                if let Some(place) = place {
                    let none = HeldBack { units: 0, rule: &rule.id };
                    let held = self.held_back.entry(place).or_insert(none);
                    held.units = held.units.saturating_add(u64::from(reserve.units));
                }
                (None, None)
            }
            Does::Pin(pin) => {
                self.of_order.entry(&pin.order).or_default().push(at);
                // A node or a SKU that is not here has no number, and nothing matches it.
                let sku = pin.sku.as_ref().map(|sku| Vec::from_iter(names.sku(sku)));
                (Some(Vec::from_iter(names.node(&pin.node))), sku)
            }
        };
        self.rules.push(Numbered { rule, nodes, skus });
    }

    /// Lists a rule under its orders, and numbers what else it names.
    fn list(
        &mut self,
        at: usize,
        scope: &'o Scope,
        names: &Names<'_>,
    ) -> (Option<Vec<u32>>, Option<Vec<u32>>) {
        match &scope.orders {
            None => self.standing.push(at),
            Some(orders) => {
                for order in orders {
                    self.of_order.entry(order).or_default().push(at);
                }
            }
        }
        let mut nodes: Option<Vec<u32>> =
            scope.nodes.as_ref().map(|ids| ids.iter().filter_map(|id| names.node(id)).collect());
        let mut skus: Option<Vec<u32>> =
            scope.skus.as_ref().map(|ids| ids.iter().filter_map(|id| names.sku(id)).collect());
        for list in [&mut nodes, &mut skus].into_iter().flatten() {
            list.sort_unstable();
        }
        (nodes, skus)
    }

    /// What is held back of a SKU at a node.
    pub(crate) fn held_back(&self, node: u32, sku: u32) -> Option<HeldBack<'o>> {
        self.held_back.get(&(node, sku)).copied()
    }

    /// The rules that may concern an order.
    pub(crate) fn on(&self, order: &str) -> OnOrder<'_, 'o> {
        let own = self.of_order.get(order).map_or(&[][..], Vec::as_slice);
        let mut rules: Vec<usize> = self.standing.iter().chain(own).copied().collect();
        rules.sort_unstable();
        OnOrder { laid: self, rules }
    }
}

/// The rules that may concern one order.
#[derive(Debug)]
pub(crate) struct OnOrder<'l, 'o> {
    laid: &'l Laid<'o>,
    rules: Vec<usize>,
}

impl<'o> OnOrder<'_, 'o> {
    /// Tells whether no rule concerns it.
    pub(crate) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    fn rules(&self) -> impl Iterator<Item = &Numbered<'o>> {
        self.rules.iter().map(|at| &self.laid.rules[*at])
    }

    /// Why a node may not serve the order with a SKU that goes to one of these regions; nothing if it may.
    pub(crate) fn removes(&self, node: u32, sku: u32, regions: &[&str]) -> Option<Removal<'o>> {
        self.pinned(node, sku).or_else(|| {
            let forbids = |rule: &&Numbered<'o>| match &rule.rule.does {
                Does::Forbid(forbid) => {
                    named(rule.nodes.as_ref(), node)
                        && named(rule.skus.as_ref(), sku)
                        && goes(&forbid.scope, regions)
                }
                _ => false,
            };
            let rule = self.rules().find(forbids)?;
            Some(Removal { code: FORBIDDEN, rule: &rule.rule.id })
        })
    }

    fn pinned(&self, node: u32, sku: u32) -> Option<Removal<'o>> {
        let pins = self.rules().filter(|rule| match &rule.rule.does {
            Does::Pin(Pin { .. }) => named(rule.skus.as_ref(), sku),
            _ => false,
        });
        // The pin of a SKU goes before that of its order.
        let pin = pins.max_by_key(|rule| rule.skus.is_some())?;
        let elsewhere = !named(pin.nodes.as_ref(), node);
        elsewhere.then_some(Removal { code: PINNED, rule: &pin.rule.id })
    }

    /// What a package of the order from a node to a region weighs more; below zero: less.
    pub(crate) fn weight(&self, node: u32, region: &str) -> i64 {
        let weights = self.rules().map(|rule| {
            let (weigh, sign) = match &rule.rule.does {
                Does::Avoid(weigh) => (weigh, 1),
                Does::Prefer(weigh) => (weigh, -1),
                _ => return 0,
            };
            let counts = named(rule.nodes.as_ref(), node) && goes(&weigh.scope, &[region]);
            if counts { sign * weigh.weight_minor } else { 0 }
        });
        weights.sum()
    }
}

/// Whether a list of numbers, all of them if it is absent, has a number.
fn named(list: Option<&Vec<u32>>, number: u32) -> bool {
    list.is_none_or(|list| list.binary_search(&number).is_ok())
}

fn goes(scope: &Scope, regions: &[&str]) -> bool {
    regions.iter().any(|region| has(scope.regions.as_ref(), region)) || scope.regions.is_none()
}

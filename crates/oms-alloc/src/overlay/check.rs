//! Proving an overlay: its bounds by itself, its names against an instance.

use std::collections::{BTreeMap, BTreeSet};

use oms_core::words::ReasonId;

use super::bad::{BadOverlay, Flaw, wrong};
use super::{
    Does, MOST_ID_BYTES, MOST_NAMED, MOST_RESERVED, MOST_RULES, MOST_TEXT_BYTES, MOST_WEIGHT,
    OverlayRule, Pin, Scope,
};
use crate::instance::Instance;

pub(super) fn version(found: u32) -> Result<(), BadOverlay> {
    if found == 1 {
        return Ok(());
    }
    Err(wrong(Flaw::Version, "version".to_owned(), None, found, "1"))
}

pub(super) fn rules(rules: &[OverlayRule]) -> Result<(), BadOverlay> {
    if rules.len() > MOST_RULES {
        let expected = format!("at most {MOST_RULES} rules");
        return Err(wrong(Flaw::TooMany, "rules".to_owned(), None, rules.len(), expected));
    }
    let mut ids = BTreeSet::new();
    let mut pins = BTreeMap::new();
    for (at, rule) in rules.iter().enumerate() {
        let place = Place { at, rule };
        place.id()?;
        if !ids.insert(rule.id.as_str()) {
            let found = format!("`{}` again", rule.id);
            return Err(place.wrong(Flaw::IdAgain, "id", found, "each id once"));
        }
        if let Some(reason) = &rule.reason {
            place.text("reason", reason, MOST_TEXT_BYTES)?;
        }
        match &rule.does {
            Does::Forbid(forbid) => place.scope("forbid.where", &forbid.scope)?,
            Does::Avoid(weigh) => place.weigh("avoid", &weigh.scope, weigh.weight_minor)?,
            Does::Prefer(weigh) => place.weigh("prefer", &weigh.scope, weigh.weight_minor)?,
            Does::Reserve(reserve) => {
                let units = i64::from(reserve.units);
                place.within("reserve.units", units, i64::from(MOST_RESERVED))?;
            }
            Does::Pin(pin) => {
                place.pin(pin)?;
                let before = pins.insert((&pin.order, &pin.sku), &rule.id);
                if let Some(before) = before {
                    let found = format!("a second pin beside rule `{before}`");
                    let expected = "one pin of an order or of a SKU of it";
                    return Err(place.wrong(Flaw::PinnedTwice, "pin", found, expected));
                }
            }
        }
    }
    Ok(())
}

/// Where in a document a rule stands.
struct Place<'r> {
    at: usize,
    rule: &'r OverlayRule,
}

impl Place<'_> {
    fn wrong(
        &self,
        flaw: Flaw,
        field: &str,
        found: impl std::fmt::Display,
        expected: impl Into<String>,
    ) -> BadOverlay {
        let path = format!("rules[{}].{field}", self.at);
        let rule = (field != "id").then_some(self.rule.id.as_str());
        wrong(flaw, path, rule, found, expected)
    }

    /// An id of a rule stands in snapshots and records as part of a reason id.
    fn id(&self) -> Result<(), BadOverlay> {
        let id = &self.rule.id;
        if id.len() <= MOST_ID_BYTES && ReasonId::new(id).is_ok() {
            return Ok(());
        }
        let expected = format!("1 to {MOST_ID_BYTES} bytes, printable, no outer whitespace");
        Err(self.wrong(Flaw::BadText, "id", shown(id), expected))
    }

    fn text(&self, field: &str, text: &str, most: usize) -> Result<(), BadOverlay> {
        if !text.trim().is_empty() && text.len() <= most {
            return Ok(());
        }
        let expected = format!("a text of 1 to {most} bytes");
        Err(self.wrong(Flaw::BadText, field, shown(text), expected))
    }

    fn within(&self, field: &str, found: i64, most: i64) -> Result<(), BadOverlay> {
        if (1..=most).contains(&found) {
            return Ok(());
        }
        Err(self.wrong(Flaw::OutOfRange, field, found, format!("1 to {most}")))
    }

    fn weigh(&self, field: &str, scope: &Scope, weight: i64) -> Result<(), BadOverlay> {
        self.scope(&format!("{field}.where"), scope)?;
        if scope.skus.is_some() {
            let (field, expected) =
                (format!("{field}.where.skus"), "nodes, orders or regions only");
            return Err(self.wrong(Flaw::WeighsSkus, &field, "SKUs", expected));
        }
        self.within(&format!("{field}.weight_minor"), weight, MOST_WEIGHT)
    }

    fn scope(&self, field: &str, scope: &Scope) -> Result<(), BadOverlay> {
        let mut named = 0;
        for (name, list) in scope.lists() {
            let Some(list) = list else { continue };
            named += 1;
            let field = || format!("{field}.{name}");
            if list.is_empty() {
                let expected = "at least one id, or no list for all";
                return Err(self.wrong(Flaw::NamesNothing, &field(), "an empty list", expected));
            }
            if list.len() > MOST_NAMED {
                let expected = format!("at most {MOST_NAMED} ids");
                return Err(self.wrong(Flaw::TooMany, &field(), list.len(), expected));
            }
        }
        if named > 0 {
            return Ok(());
        }
        Err(self.wrong(Flaw::NamesNothing, field, "no list", "a list of ids of some kind"))
    }

    fn pin(&self, pin: &Pin) -> Result<(), BadOverlay> {
        self.text("pin.by", &pin.by, MOST_TEXT_BYTES)?;
        if self.rule.reason.is_some() {
            return Ok(());
        }
        Err(self.wrong(Flaw::NoReason, "reason", "none", "a reason: a person overrides"))
    }

    fn known<'i>(
        &self,
        (field, what): (&str, &str),
        known: &Known<'_>,
        mut ids: impl Iterator<Item = &'i String>,
    ) -> Result<(), BadOverlay> {
        let Some(id) = ids.find(|id| !known.has(id)) else { return Ok(()) };
        let expected = format!("{what} of the instance");
        Err(self.wrong(Flaw::UnknownId, field, shown(id), expected))
    }
}

impl Scope {
    /// The lists by name.
    fn lists(&self) -> [(&'static str, Option<&BTreeSet<String>>); 4] {
        [
            ("nodes", self.nodes.as_ref()),
            ("skus", self.skus.as_ref()),
            ("orders", self.orders.as_ref()),
            ("regions", self.regions.as_ref()),
        ]
    }
}

/// What is found, as far as it is worth showing.
fn shown(text: &str) -> String {
    if text.len() > 64 { format!("{} bytes", text.len()) } else { format!("`{text}`") }
}

/// Ids that there are.
enum Known<'k> {
    Ids(&'k BTreeSet<&'k str>),
    /// Numbers below one, as text.
    Below(u32),
}

impl Known<'_> {
    fn has(&self, id: &str) -> bool {
        match self {
            Self::Ids(ids) => ids.contains(id),
            Self::Below(most) => {
                id.parse::<u32>().is_ok_and(|number| number < *most && number.to_string() == id)
            }
        }
    }
}

/// Proves that everything that rules name is in an instance.
pub(super) fn names(rules: &[OverlayRule], instance: &Instance) -> Result<(), BadOverlay> {
    let nodes: BTreeSet<&str> = instance.nodes.iter().map(|node| node.id.as_str()).collect();
    let skus: BTreeSet<&str> = instance.skus.iter().map(|sku| sku.id.as_str()).collect();
    let orders: BTreeSet<&str> = instance.orders.iter().map(|order| order.id.as_str()).collect();
    let of = |name: &str| match name {
        "nodes" => ("a node", Known::Ids(&nodes)),
        "skus" => ("a SKU", Known::Ids(&skus)),
        "orders" => ("an order", Known::Ids(&orders)),
        _ => ("an index of a region, as text,", Known::Below(instance.regions)),
    };
    for (at, rule) in rules.iter().enumerate() {
        let place = Place { at, rule };
        let scope = |field: &str, scope: &Scope| {
            for (name, list) in scope.lists() {
                let (what, known) = of(name);
                let field = format!("{field}.where.{name}");
                place.known((&field, what), &known, list.into_iter().flatten())?;
            }
            Ok(())
        };
        let one = |field: &str, kind: &str, id: &String| {
            let (what, known) = of(kind);
            place.known((field, what), &known, std::iter::once(id))
        };
        match &rule.does {
            Does::Forbid(forbid) => scope("forbid", &forbid.scope)?,
            Does::Avoid(weigh) => scope("avoid", &weigh.scope)?,
            Does::Prefer(weigh) => scope("prefer", &weigh.scope)?,
            Does::Reserve(reserve) => {
                one("reserve.node", "nodes", &reserve.node)?;
                one("reserve.sku", "skus", &reserve.sku)?;
            }
            Does::Pin(pin) => {
                one("pin.order", "orders", &pin.order)?;
                one("pin.node", "nodes", &pin.node)?;
                if let Some(sku) = &pin.sku {
                    one("pin.sku", "skus", sku)?;
                }
            }
        }
    }
    Ok(())
}

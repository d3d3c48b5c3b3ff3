//! Orders that ship together: which lines wait for each other, and that they do.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Auditor, Checked, list, text};

/// The lines of an order that wait for each other: those to be shipped, where it ships together.
pub(super) fn lines(given: &Value) -> BTreeSet<String> {
    let constraints = given.get("constraints");
    if constraints.and_then(|c| c.get("ship_together")) != Some(&Value::Bool(true)) {
        return BTreeSet::new();
    }
    let groups = list(given, "groups");
    let is_pickup = |line: &Value| {
        let mut of = groups
            .iter()
            .filter(|group| line.get("group").is_none_or(|id| group.get("group") == Some(id)));
        of.any(|group| group.get("to").is_some_and(|to| to.get("pickup").is_some()))
    };
    let lines = list(given, "lines").iter().filter(|line| !is_pickup(line));
    lines.map(|line| text(line, "line")).collect()
}

impl Auditor {
    /// An order that ships together leaves nothing behind but what is cancelled as soon as its node says so.
    pub(super) fn left_together(&self, id: &str) -> Checked {
        let Some(order) = self.orders.get(id) else { return Ok(()) };
        let lines = order.lines.iter().filter(|(name, _)| order.together.contains(*name));
        for (name, line) in lines {
            let at = |stage: &str, node: Option<&String>| {
                let here = line.spots.values().filter(|u| text(&u.at, "stage") == stage);
                let here = here.filter(|u| node.is_none_or(|node| text(&u.at, "node") == *node));
                here.map(|u| u.qty).sum::<i64>()
            };
            let early =
                ["open", "backordered", "reserved", "allocated"].map(|stage| at(stage, None));
            let pending = order.pending.iter().filter(|((of, _), _)| of == name);
            let excused = pending.map(|((_, node), qty)| at("released", Some(node)).min(*qty));
            let left = early.iter().sum::<i64>() + at("released", None) - excused.sum::<i64>();
            self.check(left == 0, "an order that ships together leaves together", || {
                format!("{id}/{name}: {left} units not packed")
            })?;
        }
        Ok(())
    }
}

//! Stock by node, as bars of its buckets.

use super::markup::Markup;
use super::scale::percent;
use super::{NodeStock, StockGroup, card};
use crate::demand::grouped;

/// The buckets in the order of a bar, with the tone and the name of each.
fn buckets(node: &NodeStock) -> [(&'static str, &'static str, u64); 4] {
    [
        ("delivered", "available", node.available),
        ("allocated", "allocated to orders", node.allocated),
        ("reserved", "buffer against walk-in customers", node.buffered),
        ("cancelled", "withheld: inspect, damaged, quarantine", node.withheld),
    ]
}

fn units(node: &NodeStock) -> u64 {
    buckets(node).iter().map(|(_, _, units)| units).sum()
}

/// The section, if there are nodes; each group has a scale of its own.
pub(super) fn section(page: &mut Markup, groups: &[StockGroup]) {
    if groups.iter().all(|group| group.nodes.is_empty()) {
        return;
    }
    let say = "Units on hand at the end of the run. Each list has its own scale.";
    card(page, "", "What lies where", say, |card| {
        card.element("ul", &[("class", "legend")], |legend| {
            for (tone, name, _) in buckets(&NodeStock::default()) {
                legend.element("li", &[], |entry| {
                    entry.leaf("i", &[("class", tone)], "");
                    entry.text(name);
                });
            }
        });
        card.element("div", &[("class", "two")], |columns| {
            for group in groups {
                columns.element("div", &[], |column| {
                    column.leaf("h3", &[], &group.name);
                    let most = group.nodes.iter().map(units).max().unwrap_or(0);
                    column.element("ul", &[("class", "bars")], |list| {
                        for node in &group.nodes {
                            list.element("li", &[], |row| bar(row, node, most));
                        }
                    });
                });
            }
        });
    });
}

fn bar(row: &mut Markup, node: &NodeStock, most: u64) {
    row.leaf("span", &[("class", "name"), ("title", &node.name)], &node.name);
    let filled = buckets(node).into_iter().filter(|(_, _, units)| *units > 0);
    let words: Vec<String> =
        filled.clone().map(|(_, name, units)| format!("{} {name}", grouped(units))).collect();
    let label = words.join(", ");
    row.element("span", &[("class", "track"), ("role", "img"), ("aria-label", &label)], |track| {
        for (tone, name, units) in filled {
            let width = format!("width:{}", percent(units, most.max(1)));
            let title = format!("{} {name}", grouped(units));
            track.leaf("span", &[("class", tone), ("style", &width), ("title", &title)], "");
        }
    });
    row.leaf("span", &[("class", "number")], &grouped(units(node)));
}

#[cfg(test)]
mod tests {
    use super::section;
    use crate::report::markup::{Markup, flaw_in};
    use crate::report::{NodeStock, StockGroup};

    #[test]
    fn bars_are_to_scale_and_empty_buckets_have_none() {
        // Goal: lengths that compare. Method: a full node, one of half its stock in two buckets,
        // and an empty one.
        let node = |name: &str, available, withheld| NodeStock {
            name: name.to_owned(),
            available,
            withheld,
            ..NodeStock::default()
        };
        let nodes = vec![node("A&B", 1_000, 0), node("half", 250, 250), node("empty", 0, 0)];
        let mut page = Markup::default();
        section(&mut page, &[StockGroup { name: "Stores".to_owned(), nodes }]);
        let text = page.into_text();
        assert_eq!(flaw_in(&text), None, "{text}");
        assert!(text.contains("width:100.0%") && text.contains("A&amp;B"));
        assert_eq!(text.matches("width:25.0%").count(), 2);
        assert_eq!(text.matches("style=").count(), 3);
        let mut page = Markup::default();
        section(&mut page, &[]);
        assert_eq!(page.into_text(), "");
    }
}

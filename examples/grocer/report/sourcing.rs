//! Why an order ships from where it ships: the plans compared, the nodes that were not in
//! question.

use super::markup::Markup;
use super::scale::{money, percent};
use super::{Plan, Sourcing, card};

/// Colors of the parts of a cost; further parts share the last.
const COLORS: usize = 6;

fn cents(plan: &Plan) -> u64 {
    plan.parts.iter().map(|(_, cents)| cents).sum()
}

/// The section.
pub(super) fn section(page: &mut Markup, sourcing: &Sourcing) {
    // A part has the color of the place where its name comes first, over all plans.
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in sourcing.plans.iter().flat_map(|plan| &plan.parts) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let color = |name: &str| {
        let place = names.iter().position(|known| *known == name).unwrap_or(0);
        format!("p{}", place.min(COLORS - 1))
    };
    card(page, "", "Why from there", &sourcing.lede, |card| {
        card.element("ul", &[("class", "legend")], |legend| {
            for name in &names {
                legend.element("li", &[], |entry| {
                    entry.leaf("i", &[("class", &color(name))], "");
                    entry.text(name);
                });
            }
        });
        card.element("div", &[("class", "two")], |columns| {
            columns.element("ul", &[("class", "plans")], |list| {
                let most = sourcing.plans.iter().map(cents).max().unwrap_or(0);
                for (nth, plan) in sourcing.plans.iter().enumerate() {
                    let class = if nth == 0 { "" } else { "lost" };
                    list.element("li", &[("class", class)], |item| {
                        head(item, nth, plan, sourcing.plans.first());
                        bar(item, plan, most, &color);
                        item.leaf("div", &[("class", "remark")], &plan.remark);
                    });
                }
            });
            rejected(columns, sourcing);
        });
    });
}

fn head(item: &mut Markup, nth: usize, plan: &Plan, chosen: Option<&Plan>) {
    item.element("div", &[("class", "head")], |head| {
        let (class, word) = match nth {
            0 => ("tag yes", "chosen"),
            1 => ("tag", "runner-up"),
            _ => ("tag", "also"),
        };
        head.leaf("span", &[("class", class)], word);
        head.leaf("b", &[], &plan.name);
        let sum = cents(plan);
        let more = sum.checked_sub(chosen.map_or(sum, cents)).filter(|more| *more > 0);
        let more = more.map_or_else(String::new, |more| format!(" (+{})", money(more)));
        head.leaf("span", &[("class", "sum")], &format!("{}{more}", money(sum)));
    });
}

fn bar(item: &mut Markup, plan: &Plan, most: u64, color: &impl Fn(&str) -> String) {
    let parts = plan.parts.iter().filter(|(_, cents)| *cents > 0);
    let words: Vec<String> =
        parts.clone().map(|(name, cents)| format!("{name} {}", money(*cents))).collect();
    let label = words.join(", ");
    item.element("div", &[("class", "track"), ("role", "img"), ("aria-label", &label)], |track| {
        for (name, cents) in parts {
            let width = format!("width:{}", percent(*cents, most.max(1)));
            let title = format!("{name} {}", money(*cents));
            track.leaf(
                "span",
                &[("class", &color(name)), ("style", &width), ("title", &title)],
                "",
            );
        }
    });
}

fn rejected(card: &mut Markup, sourcing: &Sourcing) {
    if sourcing.rejected.is_empty() {
        return;
    }
    card.element("table", &[], |table| {
        table.element("tr", &[], |row| {
            for name in ["not in question", "reason", ""] {
                row.leaf("th", &[], name);
            }
        });
        for rejected in &sourcing.rejected {
            table.element("tr", &[], |row| {
                row.leaf("td", &[], &rejected.node);
                row.element("td", &[], |cell| {
                    cell.leaf("span", &[("class", "tag no")], &rejected.code);
                });
                row.leaf("td", &[("class", "why")], &rejected.why);
            });
        }
    });
}

#[cfg(test)]
mod tests {
    use super::section;
    use crate::report::markup::{Markup, flaw_in};
    use crate::report::{Plan, Rejected, Sourcing};

    #[test]
    fn plans_are_compared_on_one_scale_and_in_one_palette() {
        // Goal: the runner-up's price gap is seen. Method: two plans that share a part, one node
        // out of question; widths, colors and the gap are read off the page.
        let plan = |name: &str, parts: &[(&str, u64)]| Plan {
            name: name.to_owned(),
            remark: String::new(),
            parts: parts.iter().map(|(name, cents)| ((*name).to_owned(), *cents)).collect(),
        };
        let sourcing = Sourcing {
            lede: String::new(),
            plans: vec![
                plan("Store 1", &[("handling", 100), ("parcel", 400)]),
                plan("DC & Store 2", &[("parcel", 800), ("split", 200)]),
            ],
            rejected: vec![Rejected {
                node: "Store <3>".to_owned(),
                code: "node.incapable".to_owned(),
                why: "cannot hold cold goods".to_owned(),
            }],
        };
        let mut page = Markup::default();
        section(&mut page, &sourcing);
        let text = page.into_text();
        assert_eq!(flaw_in(&text), None, "{text}");
        assert!(text.contains("$10.00 (+$5.00)") && text.contains(">$5.00<"), "{text}");
        assert!(text.contains("class=\"p1\" style=\"width:40.0%\""), "{text}");
        assert!(text.contains("class=\"p1\" style=\"width:80.0%\""), "{text}");
        assert!(text.contains("class=\"p2\" style=\"width:20.0%\""), "{text}");
        assert!(text.contains("Store &lt;3&gt;") && text.contains("node.incapable"));
    }
}

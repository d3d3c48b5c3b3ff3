//! The figures at the top, and the lists and tables.

use super::markup::Markup;
use super::scale::percent;
use super::{Check, Figure, POLICY_COLUMNS, PolicyRow, Remark, Setbacks, Throughput, card};
use crate::demand::grouped;

/// The large figures at the top.
pub(super) fn figures(page: &mut Markup, figures: &[Figure]) {
    if figures.is_empty() {
        return;
    }
    page.element("dl", &[("class", "figures")], |list| {
        for figure in figures {
            list.element("div", &[], |tile| {
                tile.leaf("dt", &[], &figure.name);
                tile.leaf("dd", &[("class", "value")], &figure.value);
                tile.leaf("dd", &[("class", "note")], &figure.note);
            });
        }
    });
}

/// What went wrong, by kind and reason; every bar on one scale.
pub(super) fn setbacks(page: &mut Markup, kinds: &[Setbacks], alone: bool) {
    if kinds.is_empty() {
        return;
    }
    let reasons = kinds.iter().flat_map(|kind| &kind.reasons);
    let most = reasons.map(|(_, units)| *units).max().unwrap_or(0);
    let say = "Units by reason. Each was settled with the order: claimed again, or given up.";
    card(page, if alone { "" } else { "w4" }, "What went wrong", say, |card| {
        for kind in kinds {
            let units = kind.reasons.iter().map(|(_, units)| *units).sum();
            card.element("div", &[("class", "kind")], |group| {
                group.leaf("h3", &[], &format!("{} · {}", kind.kind, grouped(units)));
                group.element("ul", &[("class", "bars")], |list| {
                    for (reason, units) in &kind.reasons {
                        list.element("li", &[], |row| {
                            row.leaf("span", &[("class", "name"), ("title", reason)], reason);
                            row.leaf("span", &[("class", "number")], &grouped(*units));
                            bar(row, kind.tone.class(), *units, most);
                        });
                    }
                });
            });
        }
    });
}

/// A bar of one part, `units` of `most` wide.
fn bar(row: &mut Markup, class: &str, units: u64, most: u64) {
    row.element("span", &[("class", "track"), ("aria-hidden", "true")], |track| {
        let width = format!("width:{}", percent(units, most.max(1)));
        track.leaf("span", &[("class", class), ("style", &width)], "");
    });
}

/// How fast the engine went.
pub(super) fn throughput(page: &mut Markup, measures: &[Throughput]) {
    if measures.is_empty() {
        return;
    }
    let say = "Measured in this run, on this machine.";
    card(page, "w6", "How fast it went", say, |card| {
        card.element("table", &[], |table| {
            head(table, &["", "count", "time", "per second"]);
            for measure in measures {
                table.element("tr", &[], |row| {
                    row.leaf("td", &[], &measure.what);
                    row.leaf("td", &[("class", "n")], &grouped(measure.count));
                    row.leaf("td", &[("class", "n")], &seconds(measure.seconds));
                    row.element("td", &[("class", "n")], |cell| {
                        cell.leaf("b", &[], &rate(measure.count, measure.seconds));
                    });
                });
            }
        });
    });
}

/// What the policies come to, side by side.
pub(super) fn policies(page: &mut Markup, policies: &[PolicyRow]) {
    if policies.is_empty() {
        return;
    }
    let say = "Every round's wave, planned by each policy from the same stock; the first one's \
               plan was committed. Cost is lanes, weight and handling; split are orders from more \
               than one node; days and miles are means over packages; fill is of the units that \
               the rounds saw.";
    card(page, "", "What another policy would have done", say, |card| {
        card.element("table", &[], |table| {
            let names: Vec<&str> = [""].into_iter().chain(POLICY_COLUMNS).collect();
            head(table, &names);
            for policy in policies {
                table.element("tr", &[], |row| {
                    row.leaf("td", &[], &policy.name);
                    for cell in &policy.cells {
                        row.leaf("td", &[("class", "n")], cell);
                    }
                });
            }
        });
    });
}

pub(super) fn head(table: &mut Markup, names: &[&str]) {
    table.element("tr", &[], |row| {
        for (nth, name) in names.iter().enumerate() {
            row.leaf("th", &[("class", if nth == 0 { "" } else { "n" })], name);
        }
    });
}

fn seconds(seconds: f64) -> String {
    if seconds < 0.1 { format!("{:.1} ms", seconds * 1_000.0) } else { format!("{seconds:.1} s") }
}

/// A rate to three figures or whole units, thousands apart.
fn rate(count: u64, seconds: f64) -> String {
    if seconds <= 0.0 {
        return "–".to_owned();
    }
    let whole = format!("{:.0}", super::approximate(count) / seconds);
    whole.parse().map_or(whole, grouped)
}

/// The laws that were checked.
pub(super) fn checks(page: &mut Markup, checks: &[Check]) {
    if checks.is_empty() {
        return;
    }
    let say = "Everything was rebuilt from the events and compared with what is stored.";
    card(page, "w6", "What was verified", say, |card| {
        card.element("table", &[], |table| {
            head(table, &["law", "checked", "differences"]);
            for check in checks {
                table.element("tr", &[], |row| {
                    row.leaf("td", &[], &check.law);
                    row.leaf("td", &[("class", "n")], &grouped(check.checked));
                    row.element("td", &[("class", "n")], |cell| match check.differences {
                        0 => cell.leaf("span", &[("class", "ok")], "none ✓"),
                        some => cell.leaf("span", &[("class", "wrong")], &grouped(some)),
                    });
                });
            }
        });
    });
}

/// What the source held.
pub(super) fn intake(page: &mut Markup, remarks: &[Remark]) {
    if remarks.is_empty() {
        return;
    }
    let say =
        "Real data is never clean. What could not become an order line was counted, not guessed.";
    card(page, "", "What came in, and what was left out", say, |card| {
        card.element("table", &[], |table| {
            for remark in remarks {
                table.element("tr", &[], |row| {
                    row.leaf("td", &[], &remark.what);
                    row.element("td", &[("class", "n")], |cell| {
                        cell.leaf("b", &[], &grouped(remark.figure));
                    });
                    row.leaf("td", &[("class", "why")], &remark.remark);
                });
            }
        });
    });
}

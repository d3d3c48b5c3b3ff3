//! What comes next: forecasts, how good they were, what they are worth on the shelf, and what to order.

use super::markup::Markup;
use super::summary::head;
use super::{card, fan, frontier};
use crate::demand::grouped;

/// The chapter; a part without figures is left out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ahead {
    pub(crate) fans: Vec<Fan>,
    pub(crate) trial: Vec<TrialRow>,
    pub(crate) frontiers: Vec<Frontier>,
    /// Sentences: why something is not there.
    pub(crate) missing: Vec<String>,
    /// The last day that proposals know.
    pub(crate) as_of: String,
    pub(crate) proposals: u64,
    /// Units of all proposals.
    pub(crate) units: u64,
    /// SKUs at nodes that need nothing.
    pub(crate) enough: u64,
    pub(crate) supplies: Vec<SupplyRow>,
    /// One of these, and how it comes about.
    pub(crate) explained: Option<(SupplyRow, Vec<SupplySum>)>,
    /// Proposals that move goods between distribution centers.
    pub(crate) transfers: u64,
}

/// A demand, what was expected of it, and what came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fan {
    pub(crate) name: String,
    /// The models that were averaged.
    pub(crate) models: String,
    /// The day of the first value, as [`crate::days`] counts.
    pub(crate) first_day: i64,
    /// Units of the days before.
    pub(crate) past: Vec<f64>,
    /// Units of the days ahead.
    pub(crate) came: Vec<f64>,
    pub(crate) median: Vec<f64>,
    /// The ends of the middle half, day by day.
    pub(crate) half: Vec<(f64, f64)>,
    /// The same of the middle nine tenths.
    pub(crate) ninety: Vec<(f64, f64)>,
}

/// How good the quantiles of one way to forecast were.
#[derive(Debug, Clone, Default)]
pub(crate) struct TrialRow {
    pub(crate) what: String,
    pub(crate) by: String,
    /// Mean pinball loss, twice, over mean demand.
    pub(crate) pinball: f64,
    /// The same over that of the seasonal naive forecast.
    pub(crate) against: f64,
    /// The share of days that lay within the middle half.
    pub(crate) within_half: f64,
    /// The same of the middle nine tenths.
    pub(crate) within_ninety: f64,
}

/// What two planners reach with lost units against stock.
#[derive(Debug, Clone, Default)]
pub(crate) struct Frontier {
    pub(crate) name: String,
    pub(crate) series: u64,
    /// Days that were played.
    pub(crate) days: u64,
    /// The share by which lost units and leftover stock fall together, from the spreadsheet at 95 %.
    pub(crate) joint: f64,
    /// Lost units at equal leftovers fall by this share.
    pub(crate) fewer_lost: f64,
    /// Leftovers at equal lost units fall by this share.
    pub(crate) less_left: f64,
    /// The spreadsheet's, by service level.
    pub(crate) before: Vec<FrontierPoint>,
    /// Ours.
    pub(crate) after: Vec<FrontierPoint>,
}

/// What one service level comes to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct FrontierPoint {
    pub(crate) level: f64,
    /// Lost units as a share of demand.
    pub(crate) lost: f64,
    /// Stock left when a delivery comes, in days of demand.
    pub(crate) left_days: f64,
}

/// A proposal to order.
#[derive(Debug, Clone, Default)]
pub(crate) struct SupplyRow {
    pub(crate) sku: String,
    pub(crate) name: String,
    pub(crate) node: String,
    pub(crate) units: u64,
    pub(crate) due: String,
    pub(crate) why: String,
}

/// A term of the sum that a proposal comes from.
#[derive(Debug, Clone, Default)]
pub(crate) struct SupplySum {
    pub(crate) what: String,
    pub(crate) units: f64,
}

/// The sections of the chapter.
pub(super) fn sections(page: &mut Markup, ahead: &Ahead) {
    fan::section(page, &ahead.fans);
    trial(page, &ahead.trial);
    for one in &ahead.frontiers {
        frontier::section(page, one);
    }
    supplies(page, ahead);
    if !ahead.missing.is_empty() {
        card(page, "", "What is not shown", "", |card| {
            for why in &ahead.missing {
                card.leaf("p", &[], why);
            }
        });
    }
}

fn trial(page: &mut Markup, rows: &[TrialRow]) {
    if rows.is_empty() {
        return;
    }
    let say = "The last twelve weeks of the year, four at a time, each from the days before it. Loss \
               is the mean pinball loss of nine quantiles, in units of mean demand: less is better. \
               A good forecast has half of the days within its 50% band and nine tenths within its \
               90% band; of slow sellers a band of whole units holds more.";
    card(page, "", "How good the forecasts were", say, |card| {
        card.element("div", &[("class", "scroll")], |scroll| {
            scroll.element("table", &[("class", "wide")], |table| {
                head(table, &["", "loss", "of naive", "in 50% band", "in 90% band"]);
                for row in rows {
                    table.element("tr", &[], |line| {
                        line.leaf("td", &[], &format!("{}: {}", row.what, row.by));
                        line.leaf("td", &[("class", "n")], &format!("{:.3}", row.pinball));
                        line.element("td", &[("class", "n")], |cell| {
                            cell.leaf("b", &[], &format!("{:.2}", row.against));
                        });
                        for share in [row.within_half, row.within_ninety] {
                            line.leaf("td", &[("class", "n")], &share_of(share));
                        }
                    });
                }
            });
        });
    });
}

fn supplies(page: &mut Markup, ahead: &Ahead) {
    if ahead.supplies.is_empty() {
        return;
    }
    let say = format!(
        "By the facts of this run up to {}: {} proposals, {} units; {} of them move between \
         distribution centers what one has too much of; {} shelves need nothing. The ten with the \
         most demand are shown. Nothing is ordered: a proposal is no fact.",
        ahead.as_of,
        grouped(ahead.proposals),
        grouped(ahead.units),
        grouped(ahead.transfers),
        grouped(ahead.enough),
    );
    card(page, "", "What to order now", &say, |card| {
        card.element("div", &[("class", "scroll")], |scroll| {
            scroll.element("table", &[("class", "wide")], |table| {
                table.element("tr", &[], |row| {
                    for name in ["product", "sku", "to", "units", "due", "why"] {
                        let class = match name {
                            "units" => "n",
                            "due" => "day",
                            _ => "",
                        };
                        row.leaf("th", &[("class", class)], name);
                    }
                });
                for its in &ahead.supplies {
                    table.element("tr", &[], |row| {
                        for text in [&its.name, &its.sku, &its.node] {
                            row.leaf("td", &[], text);
                        }
                        row.element("td", &[("class", "n")], |cell| {
                            cell.leaf("b", &[], &grouped(its.units));
                        });
                        row.leaf("td", &[("class", "day")], &its.due);
                        row.leaf("td", &[("class", "why")], &its.why);
                    });
                }
            });
        });
        if let Some((its, terms)) = &ahead.explained {
            card.element("div", &[("class", "sum")], |sum| explained(sum, its, terms));
        }
    });
}

fn explained(sum: &mut Markup, its: &SupplyRow, terms: &[SupplySum]) {
    let heading = format!("Why {} of {} to {}", grouped(its.units), its.name, its.node);
    sum.leaf("h3", &[], &heading);
    sum.element("table", &[], |table| {
        for term in terms {
            table.element("tr", &[], |row| {
                row.leaf("td", &[("class", "n")], &signed(term.units));
                row.leaf("td", &[("class", "why")], &term.what);
            });
        }
        table.element("tr", &[], |row| {
            row.element("td", &[("class", "n")], |cell| {
                cell.leaf("b", &[], &format!("= {}", grouped(its.units)));
            });
            row.leaf("td", &[], "units to order");
        });
    });
}

/// `+ 4.2` or `− 4`.
fn signed(units: f64) -> String {
    let sign = if units < 0.0 { '−' } else { '+' };
    format!("{sign} {:.1}", units.abs())
}

/// A share in percent.
pub(super) fn share_of(share: f64) -> String {
    format!("{:.0}%", 100.0 * share)
}

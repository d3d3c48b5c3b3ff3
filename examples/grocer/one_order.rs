//! One order told: its events with the units after each, and why it shipped from where it did.

use std::collections::BTreeMap;

use oms::decision::{Amount, Choice, DecisionRecord};
use oms::engine::Fault;
use oms::event::{Event, Shift};
use oms::order::{Placed, Stage, Verb, Way};
use oms::sourcing::Explanation;
use oms::views::Moment;
use oms::words::{LocationId, Money, OrderId, Qty};
use oms::{Oms, SqliteStore};

use crate::data::{Dataset, Product};
use crate::days::{civil, day_of};
use crate::network::Grid;
use crate::report::{Goods, Plan, Rejected, Sourcing, Stage as Lane, Step, Story, Tone};

/// The stages that are drawn, with the look of each.
const LANES: [(Stage, &str, Tone); 8] = [
    (Stage::Open, "Open", Tone::Open),
    (Stage::Reserved, "Reserved", Tone::Reserved),
    (Stage::Allocated, "Allocated", Tone::Allocated),
    (Stage::Released, "Released", Tone::Released),
    (Stage::Packed, "Packed", Tone::Packed),
    (Stage::Shipped, "Shipped", Tone::Shipped),
    (Stage::Delivered, "Delivered", Tone::Delivered),
    (Stage::Cancelled, "Cancelled", Tone::Cancelled),
];

/// Tells an order out of its stream of events; `None` if there is no such order.
pub(crate) fn tell(
    oms: &mut Oms<SqliteStore>,
    order: &OrderId,
    data: &Dataset,
    grid: &Grid,
) -> Result<Option<Story>, Fault> {
    let moments = oms.timeline(order)?;
    let placed = moments.iter().find_map(|moment| match &moment.event {
        Event::OrderPlaced(fact) => Some(&fact.order),
        _ => None,
    });
    let Some(placed) = placed else { return Ok(None) };
    let decisions = moments.iter().filter_map(|moment| match &moment.event {
        Event::PlanCommitted(fact) => Some(fact.decision.as_ref()),
        _ => None,
    });
    // The decision with most to it: several packages before one, an earlier one before a later.
    let telling =
        decisions.enumerate().max_by_key(|(nth, record)| (record.chosen.len(), usize::MAX - nth));
    let teller = Teller { grid, data, lines: placed.lines.len() };
    let lanes = LANES.iter().map(|(_, name, tone)| Lane { name: (*name).to_owned(), tone: *tone });
    Ok(Some(Story {
        name: format!("order {order}"),
        lede: teller.lede(placed, &moments),
        goods: teller.goods(placed),
        stages: lanes.collect(),
        steps: teller.steps(placed, &moments),
        sourcing: telling.map(|(_, record)| teller.sourcing(record)),
    }))
}

/// Puts facts into words.
struct Teller<'a> {
    grid: &'a Grid,
    data: &'a Dataset,
    lines: usize,
}

impl Teller<'_> {
    fn node(&self, id: &LocationId) -> String {
        self.grid.node(id).map_or_else(|| id.to_string(), |node| node.name.clone())
    }

    fn goods(&self, placed: &Placed) -> Vec<Goods> {
        let goods = placed.lines.iter().map(|line| {
            let products = self.data.products();
            let id = line.sku.as_str().parse().unwrap_or(0);
            let place = products.binary_search_by_key(&id, |product: &Product| product.id);
            let product = place.ok().and_then(|place| products.get(place));
            let name = product.map_or_else(|| line.sku.to_string(), product_name);
            Goods { name, units: line.qty.get() }
        });
        goods.collect()
    }

    fn lede(&self, placed: &Placed, moments: &[Moment]) -> String {
        let units: u64 = placed.lines.iter().map(|line| line.qty.get()).sum();
        let home = placed.groups.first().map(|group| match &group.to {
            Way::Ship { destination, .. } => {
                format!("to a home near {}", title_case(destination.region.as_str()))
            }
            Way::Pickup { location } => format!("to be collected at {}", self.node(location)),
        });
        let mut text = format!(
            "{} of {}, {}, sold by {}.",
            some(units, "unit"),
            some(u64::try_from(self.lines).unwrap_or(0), "line"),
            home.unwrap_or_default(),
            placed.channel
        );
        let shifts = || {
            moments.iter().filter_map(|moment| match &moment.event {
                Event::Shifted(shift) => Some(shift),
                _ => None,
            })
        };
        let units = |verb: Verb| -> u64 {
            let moves = shifts().filter(|shift| shift.verb == verb).flat_map(|shift| &shift.moves);
            moves.map(|moved| moved.qty.get()).sum()
        };
        let parcels = shifts().filter(|shift| shift.verb == Verb::Ship).count();
        let (rejected, lost) = (units(Verb::NodeRejects), units(Verb::LoseParcel));
        if rejected > 0 {
            let told = some(rejected, "unit");
            text.push_str(&format!(" {told} could not be picked and had to come from elsewhere."));
        }
        if lost > 0 {
            let told = some(lost, "unit");
            text.push_str(&format!(" {told} got lost with a parcel and went out again."));
        }
        let parcels = some(u64::try_from(parcels).unwrap_or(0), "parcel");
        text.push_str(&format!(
            " {} arrived, in {parcels} sent.",
            some(units(Verb::Deliver), "unit")
        ));
        text
    }

    fn steps(&self, placed: &Placed, moments: &[Moment]) -> Vec<Step> {
        let mut at: BTreeMap<Stage, i64> = BTreeMap::new();
        let mut steps: Vec<Step> = Vec::new();
        let all: u64 = placed.lines.iter().map(|line| line.qty.get()).sum();
        for moment in moments {
            let seconds = moment.at.ms() / 1_000;
            let (name, detail) = match &moment.event {
                Event::OrderPlaced(_) => {
                    at.insert(Stage::Open, i64::try_from(all).unwrap_or(i64::MAX));
                    ("Placed", format!("{} ordered.", some(all, "unit")))
                }
                Event::Shifted(shift) => {
                    for moved in &shift.moves {
                        if let Some(from) = &moved.from {
                            *at.entry(from.stage).or_insert(0) -= moved.qty.as_i64();
                        }
                        *at.entry(moved.to.stage).or_insert(0) += moved.qty.as_i64();
                    }
                    (self.verb(shift), self.shift(shift))
                }
                other => {
                    // What moves no unit is told with what did.
                    if let (Some(text), Some(step)) = (self.aside(other), steps.last_mut()) {
                        step.detail.push(' ');
                        step.detail.push_str(&text);
                    }
                    continue;
                }
            };
            let units = LANES.iter().map(|(stage, ..)| at.get(stage).copied().unwrap_or(0));
            let units = units.map(|units| u64::try_from(units).unwrap_or(0)).collect();
            steps.push(Step { at: seconds, name: name.to_owned(), detail, units });
        }
        steps
    }

    fn verb(&self, shift: &Shift) -> &'static str {
        match shift.verb {
            Verb::Place | Verb::Reserve => "Claimed",
            Verb::CommitPlan => "Sourced",
            Verb::Release => "Released",
            Verb::NodeRejects => "Short pick",
            Verb::Pack => "Packed",
            Verb::Ship => "Shipped",
            Verb::Deliver => "Delivered",
            Verb::Collect => "Collected",
            Verb::LoseParcel => "Lost",
            Verb::Expire => "Expired",
            Verb::TakeClaims => "Claim lost",
            _ => "Cancelled",
        }
    }

    fn shift(&self, shift: &Shift) -> String {
        let units: u64 = shift.moves.iter().map(|moved| moved.qty.get()).sum();
        let told = some(units, "unit");
        let reason =
            shift.reason.as_ref().map_or_else(String::new, |id| id.as_str().replace('_', " "));
        let node = shift.moves.iter().find_map(|moved| {
            moved.to.node.as_ref().or(moved.from.as_ref().and_then(|from| from.node.as_ref()))
        });
        let node = node.map(|id| self.node(id)).unwrap_or_default();
        match shift.verb {
            Verb::Place | Verb::Reserve => {
                format!(
                    "{told} reserved in {}.",
                    by(shift, |moved| {
                        moved.to.pool.as_ref().map(|pool| title_case(pool.as_str()))
                    })
                )
            }
            Verb::CommitPlan => {
                let nodes = by(shift, |moved| moved.to.node.as_ref().map(|id| self.node(id)));
                format!("The round chose {nodes}.")
            }
            Verb::Release => format!("{node} has the work: {told}."),
            Verb::NodeRejects => format!("{node}: {told} {reason}."),
            Verb::Pack => format!("{node} packed {told}."),
            Verb::Ship => format!("{told} left {node}."),
            Verb::Deliver => format!("{told} at the door."),
            Verb::LoseParcel => format!("The carrier lost {told}; they are claimed again."),
            Verb::Collect => format!("{told} handed over at {node}."),
            _ if reason.is_empty() => format!("{told}."),
            _ => format!("{told}: {reason}."),
        }
    }

    /// What is told beside a step.
    fn aside(&self, event: &Event) -> Option<String> {
        match event {
            Event::PromiseMade(fact) => {
                let by = date(fact.promise.window.to().ms());
                Some(format!("Promised by {by}."))
            }
            Event::PromiseChanged(fact) => {
                let by = date(fact.promise.window.to().ms());
                Some(format!("The promise is now {by}."))
            }
            Event::NodeExcluded(fact) => {
                Some(format!("{} is not asked for it again today.", self.node(&fact.node)))
            }
            _ => None,
        }
    }

    fn sourcing(&self, record: &DecisionRecord) -> Sourcing {
        let explained = Explanation::new(record, &[]);
        let mut plans = vec![Plan {
            name: names(record.chosen.iter().map(|choice| self.node(&choice.node))),
            remark: remark(&record.chosen),
            parts: parts(&record.chosen),
        }];
        for choice in &record.chosen {
            let Some(other) = &choice.runner_up else { continue };
            let kept: Vec<Choice> =
                record.chosen.iter().filter(|kept| kept.node != choice.node).cloned().collect();
            let nodes = names(other.nodes.iter().map(|id| self.node(id)));
            let name = if kept.is_empty() {
                nodes
            } else {
                format!("{nodes} instead of {}", self.node(&choice.node))
            };
            let units = choice.quantity();
            let remark = if other.units < units {
                format!("has only {} of these {}", other.units, some(units, "unit"))
            } else {
                match other.gap_days {
                    0 => "as fast".to_owned(),
                    days if days > 0 => format!("{} later", some(days.unsigned_abs(), "day")),
                    days => format!("{} sooner, but dearer", some(days.unsigned_abs(), "day")),
                }
            };
            let mut parts = parts(&kept);
            parts.push(("the other node, all in".to_owned(), cents(other.cost)));
            plans.push(Plan { name, remark, parts });
        }
        let rejected = explained.removed.iter().map(|removed| Rejected {
            node: self.node(&removed.node),
            code: removed.rule.to_string(),
            why: removed.text.clone(),
        });
        let mut lede = "Of all nodes, the one that can ship the most of the order wins, then the \
                        cheapest, then the fastest; what is left goes on to the next."
            .to_owned();
        if explained.removed_more > 0 {
            let more = crate::demand::grouped(explained.removed_more);
            lede.push_str(&format!(" {more} more were ruled out."));
        }
        Sourcing { lede, plans, rejected: rejected.collect() }
    }
}

/// The parts of the cost of packages.
fn parts(choices: &[Choice]) -> Vec<(String, u64)> {
    let named = [("cost.lane", "parcel"), ("cost.weight", "weight"), ("cost.handling", "handling")];
    let parts = named.map(|(code, name)| {
        let drivers = choices.iter().flat_map(|choice| &choice.drivers);
        let amounts =
            drivers.filter(|driver| driver.code == code).map(|driver| match &driver.amount {
                Amount::Money(money) => cents(*money),
                Amount::Days(_) => 0,
            });
        (name.to_owned(), amounts.sum())
    });
    parts.into_iter().filter(|(_, cents)| *cents > 0).collect()
}

fn remark(choices: &[Choice]) -> String {
    let days = choices.iter().map(|choice| choice.days).max().unwrap_or(0);
    let packages = u64::try_from(choices.len()).unwrap_or(0);
    format!("{}, {} to the door", some(packages, "parcel"), some(u64::from(days), "day"))
}

/// Units by place: `3 in Groveport, 1 in Memphis`.
fn by(shift: &Shift, place: impl Fn(&oms::order::Move) -> Option<String>) -> String {
    let mut units: BTreeMap<String, Qty> = BTreeMap::new();
    for moved in &shift.moves {
        if let Some(place) = place(moved) {
            let sum = units.entry(place).or_insert(Qty::ZERO);
            *sum = sum.checked_add(moved.qty).unwrap_or(Qty::MAX);
        }
    }
    match units.len() {
        1 => units.into_keys().collect(),
        _ => names(units.iter().map(|(place, qty)| format!("{place} ({qty})"))),
    }
}

fn names(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.collect();
    names.join(" + ")
}

fn cents(money: Money) -> u64 {
    money.to_minor().and_then(|minor| u64::try_from(minor).ok()).unwrap_or(0)
}

/// `1 unit`, `2 units`.
fn some(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", crate::demand::grouped(count))
}

/// `Jan 4`.
fn date(ms: i64) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (_, month, day) = civil(day_of(ms / 1_000));
    let month = usize::try_from(month - 1).ok().and_then(|month| MONTHS.get(month));
    format!("{} {day}", month.unwrap_or(&""))
}

/// `Specialty cookies, 14 OZ` of a product.
pub(crate) fn product_name(product: &Product) -> String {
    let name = [&product.name, &product.category, &product.department];
    let name = name.into_iter().find(|name| !name.is_empty()).map_or("", |name| name);
    let name = sentence_case(name);
    if product.size.is_empty() { name } else { format!("{name}, {}", product.size) }
}

fn sentence_case(text: &str) -> String {
    let lower = text.to_lowercase();
    let mut letters = lower.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// `San Antonio` of `SAN-ANTONIO`.
fn title_case(code: &str) -> String {
    let words: Vec<String> = code.split('-').map(sentence_case).collect();
    words.join(" ")
}

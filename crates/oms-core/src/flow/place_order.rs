//! `place_order`: an order is captured, and claims what policy and stock allow at once.
//!
//! Refusals, in order: shape (`invalid.*`, `limit.*`) field by field; `order.exists` (a source's
//! older or equal version is answered `stale` or `duplicate` instead); `channel.unknown`; per line
//! `item.unknown`, `item.retired`; per pickup group `location.unknown`, `location.closed`,
//! `node.incapable`, `invalid.group_kind`; `invalid.money` of discounts beyond what they are taken
//! from, and of sums beyond what money may be; `totals.differ`; with an all-or-nothing channel
//! `stock.insufficient`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::promise::tell_pickups;
use super::receive_stock::{some, text};
use super::reserve::there;
use super::verb::{Sealer, Verb};
use crate::catalog::Channel;
use crate::command::{Code, Limits, Refusal};
use crate::desk::{
    Desk, EntityKey, RangeRead, ReadSet, Shifting, Short, Stop, Table, claim_sources,
};
use crate::event::{Event, HoldSet, OrderPlaced, TotalsDiffered};
use crate::order::totals::{PricedLine, PricedOrder, Rule, TotalOf, Totals, Verdict, total_up};
use crate::order::{ClearOrder, Hold, HoldKind, Placed, SourceRef, Verb as Move, Way};
use crate::words::{Currency, Money, OrderId, Qty, ReasonId, Timestamp};

/// Captures an order from any channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlaceOrder(pub ClearOrder);

/// How a source's message relates to what is known of the same object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// Nothing is known.
    New,
    /// The same version came before.
    Duplicate,
    /// A newer version came before.
    Stale,
    /// An older version came before.
    Older,
}

/// Looks a source message up; the index row carries the order and its version.
pub(crate) fn known(desk: &Desk<'_>, source: &SourceRef) -> Result<(Known, Option<OrderId>), Stop> {
    let read = source_read(source);
    let Some(row) = desk.range(&read)?.first() else { return Ok((Known::New, None)) };
    let order = row.parts().last().and_then(|id| OrderId::new(id).ok());
    let version = u64::try_from(row.value).unwrap_or(0);
    let known = match version.cmp(&source.version) {
        std::cmp::Ordering::Equal => Known::Duplicate,
        std::cmp::Ordering::Greater => Known::Stale,
        std::cmp::Ordering::Less => Known::Older,
    };
    Ok((known, order))
}

pub(crate) fn source_read(source: &SourceRef) -> RangeRead {
    RangeRead::prefix(Table::Sources, &["order", source.system.as_str(), source.id.as_str()], 1)
}

/// Whom a personal value of an order belongs to.
pub(crate) fn subject<A, T>(order: &Placed<A, T>) -> String {
    match &order.customer {
        Some(customer) => format!("customer/{customer}"),
        None => format!("order/{}", order.order),
    }
}

/// Seals an order with any sealer.
pub(crate) fn seal(order: &ClearOrder, sealer: Sealer<'_>) -> Placed {
    let subject = subject(order);
    let id = &order.order;
    let sealer = std::cell::RefCell::new(sealer);
    let sealed = order.seal::<std::convert::Infallible>(
        |group, address| {
            let slot = format!("order/{id}/group/{group}/address");
            Ok((*sealer.borrow_mut())(&subject, &slot, address.canonical()))
        },
        |line, text| {
            let slot = format!("order/{id}/line/{line}/personalization");
            Ok((*sealer.borrow_mut())(&subject, &slot, text.as_bytes().to_vec()))
        },
    );
    match sealed {
        Ok(placed) => placed,
        Err(never) => match never {},
    }
}

impl Verb for PlaceOrder {
    fn check(&self, limits: &Limits) -> Result<(), Refusal> {
        check_order(&self.0, limits)
    }

    fn reads(&self) -> ReadSet {
        order_reads(&self.0)
    }

    fn decide(&self, desk: &mut Desk<'_>) -> Result<(), Stop> {
        let given = &self.0;
        if met_before(desk, given)? {
            return Ok(());
        }
        let channel = desk.channel(&given.channel, "/channel")?;
        let policy = desk.policy(Some(&channel.id), None)?;
        check_catalog(desk, given, &channel)?;
        let totals = totals(given, &channel)?;
        let verdict = totals.judge(policy.totals);
        if verdict == Verdict::Refuse {
            return Err(totals_differ(&totals).into());
        }
        let pools = channel.pools.iter();
        let sources = given
            .lines
            .iter()
            .flat_map(|l| pools.clone().flat_map(|p| claim_sources(&l.sku, p, &channel.id)));
        desk.load([], sources)?;

        let placed = seal(given, &mut |subject, slot, value| desk.seal(subject, slot, value));
        let shares = totals.lines.iter().map(|l| l.discount_share);
        let discount_shares: Vec<Money> =
            if given.discounts.is_empty() { Vec::new() } else { shares.collect() };
        desk.emit(
            Event::OrderPlaced(OrderPlaced { order: Box::new(placed), discount_shares }),
            Vec::new(),
        )?;
        emit_differences(desk, given, &totals, verdict)?;
        claim_lines(desk, &given.order, policy.all_or_nothing)
    }

    fn content(&self, sealer: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(&seal(&self.0, sealer))
    }
}

/// What placing reads first.
pub(crate) fn order_reads(order: &ClearOrder) -> ReadSet {
    let mut reads = ReadSet::default();
    reads.entity(EntityKey::Order(order.order.clone()));
    reads.entity(EntityKey::Channel(order.channel.clone()));
    reads.entity(EntityKey::Policy(crate::catalog::PolicyScope::Tenant));
    reads.entity(EntityKey::Policy(crate::catalog::PolicyScope::Channel(order.channel.clone())));
    for line in &order.lines {
        reads.entity(EntityKey::Item(line.sku.clone()));
    }
    for location in order.groups.iter().filter_map(|g| g.to.pickup()) {
        reads.entity(EntityKey::Location(location.clone()));
    }
    if let Some(source) = &order.source {
        reads.ranges.insert(source_read(source));
    }
    reads
}

/// Whether the order's message was known already, and is answered by that.
pub(crate) fn met_before(desk: &mut Desk<'_>, given: &ClearOrder) -> Result<bool, Stop> {
    if let Some(source) = &given.source {
        let (known, order) = known(desk, source)?;
        match known {
            Known::Duplicate => {
                desk.answer_duplicate(order)?;
                return Ok(true);
            }
            Known::Stale => {
                desk.answer_stale(order)?;
                return Ok(true);
            }
            Known::Older => return Err(exists(&given.order, "/source/version").into()),
            Known::New => {}
        }
    }
    match desk.find_order(&given.order)? {
        None => Ok(false),
        Some(_) => Err(exists(&given.order, "/order").into()),
    }
}

fn exists(order: &OrderId, path: &str) -> Refusal {
    Refusal::new(Code::OrderExists, "an order that is not there yet", format!("`{order}`")).at(path)
}

/// Claims every line as at placing.
fn claim_lines(desk: &mut Desk<'_>, id: &OrderId, all_or_nothing: bool) -> Result<(), Stop> {
    let order = desk.order(id)?;
    desk.load_claims(&order, &order.lines)?;
    let mut s = Shifting::new(Move::Place, id.clone());
    let mut shorts = Vec::new();
    for (index, line) in order.lines.iter().enumerate() {
        let want = line.given.qty;
        let got = desk.claim(&mut s, &order, line, want, None)?;
        let short = want.checked_sub(got).unwrap_or(Qty::ZERO);
        if short.is_zero() {
            continue;
        }
        if all_or_nothing {
            let wanted = format!("{want} of `{}`", line.given.sku);
            let found = format!("{got}; {}", there(desk, &order, line)?);
            let no = Refusal::new(Code::StockInsufficient, wanted, found);
            return Err(no.at(format!("/lines/{index}/qty")).into());
        }
        shorts.push(Short {
            order: id.clone(),
            line: line.given.line.clone(),
            sku: line.given.sku.clone(),
            qty: short,
            code: Code::StockInsufficient,
        });
    }
    drop(order);
    desk.emit_shift(s)?;
    for short in shorts {
        desk.short(short);
    }
    tell_pickups(desk, id, "order_placed")
}

/// Items must be there and on sale at the moment of the sale.
pub(crate) fn check_items(desk: &Desk<'_>, order: &ClearOrder, at: Timestamp) -> Result<(), Stop> {
    for (index, line) in order.lines.iter().enumerate() {
        let path = format!("/lines/{index}/sku");
        let item = desk.item(&line.sku, &path)?;
        if !item.was_sold_at(at) {
            return Err(Refusal::new(
                Code::ItemRetired,
                "an item that is sold",
                format!("`{}` is retired", line.sku),
            )
            .at(path)
            .into());
        }
    }
    Ok(())
}

/// Items and pickup locations must be there and fit.
pub(crate) fn check_catalog(
    desk: &Desk<'_>,
    order: &ClearOrder,
    channel: &Channel,
) -> Result<(), Stop> {
    check_items(desk, order, Timestamp::MAX)?;
    for (index, group) in order.groups.iter().enumerate() {
        let Way::Pickup { location } = &group.to else { continue };
        let path = format!("/groups/{index}/to/pickup/location");
        let location = desk.open_location(location, &path)?;
        if !location.capabilities.pickup {
            return Err(Refusal::new(
                Code::NodeIncapable,
                "a location that hands over pickups",
                format!("`{}` does not", location.id),
            )
            .at(path)
            .into());
        }
        if !channel.sells_from(&location.pool) {
            return Err(Refusal::new(
                Code::GroupKind,
                format!("a location in a pool of channel `{}`", channel.id),
                format!("`{}` lies in `{}`", location.id, location.pool),
            )
            .at(path)
            .into());
        }
    }
    Ok(())
}

/// Adds up what is given.
pub(crate) fn totals(order: &ClearOrder, channel: &Channel) -> Result<Totals, Refusal> {
    let zero = Money::zero(order.currency);
    let discounts: Vec<Vec<Money>> =
        order.lines.iter().map(|l| l.discounts.iter().map(|d| d.amount).collect()).collect();
    let lines: Vec<PricedLine<'_>> = order
        .lines
        .iter()
        .zip(&discounts)
        .map(|(l, discounts)| PricedLine {
            discounts,
            given: l.total,
            ..PricedLine::new(l.unit_price.unwrap_or(zero), l.qty)
        })
        .collect();
    let off: Vec<Money> = order.discounts.iter().map(|d| d.amount).collect();
    let additions: Vec<(Money, String)> = additions(order).collect();
    let (additions, fields): (Vec<Money>, Vec<String>) = additions.into_iter().unzip();
    let priced = PricedOrder {
        currency: order.currency,
        lines: &lines,
        discounts: &off,
        additions: &additions,
        given: order.total,
    };
    let rule = Rule { rounding: channel.rounding, scope: channel.rounding_scope };
    total_up(&priced, rule).map_err(|e| {
        let at = match e.path.strip_prefix("/additions/").map(str::parse::<usize>) {
            Some(index) => index.ok().and_then(|index| fields.get(index).cloned()),
            None if e.path.contains("/discounts/") => Some(format!("{}/amount", e.path)),
            None => e.path.strip_suffix("/given").map(|of| format!("{of}/total")),
        };
        Refusal::from(e.cause).at(at.unwrap_or(e.path))
    })
}

/// What comes on top of the lines, each with its field: taxes that no price has yet, shipping, fees.
fn additions(order: &ClearOrder) -> impl Iterator<Item = (Money, String)> {
    let taxes = order.lines.iter().enumerate().flat_map(|(index, line)| {
        let taxes = line.taxes.iter().enumerate().filter(|(_, tax)| !tax.inclusive);
        taxes.map(move |(i, tax)| (tax.amount, format!("/lines/{index}/taxes/{i}/amount")))
    });
    let shipping = order.groups.iter().enumerate().flat_map(|(index, group)| {
        let all = group.shipping.iter().enumerate();
        all.map(move |(i, s)| (s.amount, format!("/groups/{index}/shipping/{i}/amount")))
    });
    let fees = order.fees.iter().enumerate();
    let fees = fees.map(|(i, fee)| (fee.amount, format!("/fees/{i}/amount")));
    taxes.chain(shipping).chain(fees)
}

pub(crate) fn totals_differ(totals: &Totals) -> Refusal {
    let (path, expected, found) = match totals.differences.first() {
        None => (String::new(), String::new(), String::new()),
        Some(d) => {
            let path = match d.of {
                TotalOf::Line(index) => format!("/lines/{index}/total"),
                TotalOf::Order => "/total".to_owned(),
            };
            (path, d.computed.to_string(), d.given.to_string())
        }
    };
    Refusal::new(Code::TotalsDiffer, expected, found).at(path)
}

/// The differences as facts, and a hold when they go beyond the policy.
pub(crate) fn emit_differences(
    desk: &mut Desk<'_>,
    order: &ClearOrder,
    totals: &Totals,
    verdict: Verdict,
) -> Result<(), Stop> {
    for difference in &totals.differences {
        let line = match difference.of {
            TotalOf::Line(index) => order.lines.get(index).map(|l| l.line.clone()),
            TotalOf::Order => None,
        };
        desk.emit(
            Event::TotalsDiffered(TotalsDiffered {
                order: order.order.clone(),
                line,
                summed: difference.computed,
                given: difference.given,
            }),
            Vec::new(),
        )?;
    }
    if verdict == Verdict::Hold {
        let reason = ReasonId::new("totals").map_err(Refusal::from)?;
        let (by, at) = (desk.ctx().actor.clone(), desk.ctx().now);
        let hold = Hold { kind: HoldKind::Totals, reason, by, at, until: None };
        desk.emit(Event::HoldSet(HoldSet { order: order.order.clone(), hold }), Vec::new())?;
    }
    Ok(())
}

/// The shape of an order: bounds, ids, references, amounts.
pub(crate) fn check_order(order: &ClearOrder, limits: &Limits) -> Result<(), Refusal> {
    count(order.groups.len(), limits.groups, "/groups")?;
    count(order.lines.len(), limits.lines, "/lines")?;
    let mut groups = BTreeSet::new();
    for (index, group) in order.groups.iter().enumerate() {
        let path = format!("/groups/{index}");
        if !groups.insert(&group.group) {
            return Err(twice(group.group.as_str(), format!("{path}/group")));
        }
        if let Way::Ship { address: Some(address), .. } = &group.to {
            address.check().map_err(|e| Refusal::from(e).at(format!("{path}/to/ship/address")))?;
        }
        text(group.service.as_deref(), limits, &format!("{path}/service"))?;
        if let (Some(not_before), Some(window)) = (group.not_before, group.window)
            && not_before > window.to()
        {
            let expected = format!("a moment up to the end of the window, {}", window.to());
            let no = Refusal::new(Code::DateRange, expected, not_before.to_string());
            return Err(no.at(format!("{path}/not_before")));
        }
        charges(&group.shipping, order, limits, &format!("{path}/shipping"))?;
    }
    let mut lines = BTreeSet::new();
    for (index, line) in order.lines.iter().enumerate() {
        let path = format!("/lines/{index}");
        if !lines.insert(&line.line) {
            return Err(twice(line.line.as_str(), format!("{path}/line")));
        }
        check_line(order, index, limits, &path)?;
    }
    if order.constraints.max_packages == Some(0) {
        let no = Refusal::new(Code::OutOfRange, "at least 1", "0");
        return Err(no.at("/constraints/max_packages"));
    }
    if let Some(least) = order.constraints.split_from {
        amount(least, order, "/constraints/split_from")?;
    }
    charges(&order.discounts, order, limits, "/discounts")?;
    charges(&order.fees, order, limits, "/fees")?;
    if let Some(total) = order.total {
        amount(total, order, "/total")?;
    }
    seen_by_customer(order)?;
    check_sum(order)
}

/// What the customer saw is in one other currency, at a rate that there can be.
fn seen_by_customer(order: &ClearOrder) -> Result<(), Refusal> {
    let Some(seen) = &order.presentment else { return Ok(()) };
    if seen.rate.is_zero() || seen.rate.is_sign_negative() {
        let no = Refusal::new(Code::OutOfRange, "a rate above zero", seen.rate.to_string());
        return Err(no.at("/presentment/rate"));
    }
    match seen.total {
        Some(total) => whole(total, seen.currency, "/presentment/total"),
        None => Ok(()),
    }
}

fn check_line(
    order: &ClearOrder,
    index: usize,
    limits: &Limits,
    path: &str,
) -> Result<(), Refusal> {
    let Some(line) = order.lines.get(index) else { return Ok(()) };
    some(line.qty, &format!("{path}/qty"))?;
    if order.group_of(line).is_none() {
        let found = line.group.as_ref().map_or("none".to_owned(), |g| format!("`{g}`"));
        return Err(Refusal::new(Code::Reference, "a group of this order", found)
            .at(format!("{path}/group")));
    }
    if let Some(parent) = &line.parent {
        let known = order.lines.iter().any(|l| l.line == *parent && l.line != line.line);
        if !known {
            return Err(Refusal::new(
                Code::Reference,
                "another line of this order",
                format!("`{parent}`"),
            )
            .at(format!("{path}/parent")));
        }
    }
    if let Some(price) = line.unit_price {
        in_currency(price, order.currency, &format!("{path}/unit_price"))?;
    }
    charges(&line.discounts, order, limits, &format!("{path}/discounts"))?;
    count_at_most(line.taxes.len(), limits.charges, &format!("{path}/taxes"))?;
    for (i, tax) in line.taxes.iter().enumerate() {
        text(Some(&tax.code), limits, &format!("{path}/taxes/{i}/code"))?;
        amount(tax.amount, order, &format!("{path}/taxes/{i}/amount"))?;
        if let Some(rate) = tax.rate_percent.filter(|rate| rate.is_sign_negative()) {
            let at = format!("{path}/taxes/{i}/rate_percent");
            return Err(Refusal::new(Code::OutOfRange, "zero or more", rate.to_string()).at(at));
        }
    }
    if let Some(total) = line.total {
        amount(total, order, &format!("{path}/total"))?;
    }
    text(line.personalization.as_deref(), limits, &format!("{path}/personalization"))
}

/// The sum of quantities of an order stays in bounds, so no balance can overflow by one order.
fn check_sum(order: &ClearOrder) -> Result<(), Refusal> {
    let mut sum = Qty::ZERO;
    for (index, line) in order.lines.iter().enumerate() {
        sum = sum.checked_add(line.qty).ok_or_else(|| {
            Refusal::new(Code::Overflow, format!("at most {} in one order", Qty::MAX), "more")
                .at(format!("/lines/{index}/qty"))
        })?;
    }
    Ok(())
}

pub(crate) fn twice(id: &str, path: String) -> Refusal {
    Refusal::new(Code::Duplicate, "each id once", format!("`{id}` twice")).at(path)
}

pub(crate) fn count(n: usize, most: usize, path: &str) -> Result<(), Refusal> {
    if n == 0 {
        return Err(Refusal::new(Code::Empty, "at least one", "none").at(path));
    }
    count_at_most(n, most, path)
}

pub(crate) fn count_at_most(n: usize, most: usize, path: &str) -> Result<(), Refusal> {
    if n > most {
        return Err(Refusal::new(Code::TooMany, format!("at most {most}"), format!("{n}")).at(path));
    }
    Ok(())
}

fn charges(
    list: &[crate::order::Charge],
    order: &ClearOrder,
    limits: &Limits,
    path: &str,
) -> Result<(), Refusal> {
    count_at_most(list.len(), limits.charges, path)?;
    for (i, charge) in list.iter().enumerate() {
        text(Some(&charge.code), limits, &format!("{path}/{i}/code"))?;
        amount(charge.amount, order, &format!("{path}/{i}/amount"))?;
    }
    Ok(())
}

fn amount(amount: Money, order: &ClearOrder, path: &str) -> Result<(), Refusal> {
    whole(amount, order.currency, path)
}

/// Only unit prices are finer than minor units.
fn whole(amount: Money, currency: Currency, path: &str) -> Result<(), Refusal> {
    in_currency(amount, currency, path)?;
    if !amount.is_whole_minor() {
        let expected = format!("whole minor units of `{currency}`");
        return Err(Refusal::new(Code::MoneyFormat, expected, amount.to_string()).at(path));
    }
    Ok(())
}

fn in_currency(amount: Money, currency: Currency, path: &str) -> Result<(), Refusal> {
    if amount.currency() != currency {
        let found = amount.currency().to_string();
        return Err(Refusal::new(Code::CurrencyMix, currency.to_string(), found).at(path));
    }
    if amount.is_negative() {
        return Err(Refusal::new(Code::AmountNegative, "zero or more", amount.to_string()).at(path));
    }
    Ok(())
}

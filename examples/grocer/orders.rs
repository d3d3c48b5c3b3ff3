//! A basket as a command: which way it goes to its customer, and what it says.
//!
//! The data knows baskets that were carried out of a store. Here a documented share of them
//! becomes what a grocer sells today: of 100 baskets, [`SHIPPED`] are sent to the household's
//! home, [`PICKED_UP`] are put together at the store for the customer to collect, and the rest is
//! sold at the till. A basket with fuel is always a sale at the pump.

use std::collections::BTreeMap;

use oms::flow::{Command, PlaceOrder, SellThrough};
use oms::order::{Charge, ClearOrder, Constraints, Group, PlacedLine, Way};
use oms::words::{
    Address, ChannelId, Currency, CustomerId, GroupId, LineId, Money, OrderId, Qty, Sku, WordError,
};

use crate::data::{Basket, Dataset, Line};
use crate::draws::Draws;
use crate::geo::{self, AREAS};
use crate::network::{self, Grid, Node, SERVICE};

/// Of 100 baskets, those that are sent home.
pub(crate) const SHIPPED: u64 = 40;
/// Of 100 baskets, those that are collected.
pub(crate) const PICKED_UP: u64 = 20;

const WAY_STREAM: u64 = 11;

/// The way of an order to its customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    /// To the household's home.
    Ship,
    /// Collected at the store.
    Pickup,
    /// Over the counter.
    Till,
}

/// Turns baskets into orders.
#[derive(Debug)]
pub(crate) struct Orders {
    draws: Draws,
    /// Home store and region of each household.
    homes: BTreeMap<u64, (u64, usize)>,
    usd: Currency,
}

impl Orders {
    pub(crate) fn of(data: &Dataset, seed: u64) -> Result<Self, WordError> {
        let homes = data.households().iter().map(|household| {
            let area = geo::store_site(household.home_store).area.name;
            let region = AREAS.iter().position(|place| place.name == area).unwrap_or(0);
            (household.id, (household.home_store, region))
        });
        Ok(Self {
            draws: Draws::new(seed, WAY_STREAM),
            homes: homes.collect(),
            usd: Currency::new("USD")?,
        })
    }

    /// Which way a basket goes.
    pub(crate) fn route(&self, basket: &Basket) -> Route {
        if basket.lines.iter().any(|line| line.fuel) {
            return Route::Till;
        }
        match self.draws.below(basket.id, 100) {
            ticket if ticket < SHIPPED => Route::Ship,
            ticket if ticket < SHIPPED + PICKED_UP => Route::Pickup,
            _ => Route::Till,
        }
    }

    /// The store where the basket's household shops most.
    pub(crate) fn home_store(&self, basket: &Basket) -> u64 {
        self.homes.get(&basket.household).map_or(basket.store, |home| home.0)
    }

    /// The region where the basket's household lives.
    pub(crate) fn region(&self, basket: &Basket) -> usize {
        self.homes.get(&basket.household).map_or(0, |home| home.1)
    }

    /// The command that captures a basket which is shipped or collected.
    pub(crate) fn place(
        &self,
        basket: &Basket,
        route: Route,
        grid: &Grid,
    ) -> Result<Command, WordError> {
        let store = grid.store(basket.store);
        let (to, channel) = match (route, store) {
            (Route::Pickup, Some(store)) => {
                (Way::Pickup { location: store.id.clone() }, network::web_channel(store.pool)?)
            }
            _ => self.home(basket)?,
        };
        let group = Group {
            group: GroupId::new("1")?,
            to,
            service: (route == Route::Ship).then(|| SERVICE.to_owned()),
            window: None,
            not_before: None,
            shipping: Vec::new(),
        };
        Ok(PlaceOrder(ClearOrder {
            order: order_id(basket)?,
            channel,
            source: None,
            customer: Some(customer(basket)?),
            currency: self.usd,
            presentment: None,
            priority: 0,
            test: false,
            constraints: Constraints::default(),
            groups: vec![group],
            lines: self.lines(basket)?,
            discounts: Vec::new(),
            fees: Vec::new(),
            total: Some(self.total(basket)?),
        })
        .into())
    }

    /// The command that tells of a basket which was sold at the till of a store.
    pub(crate) fn sell(&self, basket: &Basket, store: &Node) -> Result<Command, WordError> {
        Ok(SellThrough {
            node: store.id.clone(),
            happened_at: None,
            order: order_id(basket)?,
            channel: network::till_channel()?,
            source: None,
            customer: Some(customer(basket)?),
            currency: self.usd,
            presentment: None,
            test: false,
            groups: Vec::new(),
            lines: self.lines(basket)?,
            discounts: Vec::new(),
            fees: Vec::new(),
            total: Some(self.total(basket)?),
        }
        .into())
    }

    /// The household's address, and the channel that sells there.
    fn home(&self, basket: &Basket) -> Result<(Way<Address>, ChannelId), WordError> {
        let region = self.region(basket);
        let area = AREAS.get(region).unwrap_or(&AREAS[0]);
        let address = Address {
            name: Some(format!("Household {}", basket.household)),
            line1: Some(format!("{} Main Street", basket.household)),
            city: Some(area.name.to_owned()),
            ..Address::default()
        };
        let destination = network::destination(region)?;
        let channel = network::web_channel(network::nearest_center(area.point))?;
        Ok((Way::Ship { destination, address: Some(address) }, channel))
    }

    fn total(&self, basket: &Basket) -> Result<Money, WordError> {
        let cents = basket.lines.iter().map(|line| line.amounts.sales).sum();
        Money::from_minor(cents, self.usd)
    }

    fn lines(&self, basket: &Basket) -> Result<Vec<PlacedLine<String>>, WordError> {
        let numbered = (1_u32..).zip(&basket.lines);
        numbered.map(|(number, line)| self.line(number, line)).collect()
    }

    fn line(&self, number: u32, line: &Line) -> Result<PlacedLine<String>, WordError> {
        let amounts = &line.amounts;
        let off = [("loyalty", amounts.loyalty_discount), ("coupon_match", amounts.coupon_match)];
        let off = off.into_iter().filter(|(_, cents)| *cents > 0);
        let discounts = off.map(|(code, cents)| {
            Ok(Charge { code: code.to_owned(), amount: Money::from_minor(cents, self.usd)? })
        });
        Ok(PlacedLine {
            line: LineId::new(number.to_string())?,
            group: None,
            sku: sku(line.product)?,
            qty: Qty::new(line.quantity)?,
            unit_price: Some(unit_price(amounts.shelf(), line.quantity)?),
            discounts: discounts.collect::<Result<_, WordError>>()?,
            taxes: Vec::new(),
            total: Some(Money::from_minor(amounts.sales, self.usd)?),
            parent: None,
            personalization: None,
            allow_backorder: false,
            allow_substitute: false,
            no_split: false,
        })
    }
}

/// The price of one of `quantity` units that cost `cents` together, to a millionth of a dollar.
fn unit_price(cents: i64, quantity: u64) -> Result<Money, WordError> {
    let quantity = i128::from(quantity.max(1));
    let millionths = (i128::from(cents) * 10_000 + quantity / 2) / quantity;
    format!("{}.{:06} USD", millionths / 1_000_000, millionths % 1_000_000).parse()
}

/// The order of a basket.
pub(crate) fn order_id(basket: &Basket) -> Result<OrderId, WordError> {
    OrderId::new(basket.id.to_string())
}

/// The customer of a basket.
fn customer(basket: &Basket) -> Result<CustomerId, WordError> {
    CustomerId::new(format!("H{}", basket.household))
}

/// The SKU of a product.
pub(crate) fn sku(product: u64) -> Result<Sku, WordError> {
    Sku::new(product.to_string())
}

#[cfg(test)]
mod tests {
    use super::{Orders, Route, unit_price};
    use crate::data::Dataset;

    #[test]
    fn a_price_times_its_quantity_is_the_amount() {
        // Goal: no cent is lost in dividing. Method: amounts and quantities of groceries that do
        // not divide evenly; the product, rounded to cents, is the amount.
        for cents in [1, 99, 100, 101, 333, 12_345] {
            for quantity in 1..60 {
                let price = unit_price(cents, quantity).unwrap();
                let all = price.times(oms::words::Qty::new(quantity).unwrap()).unwrap();
                assert_eq!(all.round_half_even().to_minor(), Some(cents), "{quantity} of {cents}");
            }
        }
    }

    #[test]
    fn baskets_go_their_ways_by_the_shares() {
        // Goal: the documented shares. Method: a synthetic week; fuel goes over the counter
        // always, the rest by 40, 20 and 40 of 100 within five.
        let data = Dataset::synthetic(3);
        let orders = Orders::of(&data, 3).unwrap();
        let mut counts = [0_u64; 3];
        for basket in data.baskets(Some(1)).unwrap() {
            let basket = basket.unwrap();
            let route = orders.route(&basket);
            if basket.lines.iter().any(|line| line.fuel) {
                assert_eq!(route, Route::Till);
            } else {
                counts[route as usize] += 1;
            }
        }
        let all: u64 = counts.iter().sum();
        for (count, share) in counts.into_iter().zip([40, 20, 40]) {
            assert!((100 * count / all).abs_diff(share) <= 5, "{counts:?}");
        }
    }
}

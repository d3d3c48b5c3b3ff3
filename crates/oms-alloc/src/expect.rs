//! Prices of what is left, for orders that are still to come: learned from orders like them.

use crate::instance::{BadInstance, Instance, InstanceOrder};
use crate::random::Random;
use crate::route::RowPrices;
use crate::wave::{WaveOptions, plan_wave};

/// What a router may expect: so many orders like those that were seen.
///
/// Prices of one wave over other orders are of little use: a unit's price is its worth to the one order that happened
/// to be near. Here the orders to come are drawn several times, each draw is planned as a wave on the stock that is
/// left *now*, and the prices are the means over these waves. They hold for a while: whoever routes asks again after
/// some orders, with the stock and the number of orders that are left then.
///
/// # Example
/// ```
/// use oms_alloc::instance::Instance;
/// use oms_alloc::{Expected, Router};
///
/// let text = r#"{ "version": 1, "name": "one", "currency": "USD", "regions": 2,
///     "nodes": [{ "id": "A", "kind": "dc", "capacity": null, "handling": 0, "can": [] },
///               { "id": "B", "kind": "dc", "capacity": null, "handling": 0, "can": [] }],
///     "skus": [{ "id": "SHIRT", "weight_g": 0, "needs": [] }],
///     "lanes": [[[400, 0, 1], [410, 0, 1]], [[700, 0, 1], null]],
///     "stock": [[0, 0, 1, 0], [1, 0, 1, 0]],
///     "orders": [{ "id": "O0", "region": 0, "days": 3, "complete": false, "splits": null,
///                  "lines": [[0, 1, 5000]] }] }"#;
/// let now = Instance::read(text.as_bytes())?;
/// // Those to come live where only A delivers: its unit is worth keeping.
/// let mut next = now.orders[0].clone();
/// next.region = 1;
/// let prices = Expected { seen: &[next], count: 8, draws: 1, steps: 50, seed: 1 }.prices(&now)?;
/// let problem = now.problem_at_hand()?;
/// assert_eq!(Router::new(&problem, &prices).route(0).unwrap().shipments[0].node, 1);
/// # Ok::<(), oms_alloc::instance::BadInstance>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Orders like those to come, of the instance whose stock is left.
    pub seen: &'a [InstanceOrder],
    /// How many are to come, the one at hand among them.
    pub count: usize,
    /// How often they are drawn: more draws, better prices.
    pub draws: u32,
    /// The steps of each draw's wave.
    pub steps: u64,
    /// Where the draws begin: the same seed gives the same prices.
    pub seed: u64,
}

impl Expected<'_> {
    /// The prices of what is left: `left` tells nodes, SKUs, lanes and the stock and capacity of now; its orders do not
    /// matter.
    ///
    /// # Errors
    /// [`BadInstance`] where orders that were seen do not belong to the instance, or are beyond the solver's bounds.
    ///
    /// # Cost
    /// A wave for each draw.
    pub fn prices(&self, left: &Instance) -> Result<RowPrices, BadInstance> {
        let mut world = left.clone();
        world.orders = self.seen.to_vec();
        world.check()?;
        let mut dice = Random::new(self.seed);
        let mut all = Vec::new();
        for _ in 0..self.draws {
            world.orders = self.draw(&mut dice);
            let problem = world.problem()?;
            let options =
                WaveOptions { gap: 0.0, work: Some(self.steps), ..WaveOptions::default() };
            all.push(RowPrices::proving(&problem, &plan_wave(&problem, &options, &mut |_| false)));
        }
        Ok(RowPrices::mean(&all))
    }

    /// Orders to come: none of those seen twice before each was drawn once.
    fn draw(&self, dice: &mut Random) -> Vec<InstanceOrder> {
        let mut drawn = Vec::with_capacity(self.count);
        let mut deck: Vec<usize> = Vec::new();
        while drawn.len() < self.count && !self.seen.is_empty() {
            if deck.is_empty() {
                deck = (0..self.seen.len()).collect();
            }
            let at = dice.below(deck.len());
            let mut order = self.seen[deck.swap_remove(at)].clone();
            order.id = drawn.len().to_string();
            drawn.push(order);
        }
        drawn
    }
}

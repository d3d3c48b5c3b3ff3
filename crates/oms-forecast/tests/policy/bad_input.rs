//! What is no input.

use oms_forecast::policy::{
    Counts, Distribution, Lane, LeadTime, NodeStock, Offer, OrderRule, OrderUpTo, PolicyError,
    QuantileGrid, SerialStage, Service, StockNode, base_stock, guaranteed_service, lot, newsvendor,
    reorder_point, reorder_point_and_level, reorder_point_and_quantity, serial_system, silver_meal,
    sold_before_expiry, transfers, wagner_whitin, within_budget,
};
use oms_forecast::{erlang_c, square_root_staffing, staffing_for};

const ODD: [f64; 6] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 0.0, 1e300];

fn ends<T>(result: Result<T, PolicyError>) {
    if let Err(error) = result {
        let told = error.to_string();
        assert!(!told.contains('\n') && told.len() > 10, "{told}");
    }
}

fn refused<T: std::fmt::Debug>(result: Result<T, PolicyError>, part: &str) {
    let told = result.unwrap_err().to_string();
    assert!(told.contains(part), "{told}");
}

// Goal: no odd number leads to a panic or runs for ever. Method: each at each place of each door.
#[test]
fn odd_numbers() {
    let day = Distribution::poisson(3.0).unwrap();
    let flat = Distribution::normal(3.0, 0.0).unwrap();
    for odd in ODD {
        for other in [1.0, odd] {
            ends(Counts::poisson(odd));
            ends(Counts::negative_binomial(odd, other));
            ends(Counts::negative_binomial(other, odd));
            ends(Counts::of(0, vec![odd, other]));
            ends(Distribution::normal(odd, other));
            ends(Distribution::lognormal(other, odd));
            ends(QuantileGrid::new(&[0.5, odd], &[1.0, other]));
            ends(QuantileGrid::new(&[0.2, 0.5], &[other, odd]));
            ends(LeadTime::of(&[(1, odd), (2, other)]));
            ends(lot::economic(odd, other, 1.0));
            ends(lot::with_backorders(1.0, odd, other, 1.0));
            ends(lot::produced(1.0, 1.0, odd, other));
            ends(lot::with_discounts(1.0, 1.0, 1.0, &[0.0, odd], &[2.0, other]));
            ends(wagner_whitin(&[odd, other], 1.0, 1.0));
            ends(silver_meal(&[odd, other], odd, 1.0));
            ends(staffing_for(1.0, 1.0, odd, other));
            ends(erlang_c(odd, other, 3, 1.0));
            ends(square_root_staffing(1.0, odd));
            for demand in [&day, &flat] {
                ends(newsvendor(demand, odd, other));
                ends(base_stock(demand, other, odd));
                ends(reorder_point(demand, odd, Service::Fill(0.9)));
                ends(reorder_point(demand, 1.0, Service::Fill(odd)));
                ends(reorder_point_and_quantity(demand, 1.0, 1.0, odd, other));
                ends(sold_before_expiry(demand, odd));
                ends(OrderUpTo::new(demand, demand).map(drop));
                let stage = |cost| SerialStage {
                    echelon_holding_cost: cost,
                    lead_time_demand: demand.clone(),
                };
                ends(serial_system(&[stage(odd), stage(1.0)], other));
                let offer = Offer {
                    demand,
                    position: odd,
                    unit_cost: other,
                    holding_cost: 1.0,
                    stockout_cost: 2.0,
                    rule: OrderRule::default(),
                };
                ends(within_budget(&[offer], odd));
            }
        }
    }
}

// Goal: what is refused is named, with what to do. Method: one of each kind.
#[test]
fn told() {
    refused(Counts::poisson(-1.0), "`mean` is `-1`; give a number of 0 or more");
    refused(Counts::poisson(1e9), "take a normal distribution");
    refused(Counts::negative_binomial(3.0, 3.0), "a variance above the mean");
    refused(Counts::of(0, vec![]), "`sum of probabilities` is `0`");
    refused(Distribution::mixture(vec![]), "`sum of probabilities` is `0`");
    refused(QuantileGrid::new(&[0.5, 0.4], &[1.0, 2.0]), "levels that rise");
    refused(QuantileGrid::new(&[0.5, 0.6], &[2.0, 1.0]), "quantiles that do not fall");
    refused(QuantileGrid::new(&[0.5], &[]), "as many as there are levels");
    refused(LeadTime::fixed(1_000_000), "3650 periods at most");
    refused(lot::produced(1.0, 1.0, 5.0, 5.0), "a rate above that of demand");
    refused(lot::with_discounts(1.0, 1.0, 1.0, &[0.0, 5.0], &[1.0, 2.0]), "do not rise");
    refused(wagner_whitin(&vec![1.0; 10_001], 1.0, 1.0), "plan fewer of them at a time");
    let never = Counts::of(0, vec![1.0]).unwrap();
    refused(reorder_point_and_level(&never, &never, 1.0, 1.0, 1.0), "`demand of a period` is `0`");
    let stage = StockNode {
        processing_time: 1,
        holding_cost: 1.0,
        external_inbound: 0,
        external_outbound: None,
        demand_bound_constant: 1.0,
        demand_deviation: 1.0,
        successors: vec![1],
    };
    let last = StockNode { successors: vec![], ..stage.clone() };
    refused(
        guaranteed_service(&[stage.clone(), stage.clone()]),
        "supplies `1`, which is no other stage",
    );
    refused(guaranteed_service(&[last.clone(), last.clone()]), "are no tree");
    refused(guaranteed_service(&[]), "are no tree");
    let slow = StockNode { processing_time: 5_000, ..last };
    refused(guaranteed_service(&[slow]), "count in longer periods");
    let day = Distribution::poisson(3.0).unwrap();
    let node =
        NodeStock { demand: &day, position: 1.0, free: 1, holding_cost: 1.0, stockout_cost: 1.0 };
    refused(
        transfers(&[node], &[Lane { from: 0, to: 0, unit_cost: 1.0 }], 1),
        "the places of two different nodes",
    );
}

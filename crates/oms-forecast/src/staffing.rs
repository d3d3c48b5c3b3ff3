//! How many people, tills or packing tables: queues with arrivals at random.
//!
//! # Source
//! Erlang, *Solution of some problems in the theory of probabilities of significance in automatic telephone exchanges*,
//! 1917; the limit for many servers: Halfin and Whitt, *Heavy-traffic limits for queues with many exponential servers*,
//! Operations Research 29, 1981.

use crate::policy::{PolicyError, normal_cdf, normal_density};

/// Servers of one queue.
pub const MOST_SERVERS: u32 = 10_000_000;

/// A queue with so many servers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Staffing {
    /// How many serve.
    pub servers: u32,
    /// Arrivals over what one server can do: the servers that are busy on average.
    pub offered_load: f64,
    /// Probability that who arrives has to wait.
    pub probability_of_waiting: f64,
    /// Share that waits no longer than the limit.
    pub service_level: f64,
    /// Expected wait, in hours.
    pub mean_wait_hours: f64,
    /// Share of the time in which a server is busy.
    pub occupancy: f64,
}

/// The fewest servers with whom this share of arrivals waits no longer than a limit.
///
/// # Errors
/// [`PolicyError`] where a value is out of range, or more than [`MOST_SERVERS`] are needed.
///
/// # Cost
/// A step for each server.
///
/// # Example
/// ```
/// use oms_forecast::staffing_for;
///
/// // 100 orders an hour, six an hour by each packer, 80 % to be begun within 20 seconds.
/// let shift = staffing_for(100.0, 6.0, 0.8, 20.0 / 3_600.0)?;
/// assert_eq!(shift.servers, 22);
/// # Ok::<(), oms_forecast::policy::PolicyError>(())
/// ```
pub fn staffing_for(
    arrivals_per_hour: f64,
    services_per_hour: f64,
    target_share: f64,
    within_hours: f64,
) -> Result<Staffing, PolicyError> {
    let load = load(arrivals_per_hour, services_per_hour)?;
    if !(0.0..1.0).contains(&target_share) {
        let wanted = "a share of 0 or more and below 1";
        return Err(PolicyError::Value { name: "target_share", found: target_share, wanted });
    }
    if !(within_hours >= 0.0 && within_hours.is_finite()) {
        let wanted = "a number of 0 or more";
        return Err(PolicyError::Value { name: "within_hours", found: within_hours, wanted });
    }
    let mut queue = Queue { load, servers: 0, blocking: 1.0 };
    loop {
        queue.add();
        let staffing = queue.staffing(services_per_hour, within_hours);
        if staffing.is_some_and(|staffing| staffing.service_level >= target_share) {
            return staffing.ok_or(too_many(load));
        }
        if queue.servers == MOST_SERVERS {
            return Err(too_many(load));
        }
    }
}

/// How a queue with so many servers does. `None` where they are too few, and the queue grows without end.
///
/// # Errors
/// As [`staffing_for`].
pub fn erlang_c(
    arrivals_per_hour: f64,
    services_per_hour: f64,
    servers: u32,
    within_hours: f64,
) -> Result<Option<Staffing>, PolicyError> {
    let load = load(arrivals_per_hour, services_per_hour)?;
    if servers > MOST_SERVERS {
        return Err(too_many(f64::from(servers)));
    }
    let mut queue = Queue { load, servers: 0, blocking: 1.0 };
    (0..servers).for_each(|_| queue.add());
    Ok(queue.staffing(services_per_hour, within_hours))
}

/// Probability of waiting in the limit of many servers, where they number the offered load and `beta` times its root.
#[must_use]
pub fn halfin_whitt(beta: f64) -> f64 {
    1.0 / (1.0 + beta * normal_cdf(beta) / normal_density(beta))
}

/// Servers by the square-root rule: the load, and so much of its root that nobody has to wait more often than this.
///
/// An approximation that may be one off; [`staffing_for`] with a limit of 0 is exact.
///
/// # Errors
/// [`PolicyError`] where the load is not above 0 or the probability no share.
///
/// # Example
/// ```
/// use oms_forecast::square_root_staffing;
///
/// let (servers, beta) = square_root_staffing(100.0, 0.2)?;
/// assert_eq!(servers, 111);
/// assert!((beta - 1.0615).abs() < 1e-4);
/// # Ok::<(), oms_forecast::policy::PolicyError>(())
/// ```
pub fn square_root_staffing(
    offered_load: f64,
    probability_of_waiting: f64,
) -> Result<(u32, f64), PolicyError> {
    let load = load(offered_load, 1.0)?;
    let target = probability_of_waiting;
    if !(target > 0.0 && target < 1.0) {
        let (name, wanted) = ("probability_of_waiting", "a share between 0 and 1");
        return Err(PolicyError::Value { name, found: target, wanted });
    }
    // It falls from 1 at 0, and is below any share that a double can tell from 0 at 40.
    let (mut low, mut high) = (0.0, 40.0);
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if halfin_whitt(middle) > target { low = middle } else { high = middle }
    }
    let servers = (load + high * load.sqrt() - 1e-9).ceil();
    if servers > f64::from(MOST_SERVERS) {
        return Err(too_many(servers));
    }
    Ok((servers as u32, high))
}

fn load(arrivals: f64, services: f64) -> Result<f64, PolicyError> {
    for (name, found) in [("arrivals_per_hour", arrivals), ("services_per_hour", services)] {
        if !(found > 0.0 && found.is_finite()) {
            return Err(PolicyError::Value { name, found, wanted: "a number above 0" });
        }
    }
    let load = arrivals / services;
    if load >= f64::from(MOST_SERVERS) { Err(too_many(load)) } else { Ok(load) }
}

fn too_many(found: f64) -> PolicyError {
    PolicyError::TooMuch {
        what: "the number of servers",
        found,
        most: MOST_SERVERS as usize,
        instead: "split the queue",
    }
}

/// Servers added one by one, with the share that would be turned away if nobody could wait.
struct Queue {
    load: f64,
    servers: u32,
    blocking: f64,
}

impl Queue {
    fn add(&mut self) {
        self.servers += 1;
        let busy = self.load * self.blocking;
        self.blocking = busy / (f64::from(self.servers) + busy);
    }

    fn staffing(&self, services_per_hour: f64, within_hours: f64) -> Option<Staffing> {
        let spare = f64::from(self.servers) - self.load;
        if spare <= 0.0 {
            return None;
        }
        let occupancy = self.load / f64::from(self.servers);
        let waiting = self.blocking / (1.0 - occupancy * (1.0 - self.blocking));
        let drain = spare * services_per_hour;
        Some(Staffing {
            servers: self.servers,
            offered_load: self.load,
            probability_of_waiting: waiting,
            service_level: 1.0 - waiting * (-drain * within_hours).exp(),
            mean_wait_hours: waiting / drain,
            occupancy,
        })
    }
}

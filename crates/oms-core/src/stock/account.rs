//! Accounts: where units are, and which claims lie on them.
//!
//! Physical accounts hold things; what leaves one enters another, the world outside included.
//! Claim accounts hold promises on a pool's available units. Every balance is a sum of deltas, so
//! differences commute and a bound checked inside the commit is exact without a version.

use serde::de::{self, Deserializer};
use serde::ser::{SerializeSeq, Serializer};
use serde::{Deserialize, Serialize};

use crate::words::{BusinessDay, ChannelId, LocationId, PackageId, PoolId, Sku};

/// The parts of what lies at a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bucket {
    /// Good, and for sale.
    Available,
    /// Good, and hidden from sale.
    Buffered,
    /// Good, and tied to order lines.
    Allocated,
    /// To be looked at.
    Inspect,
    /// Not good.
    Damaged,
    /// Set apart.
    Quarantine,
}

impl Bucket {
    /// All buckets.
    pub const ALL: [Bucket; 6] = [
        Bucket::Available,
        Bucket::Buffered,
        Bucket::Allocated,
        Bucket::Inspect,
        Bucket::Damaged,
        Bucket::Quarantine,
    ];

    /// The wire name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Bucket::Available => "available",
            Bucket::Buffered => "buffered",
            Bucket::Allocated => "allocated",
            Bucket::Inspect => "inspect",
            Bucket::Damaged => "damaged",
            Bucket::Quarantine => "quarantine",
        }
    }

    /// Whether a unit here counts as good.
    #[must_use]
    pub fn is_good(self) -> bool {
        matches!(self, Bucket::Available | Bucket::Buffered | Bucket::Allocated)
    }
}

/// The world outside, from where units come and whither they go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outside {
    /// Received from.
    Supplier,
    /// Delivered to.
    Customer,
    /// Lost under way.
    Lost,
    /// Missing at a node.
    Shrink,
    /// Thrown away.
    Scrap,
    /// Turned up at a node.
    Found,
}

impl Outside {
    /// All outside accounts.
    pub const ALL: [Outside; 6] = [
        Outside::Supplier,
        Outside::Customer,
        Outside::Lost,
        Outside::Shrink,
        Outside::Scrap,
        Outside::Found,
    ];

    /// The wire name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Outside::Supplier => "supplier",
            Outside::Customer => "customer",
            Outside::Lost => "lost",
            Outside::Shrink => "shrink",
            Outside::Scrap => "scrap",
            Outside::Found => "found",
        }
    }
}

/// A balance: of things, of claims, or a counter that guards read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Account {
    /// Things at a node.
    Node(Sku, LocationId, Bucket),
    /// Things with a carrier, by package.
    Transit(Sku, PackageId),
    /// Things outside.
    Outside(Sku, Outside),
    /// Claim: available to sell, by pool.
    Ats(Sku, PoolId),
    /// Claim: promised to lines, no node chosen, by pool.
    Reserved(Sku, PoolId),
    /// Claim: kept for a channel, by pool.
    Fenced(Sku, PoolId, ChannelId),
    /// What a fence wants and has not.
    FenceMissing(Sku, PoolId, ChannelId),
    /// What the fence was set to.
    FenceSet(Sku, PoolId, ChannelId),
    /// How often the fence was set.
    FenceVersion(Sku, PoolId, ChannelId),
    /// What a buffer wants and has not.
    BufferMissing(Sku, LocationId),
    /// What the buffer was set to.
    BufferSet(Sku, LocationId),
    /// How often the buffer was set.
    BufferVersion(Sku, LocationId),
    /// How often the SKU was counted at the node.
    Counts(Sku, LocationId),
    /// Orders taken by a node on a local business day.
    NodeDay(LocationId, BusinessDay),
}

/// Separates the parts of a key; no id can contain it.
pub const SEPARATOR: char = '\u{1f}';

impl Account {
    /// The wire parts: a kind, then ids.
    #[must_use]
    pub fn parts(&self) -> Vec<String> {
        fn list(kind: &str, ids: &[&str]) -> Vec<String> {
            std::iter::once(kind).chain(ids.iter().copied()).map(str::to_owned).collect()
        }
        match self {
            Account::Node(s, n, b) => list(b.name(), &[s.as_str(), n.as_str()]),
            Account::Transit(s, p) => list("transit", &[s.as_str(), p.as_str()]),
            Account::Outside(s, o) => list("outside", &[s.as_str(), o.name()]),
            Account::Ats(s, p) => list("ats", &[s.as_str(), p.as_str()]),
            Account::Reserved(s, p) => list("reserved", &[s.as_str(), p.as_str()]),
            Account::Fenced(s, p, c) => list("fenced", &[s.as_str(), p.as_str(), c.as_str()]),
            Account::FenceMissing(s, p, c) => {
                list("fence_missing", &[s.as_str(), p.as_str(), c.as_str()])
            }
            Account::FenceSet(s, p, c) => list("fence_set", &[s.as_str(), p.as_str(), c.as_str()]),
            Account::FenceVersion(s, p, c) => {
                list("fence_version", &[s.as_str(), p.as_str(), c.as_str()])
            }
            Account::BufferMissing(s, n) => list("buffer_missing", &[s.as_str(), n.as_str()]),
            Account::BufferSet(s, n) => list("buffer_set", &[s.as_str(), n.as_str()]),
            Account::BufferVersion(s, n) => list("buffer_version", &[s.as_str(), n.as_str()]),
            Account::Counts(s, n) => list("counts", &[s.as_str(), n.as_str()]),
            Account::NodeDay(n, d) => list("node_day", &[n.as_str(), &d.to_string()]),
        }
    }

    /// The storage key: the parts joined by [`SEPARATOR`], so that all accounts of one kind and SKU
    /// stand together.
    #[must_use]
    pub fn key(&self) -> String {
        self.parts().join(&SEPARATOR.to_string())
    }

    /// The account of a storage key.
    ///
    /// ```
    /// use oms_core::stock::{Account, Bucket};
    /// use oms_core::words::{LocationId, Sku};
    /// let account =
    ///     Account::Node(Sku::new("SHIRT").unwrap(), LocationId::new("n1").unwrap(), Bucket::Available);
    /// assert_eq!(Account::from_key(&account.key()), Some(account));
    /// ```
    #[must_use]
    pub fn from_key(key: &str) -> Option<Account> {
        let parts: Vec<&str> = key.split(SEPARATOR).collect();
        Account::from_parts(&parts)
    }

    /// The account of its wire parts.
    #[must_use]
    pub fn from_parts(parts: &[&str]) -> Option<Account> {
        let (kind, ids) = parts.split_first()?;
        if let Some(bucket) = Bucket::ALL.iter().find(|b| b.name() == *kind) {
            let [s, n] = ids else { return None };
            return Some(Account::Node(Sku::new(s).ok()?, LocationId::new(n).ok()?, *bucket));
        }
        match (*kind, ids) {
            ("transit", [s, p]) => {
                Some(Account::Transit(Sku::new(s).ok()?, PackageId::new(p).ok()?))
            }
            ("outside", [s, o]) => {
                let outside = Outside::ALL.iter().find(|x| x.name() == *o)?;
                Some(Account::Outside(Sku::new(s).ok()?, *outside))
            }
            ("ats", [s, p]) => Some(Account::Ats(Sku::new(s).ok()?, PoolId::new(p).ok()?)),
            ("reserved", [s, p]) => {
                Some(Account::Reserved(Sku::new(s).ok()?, PoolId::new(p).ok()?))
            }
            ("fenced" | "fence_missing" | "fence_set" | "fence_version", [s, p, c]) => {
                let (s, p, c) = (Sku::new(s).ok()?, PoolId::new(p).ok()?, ChannelId::new(c).ok()?);
                Some(match *kind {
                    "fenced" => Account::Fenced(s, p, c),
                    "fence_missing" => Account::FenceMissing(s, p, c),
                    "fence_set" => Account::FenceSet(s, p, c),
                    _ => Account::FenceVersion(s, p, c),
                })
            }
            ("buffer_missing" | "buffer_set" | "buffer_version" | "counts", [s, n]) => {
                let (s, n) = (Sku::new(s).ok()?, LocationId::new(n).ok()?);
                Some(match *kind {
                    "buffer_missing" => Account::BufferMissing(s, n),
                    "buffer_set" => Account::BufferSet(s, n),
                    "buffer_version" => Account::BufferVersion(s, n),
                    _ => Account::Counts(s, n),
                })
            }
            ("node_day", [n, d]) => {
                Some(Account::NodeDay(LocationId::new(n).ok()?, d.parse().ok()?))
            }
            _ => None,
        }
    }

    /// The SKU, if the account is of one.
    #[must_use]
    pub fn sku(&self) -> Option<&Sku> {
        match self {
            Account::Node(s, ..)
            | Account::Transit(s, _)
            | Account::Outside(s, _)
            | Account::Ats(s, _)
            | Account::Reserved(s, _)
            | Account::Fenced(s, ..)
            | Account::FenceMissing(s, ..)
            | Account::FenceSet(s, ..)
            | Account::FenceVersion(s, ..)
            | Account::BufferMissing(s, _)
            | Account::BufferSet(s, _)
            | Account::BufferVersion(s, _)
            | Account::Counts(s, _) => Some(s),
            Account::NodeDay(..) => None,
        }
    }

    /// Whether things (not claims) are counted here; their sum over a SKU is zero.
    #[must_use]
    pub fn is_physical(&self) -> bool {
        matches!(self, Account::Node(..) | Account::Transit(..) | Account::Outside(..))
    }

    /// Whether the balance may never fall below zero.
    ///
    /// *Available* and *ats* may (after a count or a till sale), the world outside is negative by
    /// nature.
    #[must_use]
    pub fn is_never_negative(&self) -> bool {
        !matches!(
            self,
            Account::Node(_, _, Bucket::Available) | Account::Ats(..) | Account::Outside(..)
        )
    }
}

/// A change of one balance. On the wire an array: the account's parts, then the signed number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delta {
    /// Which balance.
    pub account: Account,
    /// By how much, signed.
    pub by: i64,
}

impl Serialize for Delta {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let parts = self.account.parts();
        let mut seq = serializer.serialize_seq(Some(parts.len() + 1))?;
        for part in &parts {
            seq.serialize_element(part)?;
        }
        seq.serialize_element(&self.by)?;
        seq.end()
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Part {
    Text(String),
    Number(i64),
}

impl<'de> Deserialize<'de> for Delta {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let parts = Vec::<Part>::deserialize(deserializer)?;
        let bad = || de::Error::custom("expected an account's parts and a signed number");
        let (last, ids) = parts.split_last().ok_or_else(bad)?;
        let Part::Number(by) = last else { return Err(bad()) };
        let ids: Option<Vec<&str>> = ids
            .iter()
            .map(|p| match p {
                Part::Text(t) => Some(t.as_str()),
                Part::Number(_) => None,
            })
            .collect();
        let account = ids.and_then(|ids| Account::from_parts(&ids)).ok_or_else(bad)?;
        Ok(Delta { account, by: *by })
    }
}

/// A bound on a balance after an event, checked inside the commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// Which balance.
    pub account: Account,
    /// At least.
    pub min: Option<i64>,
    /// At most.
    pub max: Option<i64>,
}

impl Bound {
    /// At least zero.
    #[must_use]
    pub fn not_negative(account: Account) -> Bound {
        Bound { account, min: Some(0), max: None }
    }

    /// At most `max`.
    #[must_use]
    pub fn at_most(account: Account, max: i64) -> Bound {
        Bound { account, min: None, max: Some(max) }
    }

    /// Exactly `value`.
    #[must_use]
    pub fn exactly(account: Account, value: i64) -> Bound {
        Bound { account, min: Some(value), max: Some(value) }
    }

    /// Whether a balance keeps the bound.
    #[must_use]
    pub fn allows(&self, balance: i64) -> bool {
        self.min.is_none_or(|min| balance >= min) && self.max.is_none_or(|max| balance <= max)
    }
}

/// A list of deltas in the making: deltas of one account add up, zeros vanish, order is fixed.
///
/// ```
/// use oms_core::stock::{Account, Deltas, Outside};
/// use oms_core::words::Sku;
/// let sku = Sku::new("SHIRT").unwrap();
/// let mut deltas = Deltas::default();
/// deltas.add(Account::Outside(sku.clone(), Outside::Lost), 2);
/// deltas.add(Account::Outside(sku, Outside::Lost), -2);
/// assert!(deltas.into_vec().is_empty());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Deltas(std::collections::BTreeMap<Account, i64>);

impl Deltas {
    /// Adds to the delta of an account.
    pub fn add(&mut self, account: Account, by: i64) {
        let sum = self.0.entry(account).or_insert(0);
        *sum = sum.saturating_add(by);
    }

    /// Takes from one account and gives to another.
    pub fn transfer(&mut self, from: Account, to: Account, qty: i64) {
        self.add(from, qty.saturating_neg());
        self.add(to, qty);
    }

    /// Adds all deltas of another list.
    pub fn absorb(&mut self, other: Deltas) {
        for (account, by) in other.0 {
            self.add(account, by);
        }
    }

    /// The sum so far for an account.
    #[must_use]
    pub fn of(&self, account: &Account) -> i64 {
        self.0.get(account).copied().unwrap_or(0)
    }

    /// The deltas so far, zeros too.
    pub fn iter(&self) -> impl Iterator<Item = (&Account, i64)> {
        self.0.iter().map(|(account, by)| (account, *by))
    }

    /// The non-zero deltas in account order.
    #[must_use]
    pub fn into_vec(self) -> Vec<Delta> {
        self.0
            .into_iter()
            .filter(|(_, by)| *by != 0)
            .map(|(account, by)| Delta { account, by })
            .collect()
    }
}

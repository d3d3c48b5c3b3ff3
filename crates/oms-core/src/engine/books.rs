//! Balances in little room: what verification of a large log sums up.
//!
//! An [`Account`] holds shared strings; a million of them read from a log would each hold strings of
//! their own. Here every word stands once, an account is four numbers, and a balance of zero takes
//! no room.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use crate::stock::Account;
use crate::words::{PoolId, Sku};

/// An account in little: its parts by number, 0 where there are fewer.
type Key = [u32; 4];

/// Words by number from 1, each once.
#[derive(Debug, Default)]
struct Names {
    numbers: BTreeMap<Arc<str>, u32>,
    texts: Vec<Arc<str>>,
}

impl Names {
    fn find(&self, text: &str) -> Option<u32> {
        self.numbers.get(text).copied()
    }

    fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.find(text) {
            return number;
        }
        let text: Arc<str> = Arc::from(text);
        self.texts.push(Arc::clone(&text));
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.numbers.insert(text, number);
        number
    }

    fn text(&self, number: u32) -> Option<&str> {
        let index = usize::try_from(number.checked_sub(1)?).ok()?;
        self.texts.get(index).map(AsRef::as_ref)
    }
}

/// Balances that are not zero.
#[derive(Debug, Default)]
pub(super) struct Books {
    names: Names,
    balances: BTreeMap<Key, i64>,
    /// Packages come and go by the million; nothing is kept of an empty one, its name neither.
    transit: BTreeMap<Account, i64>,
}

/// A sum left 64 bits.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Overflowed;

impl Books {
    /// How many balances are not zero.
    pub(super) fn len(&self) -> usize {
        self.balances.len() + self.transit.len()
    }

    /// A balance.
    pub(super) fn get(&self, account: &Account) -> i64 {
        if matches!(account, Account::Transit(..)) {
            return self.transit.get(account).copied().unwrap_or(0);
        }
        let mut key = [0; 4];
        for (slot, part) in key.iter_mut().zip(account.parts()) {
            match self.names.find(&part) {
                Some(number) => *slot = number,
                None => return 0,
            }
        }
        self.balances.get(&key).copied().unwrap_or(0)
    }

    /// Adds to a balance and gives the balance after.
    pub(super) fn add(&mut self, account: &Account, by: i64) -> Result<i64, Overflowed> {
        if matches!(account, Account::Transit(..)) {
            return change(&mut self.transit, account.clone(), by);
        }
        let mut key = [0; 4];
        for (slot, part) in key.iter_mut().zip(account.parts()) {
            *slot = self.names.number(&part);
        }
        change(&mut self.balances, key, by)
    }

    /// Takes a balance out and gives what it was.
    pub(super) fn remove(&mut self, account: &Account) -> i64 {
        let balance = self.get(account);
        // The opposite of what is there leaves nothing and cannot overflow, but for `i64::MIN`.
        let _ = self.add(account, balance.saturating_neg());
        balance
    }

    /// What the first fence of a SKU in a pool holds that is not empty.
    pub(super) fn fence_of(&self, sku: &Sku, pool: &PoolId) -> Option<i64> {
        let kind = self.names.find("fenced")?;
        let (sku, pool) = (self.names.find(sku.as_str())?, self.names.find(pool.as_str())?);
        let all = [kind, sku, pool, 0]..=[kind, sku, pool, u32::MAX];
        self.balances.range(all).map(|(_, balance)| *balance).next()
    }

    /// All balances that are not zero, in an order of their own.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Account, i64)> {
        let resting = self.balances.iter().filter_map(|(key, balance)| {
            let parts: Vec<&str> = key.iter().map_while(|n| self.names.text(*n)).collect();
            Some((Account::from_parts(&parts)?, *balance))
        });
        resting.chain(self.transit.iter().map(|(account, balance)| (account.clone(), *balance)))
    }
}

fn change<K: Ord>(map: &mut BTreeMap<K, i64>, key: K, by: i64) -> Result<i64, Overflowed> {
    match map.entry(key) {
        Entry::Vacant(_) if by == 0 => Ok(0),
        Entry::Vacant(free) => Ok(*free.insert(by)),
        Entry::Occupied(mut held) => {
            let after = held.get().checked_add(by).ok_or(Overflowed)?;
            if after == 0 {
                held.remove();
            } else {
                held.insert(after);
            }
            Ok(after)
        }
    }
}

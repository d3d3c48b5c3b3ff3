//! What a plan has not taken yet, with the way back.

use super::super::index::SnapshotIndex;

/// The units, claims and capacity that are left while orders are served one after another.
#[derive(Debug)]
pub(super) struct Left {
    stock: Vec<u64>,
    ats: Vec<u64>,
    fences: Vec<u64>,
    capacity: Vec<Option<u64>>,
    /// What was taken, newest last.
    taken: Vec<(Account, usize, u64)>,
}

#[derive(Debug, Clone, Copy)]
enum Account {
    Stock,
    Ats,
    Fence,
    Capacity,
}

impl Left {
    pub(super) fn new(index: &SnapshotIndex<'_>) -> Self {
        Self {
            stock: index.stock().iter().map(|row| row.available).collect(),
            ats: (0..index.claim_count()).map(|claim| index.ats(claim)).collect(),
            fences: (0..index.fence_count()).map(|fence| index.fence(fence)).collect(),
            capacity: index.nodes().iter().map(|node| node.row.capacity_left).collect(),
            taken: Vec::new(),
        }
    }

    pub(super) fn stock(&self, row: usize) -> u64 {
        self.stock.get(row).copied().unwrap_or(0)
    }

    /// The units that may be claimed anew: the channel's own fence and ats.
    pub(super) fn claimable(&self, claim: Option<usize>, fence: Option<usize>) -> u64 {
        let ats = claim.and_then(|claim| self.ats.get(claim)).copied().unwrap_or(0);
        let own = fence.and_then(|fence| self.fences.get(fence)).copied().unwrap_or(0);
        ats.saturating_add(own)
    }

    pub(super) fn has_capacity(&self, node: usize) -> bool {
        self.capacity.get(node).is_some_and(|left| left.is_none_or(|left| left > 0))
    }

    pub(super) fn take_stock(&mut self, row: usize, qty: u64) {
        self.take(Account::Stock, row, qty);
    }

    /// Claims anew, from the fence first.
    pub(super) fn claim(&mut self, claim: Option<usize>, fence: Option<usize>, qty: u64) {
        let mut rest = qty;
        if let Some(fence) = fence {
            let own = self.fences.get(fence).copied().unwrap_or(0).min(rest);
            self.take(Account::Fence, fence, own);
            rest = rest.saturating_sub(own);
        }
        if let Some(claim) = claim {
            self.take(Account::Ats, claim, rest);
        }
    }

    pub(super) fn take_capacity(&mut self, node: usize) {
        self.take(Account::Capacity, node, 1);
    }

    /// Marks a moment that [`undo_to`](Self::undo_to) can go back to.
    pub(super) const fn mark(&self) -> usize {
        self.taken.len()
    }

    pub(super) fn undo_to(&mut self, mark: usize) {
        while self.taken.len() > mark
            && let Some((account, at, qty)) = self.taken.pop()
        {
            if let Some(balance) = self.balance(account, at) {
                *balance = balance.saturating_add(qty);
            }
        }
    }

    fn take(&mut self, account: Account, at: usize, qty: u64) {
        if qty > 0
            && let Some(balance) = self.balance(account, at)
        {
            debug_assert!(*balance >= qty, "no more is taken than is there");
            *balance = balance.saturating_sub(qty);
            self.taken.push((account, at, qty));
        }
    }

    fn balance(&mut self, account: Account, at: usize) -> Option<&mut u64> {
        match account {
            Account::Stock => self.stock.get_mut(at),
            Account::Ats => self.ats.get_mut(at),
            Account::Fence => self.fences.get_mut(at),
            Account::Capacity => self.capacity.get_mut(at).and_then(Option::as_mut),
        }
    }
}

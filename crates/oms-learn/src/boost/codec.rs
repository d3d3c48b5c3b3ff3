//! A model as bytes, little-endian: `OMSLEARN`, a version, the model, and the first 8 bytes of the SHA-256 of all before.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::boost::model::Boosted;
use crate::boost::ranks::MOST_LEVELS;
use crate::boost::tree::{LEAF, Node, Tree};
use crate::boost::{Loss, MOST_ROUNDS};
use crate::table::MOST_COLUMNS;

const MAGIC: &[u8; 8] = b"OMSLEARN";
const VERSION: u16 = 1;
const HASH: usize = 8;

/// Why bytes are no model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadModel {
    /// They begin with something else.
    #[error("these bytes are no model; give what `to_bytes` wrote")]
    Foreign,
    /// Written by another version.
    #[error("the model has version `{found}`, this library reads `{VERSION}`; train it anew")]
    Version {
        /// What was found.
        found: u16,
    },
    /// Cut short or changed since.
    #[error("the model's bytes were cut or changed since they were written; fetch them again")]
    Damaged,
    /// Whole, but no tree can be made of them.
    #[error("the model has {0}, which training never writes; train it anew")]
    Broken(&'static str),
}

impl Boosted {
    /// The model as bytes, the same on every machine.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer(MAGIC.to_vec());
        out.0.extend(VERSION.to_le_bytes());
        out.len(self.columns.len());
        for column in &self.columns {
            out.len(column.len());
            out.0.extend(column.as_bytes());
        }
        match &self.loss {
            Loss::Squared => out.0.push(0),
            Loss::Poisson => out.0.push(1),
            Loss::Tweedie { power } => {
                out.0.push(2);
                out.float(*power);
            }
            Loss::Quantiles { levels } => {
                out.0.push(3);
                out.floats(levels);
            }
        }
        out.floats(&self.base);
        out.len(self.trees.len());
        for tree in &self.trees {
            out.len(tree.nodes.len());
            tree.nodes.iter().for_each(|node| out.node(node));
            out.floats(&tree.values);
        }
        let hash = Sha256::digest(&out.0);
        out.0.extend(hash.iter().take(HASH));
        out.0
    }

    /// The model that these bytes are.
    ///
    /// # Errors
    /// [`BadModel`] says whether they are foreign, of another version, damaged or broken. No bytes make it panic.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadModel> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(BadModel::Foreign)?;
        let version = rest.first_chunk().map(|bytes| u16::from_le_bytes(*bytes));
        match version {
            None => return Err(BadModel::Damaged),
            Some(VERSION) => {}
            Some(found) => return Err(BadModel::Version { found }),
        }
        let end = bytes.len().checked_sub(HASH).ok_or(BadModel::Damaged)?;
        let (text, hash) = bytes.split_at(end);
        if !Sha256::digest(text).starts_with(hash) {
            return Err(BadModel::Damaged);
        }
        let mut reader = Reader(text.get(MAGIC.len() + 2..).ok_or(BadModel::Damaged)?);
        let model = reader.model().ok_or(BadModel::Broken("parts of impossible length"))?;
        if !reader.0.is_empty() {
            return Err(BadModel::Broken("more bytes than it needs"));
        }
        model.check()?;
        Ok(model)
    }

    fn check(&self) -> Result<(), BadModel> {
        let wanted = match &self.loss {
            Loss::Quantiles { levels } => {
                let rising = levels.windows(2).all(|pair| pair[0] < pair[1]);
                let inside = levels.iter().all(|level| *level > 0.0 && *level < 1.0);
                if !rising || !inside || levels.len() > MOST_LEVELS {
                    return Err(BadModel::Broken("levels that are none"));
                }
                levels.len()
            }
            Loss::Tweedie { power } if !(*power > 1.0 && *power < 2.0) => {
                return Err(BadModel::Broken("a power that is none"));
            }
            _ => 1,
        };
        let based = self.base.len() == wanted && self.base.iter().all(|base| base.is_finite());
        if wanted == 0 || !based {
            return Err(BadModel::Broken("a base that is none"));
        }
        if self.trees.iter().any(|tree| !tree.is_sound(self.columns.len(), wanted)) {
            return Err(BadModel::Broken("a tree that leads nowhere"));
        }
        Ok(())
    }
}

impl From<Boosted> for Vec<u8> {
    fn from(model: Boosted) -> Self {
        model.to_bytes()
    }
}

impl TryFrom<Vec<u8>> for Boosted {
    type Error = BadModel;

    fn try_from(bytes: Vec<u8>) -> Result<Self, BadModel> {
        Self::from_bytes(&bytes)
    }
}

impl Serialize for Boosted {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_bytes().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Boosted {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = Vec::<u8>::deserialize(deserializer)?;
        Self::from_bytes(&bytes).map_err(serde::de::Error::custom)
    }
}

struct Writer(Vec<u8>);

impl Writer {
    fn len(&mut self, len: usize) {
        self.0.extend((len as u32).to_le_bytes());
    }

    fn float(&mut self, value: f64) {
        self.0.extend(value.to_le_bytes());
    }

    fn floats(&mut self, values: &[f64]) {
        self.len(values.len());
        values.iter().for_each(|value| self.float(*value));
    }

    fn node(&mut self, node: &Node) {
        for number in [node.column, node.next[0], node.next[1]] {
            self.0.extend(number.to_le_bytes());
        }
        self.float(node.threshold);
        self.0.push(u8::from(node.category) | (u8::from(node.unknown_left) << 1));
        self.float(node.cover);
    }
}

/// Gives nothing where bytes end too early. A length is believed only once so many bytes are there.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn bytes(&mut self, len: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(bytes)
    }

    fn number(&mut self) -> Option<u32> {
        self.bytes(4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes)
    }

    fn float(&mut self) -> Option<f64> {
        self.bytes(8).and_then(|bytes| bytes.try_into().ok()).map(f64::from_le_bytes)
    }

    fn floats(&mut self) -> Option<Vec<f64>> {
        let len = self.number()? as usize;
        let bytes = self.bytes(len.checked_mul(8)?)?;
        Some(bytes.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect())
    }

    fn model(&mut self) -> Option<Boosted> {
        let columns = self.number().filter(|count| *count as usize <= MOST_COLUMNS)?;
        let columns = (0..columns).map(|_| self.name()).collect::<Option<Vec<_>>>()?;
        let loss = match self.bytes(1)? {
            [0] => Loss::Squared,
            [1] => Loss::Poisson,
            [2] => Loss::Tweedie { power: self.float()? },
            [3] => Loss::Quantiles { levels: self.floats()? },
            _ => return None,
        };
        let base = self.floats()?;
        let trees = self.number().filter(|count| *count as usize <= MOST_ROUNDS)?;
        let trees = (0..trees).map(|_| self.tree()).collect::<Option<Vec<_>>>()?;
        Some(Boosted { columns, loss, base, trees })
    }

    fn name(&mut self) -> Option<String> {
        let len = self.number()? as usize;
        self.bytes(len).and_then(|bytes| String::from_utf8(bytes.to_vec()).ok())
    }

    fn tree(&mut self) -> Option<Tree> {
        let nodes = self.number()?;
        // Not collected into a vector of that size at once: the number may be a lie.
        let mut all = Vec::new();
        for _ in 0..nodes {
            all.push(self.node()?);
        }
        Some(Tree { nodes: all, values: self.floats()? })
    }

    fn node(&mut self) -> Option<Node> {
        let (column, next) = (self.number()?, [self.number()?, self.number()?]);
        let threshold = self.float()?;
        let flags = self.bytes(1)?.first().copied()?;
        let cover = self.float()?;
        let node = Node {
            column,
            next,
            threshold,
            category: flags & 1 != 0,
            unknown_left: flags & 2 != 0,
            cover,
        };
        (flags < 4 && (column != LEAF || next[1] == 0)).then_some(node)
    }
}

//! Items: the master record behind a SKU.

use serde::{Deserialize, Serialize};

use super::{Unfit, at_most, is_off};
use crate::words::{Sku, Timestamp};

/// The base unit in which an item is counted; every quantity of the item is a whole number of it.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Pieces.
    #[default]
    Each,
    /// Weight in grams.
    Gram,
    /// Length in millimeters.
    Millimeter,
    /// Volume in milliliters.
    Milliliter,
}

/// What must be minded when an item is stored, packed or carried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Handling {
    /// Dangerous goods: needs a licensed node.
    #[serde(skip_serializing_if = "is_off")]
    pub hazmat: bool,
    /// Kept cold: needs a node that holds cold.
    #[serde(skip_serializing_if = "is_off")]
    pub cold: bool,
    /// Breaks easily.
    #[serde(skip_serializing_if = "is_off")]
    pub fragile: bool,
    /// Too large for the usual box.
    #[serde(skip_serializing_if = "is_off")]
    pub oversize: bool,
    /// Handed over to adults only.
    #[serde(skip_serializing_if = "is_off")]
    pub age_restricted: bool,
}

/// The master record of a sellable, stockable article.
///
/// # Units
/// `weight_g` and `volume_ml` are of one base unit.
///
/// # Example
/// ```
/// use oms_core::catalog::{Handling, Item, Unit};
/// use oms_core::words::Sku;
///
/// let milk = Item {
///     flags: Handling { cold: true, ..Handling::default() },
///     weight_g: 1030,
///     ..Item::new(Sku::new("MILK-1L")?, Unit::Each)
/// };
/// assert_eq!(
///     serde_json::to_string(&milk).unwrap(),
///     concat!(
///         r#"{"sku":"MILK-1L","base_unit":"each","flags":{"cold":true},"#,
///         r#""weight_g":1030,"volume_ml":0}"#,
///     ),
/// );
/// # Ok::<(), oms_core::words::WordError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// The code of the article; its identity never changes.
    pub sku: Sku,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The unit in which it is counted.
    #[serde(default)]
    pub base_unit: Unit,
    /// What must be minded.
    #[serde(default, skip_serializing_if = "Handling::is_plain")]
    pub flags: Handling,
    /// The weight of one base unit, in grams.
    #[serde(default)]
    pub weight_g: u64,
    /// The volume of one base unit, in milliliters.
    #[serde(default)]
    pub volume_ml: u64,
    /// No longer sold; what was claimed before goes its way.
    #[serde(default, skip_serializing_if = "is_off")]
    pub retired: bool,
    /// Since when; told by the engine, never by who defines the item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired_at: Option<Timestamp>,
}

impl Item {
    /// The most that one base unit may weigh: a thousand tonnes.
    pub const MOST_WEIGHT_G: u64 = 1_000_000_000;
    /// The most room that one base unit may take: a thousand cubic meters.
    pub const MOST_VOLUME_ML: u64 = 1_000_000_000;

    /// Makes an item with no name, no flags, no weight and no volume.
    #[must_use]
    pub fn new(sku: Sku, base_unit: Unit) -> Self {
        Self {
            sku,
            name: None,
            base_unit,
            flags: Handling::default(),
            weight_g: 0,
            volume_ml: 0,
            retired: false,
            retired_at: None,
        }
    }

    /// Checks what the form alone does not show.
    ///
    /// # Errors
    /// An [`Unfit`] of a weight or a volume beyond what there is.
    pub fn check(&self) -> Result<(), Unfit> {
        at_most(self.weight_g, Self::MOST_WEIGHT_G, "/weight_g")?;
        at_most(self.volume_ml, Self::MOST_VOLUME_ML, "/volume_ml")
    }

    /// Tells whether the item was on sale at a moment, as far as its retirement says.
    #[must_use]
    pub fn was_sold_at(&self, at: Timestamp) -> bool {
        !self.retired || self.retired_at.is_some_and(|retired_at| at <= retired_at)
    }
}

impl Handling {
    /// Tells whether nothing must be minded.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

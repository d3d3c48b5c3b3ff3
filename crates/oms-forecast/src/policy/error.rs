//! Why there is no answer.

/// A value that a policy cannot be reckoned from.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// It is outside of its range, or not a number.
    #[error("`{name}` is `{found}`; give {wanted}")]
    Value {
        /// Which value.
        name: &'static str,
        /// What was found.
        found: f64,
        /// What is wanted instead.
        wanted: &'static str,
    },
    /// It would take more work or memory than a bound allows.
    #[error("{what} comes to `{found}`, more than `{most}`; {instead}")]
    TooMuch {
        /// What is too much.
        what: &'static str,
        /// How much it is.
        found: f64,
        /// The bound.
        most: usize,
        /// What to do instead.
        instead: &'static str,
    },
    /// The supply chain is none that the method can answer.
    #[error("{what}; {instead}")]
    Shape {
        /// What is in the way.
        what: String,
        /// What to do instead.
        instead: &'static str,
    },
}

/// The value, where it is a number above zero.
pub(crate) fn above_zero(name: &'static str, found: f64) -> Result<f64, PolicyError> {
    if found > 0.0 && found.is_finite() {
        Ok(found)
    } else {
        Err(PolicyError::Value { name, found, wanted: "a number above 0" })
    }
}

/// The value, where it is a number and not below zero.
pub(crate) fn not_negative(name: &'static str, found: f64) -> Result<f64, PolicyError> {
    if found >= 0.0 && found.is_finite() {
        Ok(found)
    } else {
        Err(PolicyError::Value { name, found, wanted: "a number of 0 or more" })
    }
}

/// The value, where it lies between 0 and 1 and is neither.
pub(crate) fn share(name: &'static str, found: f64) -> Result<f64, PolicyError> {
    if found > 0.0 && found < 1.0 {
        Ok(found)
    } else {
        Err(PolicyError::Value { name, found, wanted: "a share between 0 and 1, such as 0.95" })
    }
}

/// The value, where it is a number.
pub(crate) fn number(name: &'static str, found: f64) -> Result<f64, PolicyError> {
    if found.is_finite() {
        Ok(found)
    } else {
        Err(PolicyError::Value { name, found, wanted: "a number" })
    }
}

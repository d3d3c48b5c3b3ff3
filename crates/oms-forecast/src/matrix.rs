//! Small dense symmetric systems.

/// A square matrix that is symmetric and positive definite, row after row, as its Cholesky factor.
#[derive(Debug)]
pub(crate) struct Factor {
    width: usize,
    lower: Vec<f64>,
}

impl Factor {
    /// `None` where the matrix is not positive definite as far as rounding can tell.
    ///
    /// # Cost
    /// A sixth of the cube of the width.
    pub(crate) fn of(mut matrix: Vec<f64>, width: usize) -> Option<Self> {
        for row in 0..width {
            for column in 0..=row {
                let (above, own) = matrix.split_at(row * width);
                let (left, right) = (&own[..column], &above.get(column * width..));
                let known: f64 = match right {
                    Some(right) if column < row => {
                        left.iter().zip(*right).map(|(a, b)| a * b).sum()
                    }
                    _ => left.iter().map(|a| a * a).sum(),
                };
                let rest = own[column] - known;
                matrix[row * width + column] = if column < row {
                    rest / matrix[column * width + column]
                } else if rest > 1e-12 * matrix[row * width + row].abs() {
                    rest.sqrt()
                } else {
                    return None;
                };
            }
        }
        Some(Self { width, lower: matrix })
    }

    /// The solution for one right side, in its place.
    pub(crate) fn solve(&self, side: &mut [f64]) {
        let at = |row: usize, column: usize| self.lower[row * self.width + column];
        for row in 0..self.width {
            let known: f64 = (0..row).map(|column| at(row, column) * side[column]).sum();
            side[row] = (side[row] - known) / at(row, row);
        }
        for row in (0..self.width).rev() {
            let known: f64 = (row + 1..self.width).map(|below| at(below, row) * side[below]).sum();
            side[row] = (side[row] - known) / at(row, row);
        }
    }

    /// The inverse, row after row.
    pub(crate) fn inverse(&self) -> Vec<f64> {
        let mut all = vec![0.0; self.width * self.width];
        for (at, row) in all.chunks_exact_mut(self.width.max(1)).enumerate() {
            row[at] = 1.0;
            self.solve(row);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::Factor;

    // Goal: a solved system gives its right side again, and what is not positive definite is refused. Method: Hilbert's
    // matrix of five, and one with a row twice.
    #[test]
    fn solved() {
        let hilbert: Vec<f64> = (0..25).map(|at| 1.0 / f64::from(at / 5 + at % 5 + 1)).collect();
        let mut side = [1.0, 2.0, 3.0, 4.0, 5.0];
        let factor = Factor::of(hilbert.clone(), 5).unwrap();
        factor.solve(&mut side);
        for (row, wanted) in hilbert.chunks(5).zip(1..) {
            let found: f64 = row.iter().zip(side).map(|(a, b)| a * b).sum();
            assert!((found - f64::from(wanted)).abs() < 1e-7, "{found}");
        }
        let inverse = factor.inverse();
        let first: f64 = (0..5).map(|at| hilbert[at] * inverse[at * 5]).sum();
        assert!((first - 1.0).abs() < 1e-6);
        assert!(Factor::of(vec![1.0, 1.0, 1.0, 1.0], 2).is_none());
    }
}

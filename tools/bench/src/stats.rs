//! Medians and spreads.

/// What repeated measurements of one thing gave. The unit is that of the samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// Half of the samples are not above it.
    pub median: f64,
    /// The least sample.
    pub min: f64,
    /// The greatest.
    pub max: f64,
    /// How many samples there were.
    pub n: usize,
}

impl Figure {
    /// The figure of `samples`; `None` if there are none.
    pub fn of(samples: &[f64]) -> Option<Self> {
        let sorted = sorted(samples);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        Some(Self { median: quantile(&sorted, 0.5), min, max, n: sorted.len() })
    }
}

/// The `q`th part of `samples`, 0.5 for the median: between two samples the straight line counts.
///
/// # Panics
/// If there are none.
pub fn quantile(samples: &[f64], q: f64) -> f64 {
    let sorted = sorted(samples);
    let at = q * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    below + (above - below) * at.fract()
}

fn sorted(samples: &[f64]) -> Vec<f64> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_spread_and_tail() {
        let figure = Figure::of(&[3.0, 1.0, 10.0, 2.0]).unwrap();
        assert_eq!(figure, Figure { median: 2.5, min: 1.0, max: 10.0, n: 4 });
        assert_eq!(Figure::of(&[]), None);
        let hundred: Vec<f64> = (0..=100).map(f64::from).collect();
        assert_eq!(quantile(&hundred, 0.99), 99.0);
        assert_eq!(quantile(&[7.0], 0.99), 7.0);
        assert_eq!(quantile(&[20.0, 0.0, 10.0], 0.75), 15.0, "in any order, and between two on the line");
    }
}

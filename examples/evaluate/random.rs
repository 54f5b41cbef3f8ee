//! Random numbers from SplitMix64: the same on every machine.

use loaddiff::stats::random::SplitMix64;

/// Numbers from SplitMix64.
pub struct Random {
    bits: SplitMix64,
    /// The polar method generates normals in pairs: the second one.
    spare: Option<f64>,
}

impl Random {
    /// A generator for one purpose, named by numbers: a stream independent of others.
    pub fn new(parts: &[u64]) -> Self {
        let mut state = 0x6c6f_6164_6469_6666;
        for part in parts {
            state = SplitMix64::new(state ^ part).next_u64();
        }
        Self { bits: SplitMix64::new(state), spare: None }
    }

    /// 64 random bits.
    pub fn next(&mut self) -> u64 {
        self.bits.next_u64()
    }

    /// Uniform in [0, 1), 53 bits.
    pub fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// Uniform between two numbers.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// Below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.bits.below(n)
    }

    /// Standard normal, by Marsaglia's polar method.
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (x, y) = (self.between(-1.0, 1.0), self.between(-1.0, 1.0));
            let s = x * x + y * y;
            if s < 1.0 && s > 0.0 {
                let scale = libm::sqrt(-2.0 * libm::log(s) / s);
                self.spare = Some(y * scale);
                return x * scale;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn normals_have_their_moments() {
        let mut random = Random::new(&[7]);
        let n = 200_000;
        let (mut sum, mut squares, mut beyond) = (0.0, 0.0, 0);
        for _ in 0..n {
            let z = random.normal();
            sum += z;
            squares += z * z;
            beyond += u32::from(z > 1.880_793_6);
        }
        let n = f64::from(n);
        // Five standard errors each.
        assert!((sum / n).abs() < 5.0 / n.sqrt());
        assert!((squares / n - 1.0).abs() < 5.0 * (2.0 / n).sqrt());
        assert!((f64::from(beyond) / n - 0.03).abs() < 5.0 * (0.03 * 0.97 / n).sqrt());
    }
}

//! SplitMix64 and what is drawn from it: the same numbers on every machine.

/// SplitMix64 (Steele, Lea and Flood 2014).
pub struct Random {
    state: u64,
    /// The polar method makes normals in pairs: the second one.
    spare: Option<f64>,
}

impl Random {
    /// A generator for one thing, named by numbers: its own stream whatever else is drawn.
    pub fn new(parts: &[u64]) -> Self {
        let mut state = 0x6c6f_6164_6469_6666;
        for part in parts {
            let mut mix = Self { state: state ^ part, spare: None };
            state = mix.next();
        }
        Self { state, spare: None }
    }

    /// 64 random bits.
    pub fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in [0, 1), 53 bits.
    pub fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// Uniform between two numbers.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// Below `n`: multiply-high.
    pub fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
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

    /// The first outputs for seed 42: T9 of the statistics' test vectors.
    #[test]
    fn splitmix64_vector() {
        let mut random = Random { state: 42, spare: None };
        let expected = [13_679_457_532_755_275_413, 2_949_826_092_126_892_291, 5_139_283_748_462_763_858];
        assert_eq!(expected, [random.next(), random.next(), random.next()]);
        let mut random = Random { state: 42, spare: None };
        let below: Vec<u64> = (0..12).map(|_| random.below(20)).collect();
        assert_eq!(below, [14, 3, 5, 6, 0, 17, 4, 16, 6, 12, 4, 9]);
    }

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

import Foundation

// Whether probabilities mean what they say, and how to make them (Guo et al., 2017, On calibration of modern neural networks, ICML).

extension Answers {
    /// How sure the answers are, and how often they are right then.
    ///
    /// - Parameter temperature: Divides the logits first.
    public func reliability(bins: Int = 15, temperature: Double = 1) -> Reliability {
        var reliability = Reliability(bins: bins)
        for image in 0..<count {
            let answer = answer(to: image)
            reliability.add(
                probability: probabilities(of: image, temperature: temperature)[answer], isRight: answer == Int(labels[image]))
        }
        return reliability
    }

    /// The expected calibration error; see ``Reliability/error``.
    ///
    /// - Parameter temperature: Divides the logits first.
    public func calibrationError(bins: Int = 15, temperature: Double = 1) -> Double {
        reliability(bins: bins, temperature: temperature).error
    }

    /// The mean cross-entropy of the labels.
    public func negativeLogLikelihood(temperature: Double = 1) -> Double {
        let sum = (0..<count).reduce(0.0) { sum, image in
            let logits = logits(of: image), largest = Double(logits.max() ?? 0)
            let powers = logits.reduce(0) { $0 + exp((Double($1) - largest) / temperature) }
            return sum + log(powers) - (Double(logits[logits.startIndex + Int(labels[image])]) - largest) / temperature
        }
        return count == 0 ? 0 : sum / Double(count)
    }

    /// Temperatures that ``fittedTemperature()`` looks among: beyond them probabilities are all equal or all 0 and 1.
    public static let temperatures = 0.01...100.0

    /// The temperature that makes ``negativeLogLikelihood(temperature:)`` smallest.
    ///
    /// It is a convex function of the temperature's inverse, so that halving the interval by its slope finds the only minimum.
    public func fittedTemperature() -> Double {
        var lower = 1 / Answers.temperatures.upperBound, upper = 1 / Answers.temperatures.lowerBound
        // By equal steps of the logarithm, to all the digits that a Float keeps.
        for _ in 0..<40 {
            let middle = (lower * upper).squareRoot()
            if slope(inverse: middle) < 0 { lower = middle } else { upper = middle }
        }
        return 1 / (lower * upper).squareRoot()
    }

    /// The derivative of the summed negative log-likelihood by the inverse temperature: expected logits less those of the labels.
    private func slope(inverse: Double) -> Double {
        (0..<count).reduce(0.0) { sum, image in
            let logits = logits(of: image), largest = Double(logits.max() ?? 0)
            var powers = 0.0, weighted = 0.0
            for logit in logits {
                let distance = Double(logit) - largest, power = exp(distance * inverse)
                powers += power
                weighted += power * distance
            }
            return sum + weighted / powers - (Double(logits[logits.startIndex + Int(labels[image])]) - largest)
        }
    }
}

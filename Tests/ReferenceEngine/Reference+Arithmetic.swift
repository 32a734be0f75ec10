#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import StriateGraph

extension ReferenceProgram {
    /// Element-wise arithmetic and functions, and what sums up along axes.
    func arithmetics(_ call: Call) -> [[Double]]? {
        let inputs = call.inputs, types = call.types
        switch call.node.operation {
        case let arithmetic as Arithmetic:
            return eachImage(call) { x, place in
                let a = x[0][types[0].shape.index(ofBroadcast: place)], b = x[1][types[1].shape.index(ofBroadcast: place)]
                return self.combine(arithmetic.kind, a, b)
            }
        case let function as ElementFunction: return [inputs[0].map { apply(function.kind, $0) }]
        case let gradient as ElementFunctionGradient: return [zip(inputs[0], inputs[1]).map { $1 * slope(gradient.kind, at: $0) }]
        case let reduction as Reduction: return eachImage(call) { x, place in self.reduce(reduction, x[0], types[0].shape, place) }
        case let softmax as Softmax:
            return eachImage(call) { x, place in
                let row = types[0].shape.row(through: place, axis: softmax.axis).map { x[0][$0] }, largest = row.max()!
                let own = row[place[softmax.axis]] - largest, sum = row.reduce(0) { $0 + exp($1 - largest) }
                return softmax.isLogarithm ? own - log(sum) : exp(own) / sum
            }
        default: return nil
        }
    }

    private func combine(_ kind: Arithmetic.Kind, _ a: Double, _ b: Double) -> Double {
        switch kind {
        case .add: return a + b
        case .subtract: return a - b
        case .multiply: return a * b
        case .divide: return a / b
        case .power: return pow(a, b)
        case .maximum, .minimum, .equal, .greater:
            noteRivals([a, b])
            if kind == .equal { return a == b ? 1 : 0 }
            if kind == .greater { return a > b ? 1 : 0 }
            return a.isNaN || b.isNaN ? .nan : kind == .maximum ? max(a, b) : min(a, b)
        }
    }

    private func reduce(_ reduction: Reduction, _ x: [Double], _ shape: Shape, _ place: [Int]) -> Double {
        var places = [place]
        if !reduction.keepsAxes { for axis in reduction.axes { places[0].insert(0, at: axis) } }
        for axis in reduction.axes {
            places = places.flatMap { place in
                (0..<shape[axis]).map { position in
                    var place = place
                    place[axis] = position
                    return place
                }
            }
        }
        let elements = places.map { x[shape.index(of: $0)] }
        switch reduction.kind {
        case .sum: return elements.reduce(0, +)
        case .mean: return elements.reduce(0, +) / Double(elements.count)
        case .max, .min:
            noteRivals(reduction.kind == .max ? elements : elements.map { -$0 })
            return elements.first(where: \.isNaN) ?? (reduction.kind == .max ? elements.max()! : elements.min()!)
        }
    }

    private func apply(_ kind: ElementFunction.Kind, _ x: Double) -> Double {
        switch kind {
        case .leakyReLU(let slope):
            noteCorner(x)
            return x > 0 ? x : Double(slope) * x
        case .elu(let scale):
            noteCorner(x)
            return x > 0 ? x : Double(scale) * expm1(x)
        case .gelu(let isApproximated):
            return isApproximated ? x / (1 + exp(-2 * Double.gelu(x))) : 0.5 * x * erfc(-x / 2.0.squareRoot())
        case .hardSigmoid(let slope, let offset):
            let y = Double(slope) * x + Double(offset)
            noteCorner(y)
            noteCorner(y - 1)
            return y.clipped(0, 1)
        case .hardSwish: return x * apply(.hardSigmoid(slope: 1 / 6, offset: 0.5), x)
        case .silu: return x / (1 + exp(-x))
        case .softplus: return max(x, 0) + log1p(exp(-abs(x)))
        case .clip(let low, let high):
            noteCorner(x - Double(low))
            noteCorner(x - Double(high))
            return x.clipped(Double(low), Double(high))
        case .exp: return exp(x)
        case .log: return log(x)
        case .squareRoot: return x.squareRoot()
        case .reciprocalSquareRoot: return 1 / x.squareRoot()
        case .reciprocal: return 1 / x
        case .absolute:
            noteCorner(x)
            return abs(x)
        case .erf: return erf(x)
        case .sign:
            noteCorner(x)
            return x > 0 ? 1 : x < 0 ? -1 : 0
        case .floor, .ceil, .round:
            // Rounding decides near whole numbers, or near halves.
            noteCorner(kind == .round ? x - x.rounded(.down) - 0.5 : x - x.rounded())
            return kind == .floor ? x.rounded(.down) : kind == .ceil ? x.rounded(.up) : x.rounded(.toNearestOrEven)
        }
    }

    private func slope(_ kind: ElementFunction.Kind, at x: Double) -> Double {
        switch kind {
        case .leakyReLU(let slope): return x > 0 ? 1 : Double(slope)
        case .elu(let scale): return x > 0 ? 1 : Double(scale) * exp(x)
        case .gelu(true):
            let t = tanh(Double.gelu(x))
            return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * (2 / Double.pi).squareRoot() * (1 + 3 * 0.044715 * x * x)
        case .gelu(false): return 0.5 * erfc(-x / 2.0.squareRoot()) + x * exp(-x * x / 2) / (2 * Double.pi).squareRoot()
        case .hardSigmoid(let slope, let offset):
            let y = Double(slope) * x + Double(offset)
            return y > 0 && y < 1 ? Double(slope) : 0
        case .hardSwish: return x <= -3 ? 0 : x < 3 ? x / 3 + 0.5 : 1
        case .silu:
            let y = 1 / (1 + exp(-x))
            return y + x * y * (1 - y)
        case .softplus: return 1 / (1 + exp(-x))
        case .clip(let low, let high): return x >= Double(low) && x <= Double(high) ? 1 : 0
        case .exp: return exp(x)
        case .log: return 1 / x
        case .squareRoot: return 0.5 / x.squareRoot()
        case .reciprocalSquareRoot: return -0.5 / (x * x.squareRoot())
        case .reciprocal: return -1 / (x * x)
        case .absolute: return x > 0 ? 1 : x < 0 ? -1 : 0
        case .erf: return 2 / Double.pi.squareRoot() * exp(-x * x)
        case .sign, .floor, .ceil, .round: return 0
        }
    }

    /// Where a function has a corner or a jump at 0, rounding may decide the side.
    private func noteCorner(_ x: Double) {
        if x != 0 { margin = min(margin, abs(x)) }
    }
}

extension Double {
    fileprivate func clipped(_ low: Double, _ high: Double) -> Double { isNaN ? self : min(max(self, low), high) }

    /// What GELU's approximation takes the hyperbolic tangent of.
    fileprivate static func gelu(_ x: Double) -> Double { (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x) }
}

extension Shape {
    /// The indices of the elements along an axis that passes through a place.
    fileprivate func row(through place: [Int], axis: Int) -> [Int] {
        (0..<self[axis]).map { position in
            var place = place
            place[axis] = position
            return index(of: place)
        }
    }
}

import Foundation
import StriateGraph

/// Arithmetic on what is known at import: shapes above all, with the number of images as a symbol.
enum Folding {
    /// - Returns: Nil where it is better left to the graph.
    static func binary(_ kind: Arithmetic.Kind, _ a: KnownTensor, _ b: KnownTensor) throws(Refusal) -> [KnownTensor]? {
        guard let (extents, left, right) = try places(a, b) else { return nil }
        if let a = a.sizes, let b = b.sizes {
            var sizes = [Size]()
            for (i, j) in zip(left, right) {
                guard let size = combined(kind, a[i], b[j]) else { throw Refusal("cannot \(kind.rawValue) whole numbers like these") }
                sizes.append(size)
            }
            return [KnownTensor(extents, .sizes(sizes))]
        }
        guard let a = a.floats, let b = b.floats else { return nil }
        return [KnownTensor(extents, .floats(zip(left, right).map { combined(kind, a[$0], b[$1]) }))]
    }

    static func comparison(
        _ kind: Arithmetic.Kind, _ a: KnownTensor, _ b: KnownTensor, isNegated: Bool
    ) throws(Refusal) -> [KnownTensor]? {
        guard let (extents, left, right) = try places(a, b) else { return nil }
        guard let x = a.sizes, let y = b.sizes else {
            guard let x = a.floats, let y = b.floats else { return nil }
            return [KnownTensor(extents, .sizes(zip(left, right).map {
                Size((kind == .equal ? x[$0] == y[$1] : x[$0] > y[$1]) != isNegated ? 1 : 0)
            }))]
        }
        return [KnownTensor(extents, .sizes(zip(left, right).map {
            let (a, b) = (x[$0], y[$1])
            // A batch is no particular number: it equals itself alone, and is larger than none.
            let holds = kind == .equal ? a == b : (a.fixed.map { a in b.fixed.map { a > $0 } ?? false } ?? (b.fixed == 0))
            return Size(holds != isNegated ? 1 : 0)
        }))]
    }

    static func choice(_ condition: KnownTensor, _ a: KnownTensor, _ b: KnownTensor) throws(Refusal) -> [KnownTensor]? {
        guard let (_, _, _) = try places(a, b), let truth = condition.numbers else { return nil }
        let extents = try broadcast(try broadcast(condition.extents, a.extents), b.extents)
        guard let count = Shape.checkedCount(extents), count <= Limits.folded else { return nil }
        let (c, i, j) = (spread(condition.extents, extents), spread(a.extents, extents), spread(b.extents, extents))
        if let a = a.sizes, let b = b.sizes {
            return [KnownTensor(extents, .sizes(c.indices.map { truth[c[$0]] != 0 ? a[i[$0]] : b[j[$0]] }))]
        }
        guard let a = a.floats, let b = b.floats else { return nil }
        return [KnownTensor(extents, .floats(c.indices.map { truth[c[$0]] != 0 ? a[i[$0]] : b[j[$0]] }))]
    }

    // MARK: - Broadcasting

    /// Which elements of both operands meet at each place of the result; nil where there are too many to compute here.
    private static func places(_ a: KnownTensor, _ b: KnownTensor) throws(Refusal) -> (extents: [Int], left: [Int], right: [Int])? {
        let extents = try broadcast(a.extents, b.extents)
        guard let count = Shape.checkedCount(extents), count <= Limits.folded else { return nil }
        return (extents, spread(a.extents, extents), spread(b.extents, extents))
    }

    static func broadcast(_ a: [Int], _ b: [Int]) throws(Refusal) -> [Int] {
        guard let shape = Shape(a).broadcast(with: Shape(b)) else { throw Refusal("\(Shape(a)) and \(Shape(b)) do not fit") }
        return shape.extents
    }

    /// For each place of a tensor of `extents` the place in one of `own` that is repeated there.
    static func spread(_ own: [Int], _ extents: [Int]) -> [Int] {
        let added = extents.count - own.count
        var places = [0], stride = 1
        for axis in extents.indices.reversed() {
            let extent = axis < added ? 1 : own[axis - added]
            let step = extent == 1 ? 0 : stride
            // The axis before varies slower.
            var next = [Int]()
            next.reserveCapacity(places.count * extents[axis])
            for position in 0..<extents[axis] { for place in places { next.append(position * step + place) } }
            places = next
            stride *= extent
        }
        return places
    }

    // MARK: - Pairs of numbers

    private static func combined(_ kind: Arithmetic.Kind, _ a: Size, _ b: Size) -> Size? {
        guard let x = a.fixed, let y = b.fixed else {
            switch kind {
            case .multiply: return a.fixed.flatMap { b.times($0) } ?? b.fixed.flatMap { a.times($0) }
            case .divide:
                if a.timesBatch, b.timesBatch, b.number != 0 { return Size(a.number / b.number) }
                guard let divisor = b.fixed, divisor != 0, a.number % divisor == 0 else { return nil }
                return Size.batch.times(a.number / divisor)
            case .add where b.fixed == 0, .subtract where b.fixed == 0: return a
            case .add where a.fixed == 0: return b
            case .maximum where a == b, .minimum where a == b: return a
            default: return nil
            }
        }
        func checked(_ result: (partialValue: Int, overflow: Bool)) -> Size? { result.overflow ? nil : Size(result.partialValue) }
        switch kind {
        case .add: return checked(x.addingReportingOverflow(y))
        case .subtract: return checked(x.subtractingReportingOverflow(y))
        case .multiply: return checked(x.multipliedReportingOverflow(by: y))
        case .divide: return checked(x.dividedReportingOverflow(by: y))
        case .maximum: return Size(max(x, y))
        case .minimum: return Size(min(x, y))
        case .power:
            let power = pow(Double(x), Double(y))
            return abs(power) < 0x1p53 ? Size(Int(power)) : nil
        case .equal: return Size(x == y ? 1 : 0)
        case .greater: return Size(x > y ? 1 : 0)
        }
    }

    private static func combined(_ kind: Arithmetic.Kind, _ a: Float, _ b: Float) -> Float {
        switch kind {
        case .add: a + b
        case .subtract: a - b
        case .multiply: a * b
        case .divide: a / b
        case .maximum: max(a, b)
        case .minimum: min(a, b)
        case .power: pow(a, b)
        case .equal: a == b ? 1 : 0
        case .greater: a > b ? 1 : 0
        }
    }
}

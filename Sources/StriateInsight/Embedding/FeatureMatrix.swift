/// Numbers that describe things: a row for each thing, a column for each feature.
public struct FeatureMatrix: Hashable, Sendable {
    public let columns: Int
    /// Row after row.
    public private(set) var values: [Float] = []

    public init(columns: Int) { self.columns = columns }

    /// - Precondition: there are as many values as columns, or a multiple of them.
    public mutating func append(rows values: some Collection<Float>) {
        precondition(columns > 0 && values.count.isMultiple(of: columns), "\(values.count) values are no rows of \(columns)")
        self.values += values
    }

    public var rows: Int { columns == 0 ? 0 : values.count / columns }

    public subscript(row: Int) -> ArraySlice<Float> { values[row * columns..<(row + 1) * columns] }

    /// The same rows with the mean of each column taken away.
    var centred: FeatureMatrix {
        var means = Array(repeating: 0.0, count: columns)
        for row in 0..<rows { for (column, value) in self[row].enumerated() { means[column] += Double(value) } }
        var centred = self
        for row in 0..<rows {
            for column in 0..<columns {
                centred.values[row * columns + column] = Float(Double(values[row * columns + column]) - means[column] / Double(rows))
            }
        }
        return centred
    }
}

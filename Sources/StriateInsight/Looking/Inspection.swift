public import StriateData
public import StriateGraph
public import StriateNetworks

/// Pictures of all that a model does with one picture: every layer's maps, and what it has learnt to look for.
public struct Inspection: Sendable {
    /// A picture with what is to be said of it.
    public struct Sheet: Sendable {
        /// Such as `conv1`, or `conv1.weight`.
        public let name: String
        public let caption: String
        public let picture: Picture
    }

    /// The picture as the network sees it.
    public let input: Picture
    /// In the order of ``FeatureMaps/layers``.
    public let layers: [Sheet]
    /// Kernels of the first convolutions, tables of their connections, and the characters of LeNet-5's output units.
    public let filters: [Sheet]

    /// - Parameters:
    ///   - maps: What `model` makes of the picture.
    ///   - limit: The most maps of a layer that are shown; nil for 64, or 16 in networks of more than 40 layers.
    /// - Throws: ``NetworkError`` where the model cannot be traced, ``DataError`` where a sheet would be too large.
    public init(_ maps: FeatureMaps, of model: any ModelArchitecture, weights: Weights, limit: Int? = nil) throws {
        var layout = MapSheet()
        layout.limit = limit ?? (maps.layers.count > 40 ? 16 : 64)
        input = maps.picture
        layers = try maps.layers.filter { $0.values.shape.count > 0 }.map { try Inspection.sheet(of: $0, layout) }
        filters = try Inspection.filters(FilterSheets(network: model.traced(), weights: weights, layout: layout), maps)
    }

    private static func sheet(of layer: FeatureMaps.Layer, _ layout: MapSheet) throws(DataError) -> Sheet {
        let values = layer.values.values, scale = ColourScale(covering: values), count = layout.count(of: layer.values.shape)
        let part = count.shown < count.all ? " · the first \(count.shown) of \(count.all)" : ""
        let range = "\(number(values.min() ?? 0)) to \(number(values.max() ?? 0))"
        return Sheet(
            name: layer.name, caption: "\(layer.kind) · \(layer.values.shape) · \(range)\(part)",
            picture: try layout.picture(of: layer.values, scale))
    }

    private static func filters(_ sheets: FilterSheets, _ maps: FeatureMaps) throws(DataError) -> [Sheet] {
        var found = [Sheet]()
        for kernels in sheets.kernels(ofFirst: 2) {
            let shape = kernels.weight.shape, scale = ColourScale(covering: kernels.weight.values)
            let reading = switch shape[1] {
            case 1: "a kernel for each map"
            case 3: "a kernel for each map, grey is 0"
            default: "a column for each map, a row for each map that it reads"
            }
            let most = shape[1] == 1 || shape[1] == 3 ? (FilterSheets.mostKernels, shape[0]) : (FilterSheets.mostPairs, max(shape[0], shape[1]))
            let part = most.0 < most.1 ? " · the first \(most.0)" : ""
            found.append(Sheet(
                name: kernels.path, caption: "\(shape) · \(reading) · up to ±\(number(scale.reach))\(part)",
                picture: try sheets.picture(of: kernels, scale)))
            if let table = kernels.connections {
                found.append(Sheet(
                    name: "\(kernels.path).connections",
                    caption: "\(table.count) connections · a column for each of \(table.rows.count) maps, dark for those of \(table.inputs) that it reads",
                    picture: try sheets.picture(of: table)))
            }
        }
        if let (centres, compared) = sheets.centres {
            let features = maps.layers.last { $0.value == compared }?.values.values
            if let picture = try sheets.bitmaps(centres, beside: features) {
                found.append(Sheet(
                    name: "centres", caption: "\(features == nil ? "" : "what the network drew, and ")the characters of the output units: the nearest wins",
                    picture: picture))
            }
        }
        return found
    }
}

/// To three significant digits: `2.35`, `0.0123`, `145`.
func number(_ value: Float) -> String {
    guard value.isFinite else { return "\(value)" }
    let magnitude = Double(value.magnitude)
    var places = 2, bound = 1.0
    while places < 6, magnitude > 0, magnitude < bound { (places, bound) = (places + 1, bound / 10) }
    if magnitude >= 10 { places = magnitude >= 100 ? 0 : 1 }
    let text = Numbers.fixed(Double(value), places)
    return text.hasPrefix("-") ? "−" + text.dropFirst() : text
}

package import StriateData
package import StriateGraph
package import StriateNetworks

/// Kernels that whiten patches of pictures: what a first convolution can start from and stay at, in place of learning it.
///
/// With C = E[p pᵀ] = V Λ Vᵀ over the patches p of the training pictures, the kernels are the rows of (Λ + ε)^−½ Vᵀ and of its negative, the
/// strongest components first (Page, 2019, How to train your ResNet 8; Jordan, 2024, arXiv:2404.00498, section 3.2). Their answers have
/// variance 1 and are uncorrelated, and after a rectifier nothing is lost.
package struct PatchWhitening {
    /// The layer's weight, such as `whiten.weight`.
    package let parameter: String
    private let shape: Shape

    /// - Parameter layer: The path of a convolution that reads the pictures themselves.
    /// - Throws: ``TrainingError/options(_:)`` where there is none, or it has more kernels than there are components with both signs.
    package init(layer: String, of network: TracedNetwork) throws(TrainingError) {
        let graph = network.graph, producers = graph.producers
        let first = graph.nodes.filter { node in
            guard node.operation is Convolution else { return false }
            let source = node.inputs[0]
            return source == network.input || graph.nodes[producers[source.index]].inputs.first == network.input
        }
        guard let node = first.first(where: { $0.path == layer }) else {
            let names = first.map(\.path).joined(separator: ", ")
            throw .options("whiten: \(layer) is no convolution of the pictures themselves; " + (names.isEmpty ? "the network has none" : "there is \(names)"))
        }
        parameter = layer + ".weight"
        shape = graph[node.inputs[1]].shape
        let components = shape.count / shape[0]
        guard shape[0] % 2 == 0, shape[0] <= 2 * components else {
            throw .options("whiten: \(layer) has \(shape[0]) kernels; its patches have \(components) components, so that there can be an even number up to \(2 * components)")
        }
    }

    /// Added to every eigenvalue, so that components which are nearly constant are not all noise.
    private static let epsilon = 5e-4
    /// Pictures that are looked at, and the multiply-adds that this may take.
    private static let mostPictures = 5000
    private static let mostWork = 2_000_000_000

    /// The weight for pictures like these, evenly chosen among all.
    package func weight(for images: PictureLoader, preprocessing: Preprocessing) throws(TrainingError) -> Tensor {
        let (rows, columns) = (preprocessing.rows, preprocessing.columns), components = shape.count / shape[0]
        let positions = (rows - shape[2] + 1) * (columns - shape[3] + 1)
        let wanted = max(1, min(images.count, PatchWhitening.mostPictures, PatchWhitening.mostWork / max(1, positions * components * components)))
        let order = (0..<wanted).map { $0 * images.count / wanted }
        var sums = Array(repeating: Array(repeating: 0.0, count: components), count: components), count = 0
        let stream = images.batches(of: 64, order: order)
        do throws(DataError) {
            while let batch = try stream.next() {
                for row in batch.rows {
                    add(batch.pixels[Int(row) * preprocessing.shape.count..<(Int(row) + 1) * preprocessing.shape.count], preprocessing, to: &sums)
                    count += positions
                }
            }
        } catch { throw .data("\(error)") }
        guard count > 0 else { throw .data("whiten: none of the pictures can be read") }
        let covariance = sums.map { $0.map { $0 / Double(count) } }
        return Tensor(shape, kernels(SymmetricEigenvectors(of: covariance)))
    }

    /// Adds p pᵀ for every patch p of a picture.
    private func add(_ pixels: ArraySlice<UInt8>, _ preprocessing: Preprocessing, to sums: inout [[Double]]) {
        let (rows, columns) = (preprocessing.rows, preprocessing.columns), start = pixels.startIndex
        var numbers = [Double]()
        for channel in 0..<preprocessing.channels {
            let mean = Double(preprocessing.mean[channel]), deviation = Double(preprocessing.standardDeviation[channel])
            let first = start + channel * rows * columns
            for pixel in pixels[first..<first + rows * columns] { numbers.append((Double(pixel) / 255 - mean) / deviation) }
        }
        var offsets = [Int]()
        for channel in 0..<shape[1] {
            for row in 0..<shape[2] { for column in 0..<shape[3] { offsets.append((channel * rows + row) * columns + column) } }
        }
        for row in 0...rows - shape[2] {
            for column in 0...columns - shape[3] {
                let corner = row * columns + column
                for (i, first) in offsets.enumerated() {
                    let value = numbers[corner + first]
                    for j in 0...i { sums[i][j] += value * numbers[corner + offsets[j]] }
                }
            }
        }
        for i in sums.indices { for j in 0..<i { sums[j][i] = sums[i][j] } }
    }

    private func kernels(_ eigen: SymmetricEigenvectors) -> [Float] {
        var positive = [Float]()
        for component in 0..<shape[0] / 2 {
            let factor = 1 / (max(0, eigen.values[component]) + PatchWhitening.epsilon).squareRoot()
            positive += eigen.vectors[component].map { Float($0 * factor) }
        }
        return positive + positive.map { -$0 }
    }
}

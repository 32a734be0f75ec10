import StriateGraph
import StriateNetworks
import Testing

private typealias Linear = StriateNetworks.Linear

/// A family of networks in the manner of VGG: a table and one loop.
private struct Table: Network {
    var widths: [Int?]
    var hasHead = true

    var body: [any Layer] {
        Sequential {
            for width in widths {
                if let width {
                    Conv2D(width, kernel: 3, padding: 1)
                    ReLU()
                } else {
                    MaxPool(2)
                }
            }
        }.named("features")
        if hasHead {
            Flatten()
            Sequential { Linear(7) }.named("classifier")
        }
    }
}

private struct Doubled: Layer {
    func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value { try trace.graph.multiply(x, by: 2) }
}

/// A layer with a parameter of its own.
private struct Shift: Layer {
    func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value {
        let offset = try trace.parameter("offset", [trace.graph[x].shape[0]], .zeros, fans: Fans(input: 1, output: 1))
        return try trace.graph.addBias(x, offset)
    }
}

@Suite struct BuilderTests {
    @Test func loopsAndConditionsFillTheBody() throws {
        let traced = try TracedNetwork(Table(widths: [4, nil, 8, 8, nil]), input: [3, 8, 8])
        #expect(traced.parameters.map(\.path) == [
            "features.0.weight", "features.0.bias", "features.3.weight", "features.3.bias", "features.5.weight", "features.5.bias",
            "classifier.0.weight", "classifier.0.bias",
        ])
        #expect(traced.graph[traced.logits].shape == [7])
        #expect(try TracedNetwork(Table(widths: [4], hasHead: false), input: [3, 8, 8]).parameters.count == 2)
    }

    @Test func unnamedLayersWithoutParametersTakeAPositionToo() throws {
        let traced = try TracedNetwork(LeNet5D2L(), input: [1, 28, 28])
        #expect(traced.layers.map(\.path) == (0..<12).map(String.init))
        #expect(traced.layers.map(\.kind) == [
            "Conv2D", "Sigmoid", "AveragePool", "Conv2D", "Sigmoid", "AveragePool", "Flatten", "Linear", "Sigmoid", "Linear", "Sigmoid",
            "Linear",
        ])
    }

    @Test func aNetworkIsALayerOfAnother() throws {
        let traced = try TracedNetwork(
            Sequential {
                Table(widths: [4], hasHead: false).named("backbone")
                Flatten()
                Linear(2)
            }, input: [1, 4, 4])
        #expect(traced.parameters.map(\.path) == ["backbone.features.0.weight", "backbone.features.0.bias", "2.weight", "2.bias"])
    }

    @Test func layersOfOnesOwnCallGraphOperations() throws {
        let traced = try TracedNetwork(Sequential { Doubled(); Shift().named("shift") }, input: [3, 2, 2])
        #expect(traced.parameters.map(\.path) == ["shift.offset"])
        #expect(traced.layers.map(\.kind) == ["Doubled", "Shift"])
        #expect(traced.initialWeights(seed: 1)["shift.offset"] == Tensor([3], [0, 0, 0]))
    }

    @Test func containersComeBeforeWhatTheyHoldAndCountIt() throws {
        let traced = try TracedNetwork(Table(widths: [4, nil]), input: [1, 4, 4])
        #expect(traced.layers.map(\.path) == [
            "features", "features.0", "features.1", "features.2", "1", "classifier", "classifier.0",
        ])
        #expect(traced.layers.map(\.isContainer) == [true, false, false, false, false, true, false])
        #expect(traced.layers[0].parameterCount == 40)
        #expect(traced.layers[0].multiplyAdds == 4 * 16 * 9)
        #expect(traced.layers[0].output == [4, 2, 2])
        #expect(traced.layers[1].memory == 4 * (40 + 64))
    }

    @Test func groupsSplitTheChannels() throws {
        let traced = try TracedNetwork(Conv2D(8, kernel: 3, groups: 4, bias: false), input: [4, 5, 5])
        #expect(traced.parameters.map(\.shape) == [[8, 1, 3, 3]])
        #expect(traced.parameters[0].fans == Fans(input: 9, output: 18))
        #expect(traced.multiplyAdds == 8 * 9 * 9)
    }

    @Test func everyErrorNamesTheLayersPath() {
        func error(_ input: Shape = [1, 8, 8], @LayerBuilder _ layers: () -> [any Layer]) -> ShapeError? {
            let body = layers()
            do throws(ShapeError) {
                _ = try TracedNetwork(Sequential { Sequential { body }.named("stage") }, input: input)
                return nil
            } catch { return error }
        }
        #expect(error { ReLU(); Linear(3) }?.path == "stage.1")
        #expect(error { Conv2D(3, kernel: 9).named("conv") }?.description
            == "stage.conv: a kernel of 9×9 does not fit into a picture of 8×8")
        #expect(error { Flatten(); Conv2D(3, kernel: 1) }?.path == "stage.1")
        #expect(error { Conv2D(3, kernel: 3, groups: 2) }?.path == "stage.0")
        #expect(error { Conv2D(3, kernel: 3, groups: 0) }?.path == "stage.0")
        #expect(error { Conv2D(3, kernel: 3, connections: ConnectionTable(inputs: 2, rows: [[0], [1], [0, 1]])) }?.path == "stage.0")
        #expect(error { Branches {} }?.path == "stage.0")
        #expect(error { Branches { MaxPool(2); MaxPool(4) } }?.path == "stage.0")
        #expect(error { SubsampledIdentity(4, stride: 0) }?.path == "stage.0")
        #expect(error { Conv2D(-3, kernel: 3) }?.path == "stage.0")
        #expect(error { Conv2D(3, kernel: -3) }?.path == "stage.0")
        #expect(error { Conv2D(3, kernel: 3, stride: 0) }?.path == "stage.0")
        #expect(error { MaxPool(2, padding: 2) }?.path == "stage.0")
        #expect(error { Flatten(); Linear(0) }?.path == "stage.1")
        #expect(error { Flatten(); Linear(1 << 40) }?.path == "stage.1")
        #expect(error { Conv2D(1, kernel: 1).named("a.b") }?.path == "stage")
        #expect(error { Conv2D(1, kernel: 1).named("same"); Conv2D(1, kernel: 1).named("same") }?.description
            == "stage.same: two parameters are called stage.same.weight; give the layers different names")
    }
}

import StriateData
public import StriateEngine
public import StriateFormats
public import StriateGraph

/// Why training or evaluation cannot go on. Always one line: what, where, what to do.
public enum TrainingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The loss, or a weight, is no longer a finite number. `step` counts from 1 within the epoch.
    case diverged(epoch: Int, step: Int, loss: Float, rate: Float)
    /// An option has no meaning, such as a batch of 0 images.
    case options(String)
    /// The images do not fit the network, or the run.
    case data(String)
    case shape(ShapeError)
    case engine(EngineError)
    case file(FormatError)

    public var description: String {
        switch self {
        case .diverged(let epoch, let step, let loss, let rate):
            let place = epoch == 0 ? "step \(step)" : "epoch \(epoch), step \(step)"
            let loss = loss.isNaN ? "not a number" : "infinite"
            return "\(place): the loss is \(loss), training has diverged; give a lower rate than \(rate)"
        case .options(let message), .data(let message): return message
        case .shape(let error): return error.description
        case .engine(let error): return error.description
        case .file(let error): return error.description
        }
    }
}

/// Runs `body`, its errors turned into training errors.
func shaped<Result>(_ body: @autoclosure () throws(ShapeError) -> Result) throws(TrainingError) -> Result {
    do { return try body() } catch { throw .shape(error) }
}

func computed<Result>(_ body: @autoclosure () throws(EngineError) -> Result) throws(TrainingError) -> Result {
    do { return try body() } catch { throw .engine(error) }
}

func loaded<Result>(_ body: @autoclosure () throws(DataError) -> Result) throws(TrainingError) -> Result {
    do { return try body() } catch { throw .data(error.description) }
}

func filed<Result>(_ body: @autoclosure () throws(FormatError) -> Result) throws(TrainingError) -> Result {
    do { return try body() } catch { throw .file(error) }
}

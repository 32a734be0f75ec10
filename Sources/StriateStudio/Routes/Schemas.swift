import Striate

/// The JSON schemas of what the API answers.
enum Schemas {
    enum Name: String, CaseIterable {
        case predictions = "Predictions"
        case explanation = "Explanation"
        case model = "Model"
        case test = "Test"
        case gallery = "Gallery"
        case exciting = "ExcitingPictures"
        case savedModels = "SavedModels"
        case training = "Training"
        case trainingState = "TrainingState"
        case rateFactor = "RateFactor"
        case health = "Health"
        case error = "Error"
    }

    static func reference(to name: Name) -> JSON { ["$ref": .string("#/components/schemas/\(name.rawValue)")] }

    static func schema(of name: Name) -> JSON {
        switch name {
        case .predictions: predictions
        case .explanation: explanation
        case .model: model
        case .test: test
        case .gallery: gallery
        case .exciting: exciting
        case .savedModels: savedModels
        case .training: training
        case .trainingState: trainingState
        case .rateFactor: object([("factor", ["type": "number", "minimum": 0, "maximum": .number(TrainingControl.mostRateFactor)])])
        case .health: object([("status", ["type": "string", "enum": ["ok"]])])
        case .error: error
        }
    }

    private static let text: JSON = ["type": "string"]
    private static let count: JSON = ["type": "integer", "minimum": 0]
    private static let number: JSON = ["type": "number"]
    private static let flag: JSON = ["type": "boolean"]

    private static func array(of items: JSON) -> JSON { ["type": "array", "items": items] }

    /// An object whose members are all required, but for the optional ones.
    private static func object(_ members: [(String, JSON)], optional: [(String, JSON)] = []) -> JSON {
        ["type": "object", "required": JSON(members.map(\.0)), "properties": .object(members + optional)]
    }

    private static var predictions: JSON {
        let prediction = object([("class", text), ("probability", ["type": "number", "minimum": 0, "maximum": 1])])
        return object([("images", array(of: object([("image", text), ("predictions", array(of: prediction))])))])
    }

    private static var explanation: JSON {
        object(
            [
                ("image", text), ("method", text), ("class", text), ("probability", number), ("score", number), ("rows", count), ("columns", count),
                ("values", array(of: number)),
            ], optional: [("layer", text)])
    }

    private static var model: JSON {
        let layer = object([
            ("name", text), ("kind", text), ("output_shape", array(of: count)), ("parameters", count), ("multiply_adds", count),
            ("container", flag),
        ])
        let preprocessing = object([("fit", text), ("mean", array(of: number)), ("standard_deviation", array(of: number))])
        return object([
            ("model", text), ("network", text), ("options", ["type": "object", "additionalProperties": text]), ("input", array(of: count)),
            ("preprocessing", preprocessing), ("classes", array(of: text)), ("parameters", count), ("multiply_adds", count),
            ("layers", array(of: layer)),
        ])
    }

    /// `cells` are class, answer and how many pictures, by numbers; those of no picture are left out.
    private static var test: JSON {
        object(
            [("data", text), ("pictures", count), ("training_pictures", count), ("tested", count), ("finished", flag)],
            optional: [("accuracy", number), ("loss", number), ("errors", count), ("cells", array(of: array(of: count)))])
    }

    /// `pixels` are the picture's bytes in base 64, channel by channel.
    private static var gallery: JSON {
        let picture = object([("number", count), ("class", text), ("answer", text), ("probability", number), ("pixels", text)])
        return object([("total", count), ("from", count), ("next", count), ("shape", array(of: count)), ("pictures", array(of: picture))])
    }

    private static var exciting: JSON {
        let picture = object([("number", count), ("class", text), ("value", number), ("row", count), ("column", count), ("pixels", text)])
        return object([
            ("layer", text), ("map", count), ("maps", count), ("looked", count), ("of", count), ("shape", array(of: count)),
            ("pictures", array(of: picture)),
        ])
    }

    private static var savedModels: JSON {
        let model = object([("epoch", count), ("best", flag)], optional: [("accuracy", number)])
        return object([("served", count), ("models", array(of: model))])
    }

    private static var trainingState: JSON {
        object([("state", text), ("rate_factor", ["type": "number", "minimum": 0])])
    }

    private static var training: JSON {
        let run = object([("network", text), ("data", text), ("folder", text), ("judge", text), ("epochs", count), ("schedule", text)])
        let epoch = object(
            [("epoch", count), ("train_loss", number), ("train_accuracy", number), ("seconds", number)],
            optional: [("val_loss", number), ("val_accuracy", number)])
        let progress = object(
            [
                ("epoch", count), ("epochs", count), ("images", count), ("image_count", count), ("loss", number), ("accuracy", number), ("rate", number),
                ("images_per_second", number), ("data_wait", number), ("steps_of_point", count), ("losses", array(of: number)),
            ], optional: [("seconds_left", number)])
        let filters = object([("name", text), ("shape", array(of: count)), ("png", text), ("width", count), ("height", count)])
        let mistake = object([("class", text), ("answer", text), ("probability", number), ("png", text)])
        let mistakes = object([("epoch", count), ("mistakes", array(of: mistake))])
        return object(
            [("run", run), ("state", trainingState), ("epochs", array(of: epoch))],
            optional: [("progress", progress), ("filters", filters), ("mistakes", mistakes)])
    }

    private static var error: JSON {
        let codes = JSON(ServiceError.Code.allCases.map(\.rawValue))
        return object([("error", object([("code", ["type": "string", "enum": codes]), ("message", text)]))])
    }
}

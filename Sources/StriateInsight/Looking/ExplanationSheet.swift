public import StriateData
import StriateGraph
public import StriateNetworks

extension Explanation {
    /// The map over the picture, and the map alone, side by side.
    ///
    /// - Throws: ``DataError`` where the sheet would be too large.
    public func sheet(of picture: Picture, by model: any ModelArchitecture) throws(DataError) -> Inspection.Sheet {
        let overlay = heatmap.overlay(on: picture)
        // Not smoothed, so that each place can be told.
        let alone = heatmap.picture.enlarged(by: max(1, overlay.shape[1] / heatmap.rows))
        return Inspection.Sheet(
            name: title, caption: caption(classes: model.classes), picture: try MapSheet().sheet(ofRows: [[overlay, alone]], side: 1))
    }

    public var title: String {
        switch method {
        case .gradCAM: "Grad-CAM"
        case .saliency: "Saliency"
        case .integratedGradients: "Integrated gradients"
        case .occlusion: "Occlusion"
        }
    }

    private func caption(classes: [String]) -> String {
        let what = "for \(classes[target])"
        switch method {
        case .gradCAM: return "\(what) · \(layer ?? ""), \(heatmap.rows)×\(heatmap.columns) places · up to \(number(heatmap.reach))"
        case .saliency: return "\(what) · the logit's slope by each pixel, up to \(number(heatmap.reach))"
        case .integratedGradients(let steps, let baseline):
            let sum = heatmap.values.reduce(0, +), change = scoreChange.map(number) ?? "?"
            return "\(what) · \(steps) steps from \(baseline.rawValue), which add up to \(number(sum)) of \(change)"
        case .occlusion(let window, _, let fill):
            let side = window.map { "\($0)×\($0) " } ?? ""
            let square = fill == .mean ? "a \(side)square of the mean colour" : "a \(fill?.rawValue ?? "") \(side)square"
            return "\(what) · the logit's fall under \(square), up to \(number(heatmap.values.max() ?? 0))"
        }
    }
}

import CLane

/// The processor that this code runs on, against the one that it was built for.
public enum Processor {
    /// A feature that the build's lane code uses and this processor lacks; nil where all is well.
    /// Nothing that holds lane code may run before this has been asked.
    public static var missingFeature: String? { missingFeature(needs: lane_build_needs()) }

    package static func missingFeature(needs: UInt32) -> String? { lane_missing_feature(needs).map { String(cString: $0) } }
}

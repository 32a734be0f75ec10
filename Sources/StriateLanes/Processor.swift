import CLane

/// The processor that this code runs on, against the one that it was built for.
public enum Processor {
    /// A feature that the build's lane code uses and this processor lacks; nil where all is well.
    /// Nothing that holds lane code may run before this has been asked.
    public static var missingFeature: String? { missingFeature(needs: lane_build_needs()) }

    /// Whether pairs of bfloat16 numbers are multiplied by one instruction.
    public static var hasBFloat16: Bool { LANE_HAS_BF16 == 1 }

    package static func missingFeature(needs: UInt32) -> String? { lane_missing_feature(needs).map { String(cString: $0) } }
}

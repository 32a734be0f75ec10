/// The modules of GoogLeNet with their widths (Szegedy et al., 2015, table 1), by torchvision's names.
enum GoogLeNetModule: String {
    case inception3a, inception3b, inception4a, inception4b, inception4c, inception4d, inception4e, inception5a, inception5b

    /// 1×1 | 3×3 reduction, 3×3 | 5×5 reduction, 5×5 | projection of the pool
    var widths: Inception.Widths {
        switch self {
        case .inception3a: .init(64, (96, 128), (16, 32), 32)
        case .inception3b: .init(128, (128, 192), (32, 96), 64)
        case .inception4a: .init(192, (96, 208), (16, 48), 64)
        case .inception4b: .init(160, (112, 224), (24, 64), 64)
        case .inception4c: .init(128, (128, 256), (24, 64), 64)
        case .inception4d: .init(112, (144, 288), (32, 64), 64)
        case .inception4e: .init(256, (160, 320), (32, 128), 128)
        case .inception5a: .init(256, (160, 320), (32, 128), 128)
        case .inception5b: .init(384, (192, 384), (48, 128), 128)
        }
    }
}

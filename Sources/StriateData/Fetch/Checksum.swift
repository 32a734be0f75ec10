import COpenSSL
import Foundation

/// SHA-256 sums, by OpenSSL.
public enum Checksum {
    /// The SHA-256 of a file as 64 hexadecimal digits, read piece by piece.
    public static func sha256(ofFile path: String) throws(DataError) -> String {
        guard let file = fopen(path, "rbe") else { throw DataError(path, "cannot be opened: \(systemMessage())") }
        defer { fclose(file) }
        var piece = [UInt8](repeating: 0, count: 1 << 18)
        let digest = hexadecimal {
            let count = fread(&piece, 1, piece.count, file)
            return count > 0 ? piece[0..<count] : nil
        }
        guard ferror(file) == 0 else { throw DataError(path, "cannot be read: \(systemMessage())") }
        return digest
    }

    public static func sha256(of bytes: [UInt8]) -> String {
        var rest: ArraySlice<UInt8>? = bytes[...]
        return hexadecimal {
            defer { rest = nil }
            return rest
        }
    }

    private static func hexadecimal(pieces: () -> ArraySlice<UInt8>?) -> String {
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        var digest = [UInt8](repeating: 0, count: 32)
        var good = EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1
        while let piece = pieces() {
            good = piece.withUnsafeBytes { EVP_DigestUpdate(context, $0.baseAddress, $0.count) == 1 } && good
        }
        good = EVP_DigestFinal_ex(context, &digest, nil) == 1 && good
        // OpenSSL refuses only without memory or without SHA-256; no sum equals the empty one.
        guard good else { return "" }
        return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

import HTTPTypes
import Hummingbird
import Striate

/// `/`: the page for people. Its files are part of the program: nothing is read from a disk, so no path leads anywhere else.
struct PageRoutes: Sendable {
    /// The first is the page itself.
    let files: [PageFile]

    var endpoints: [Endpoint] {
        files.enumerated().map { place, file in
            let content = StaticContent(type: file.contentType, file.bytes), isPage = place == 0
            return Endpoint(
                method: .get, path: isPage ? "/" : "/\(file.name)", summary: "The page for people.", isOpen: true, answer: .text(file.contentType)
            ) { content.response(to: $0) }
        }
    }
}

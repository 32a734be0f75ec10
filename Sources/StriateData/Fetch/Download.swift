import Foundation
import Synchronization

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// One request for what is missing of a file. Bytes go to disk as they come.
final class Download: NSObject, URLSessionDataDelegate {
    private struct State {
        /// Bytes in the file.
        var received: Int
        var failure: DataError?
        var isDone = false
        var lastActivity = DispatchTime.now()
        /// The server says that it has nothing from there on.
        var mustRestart = false
    }

    private let part: PartFile
    private let url: URL
    private let size: Int
    private let offset: Int
    private let progress: @Sendable (Int) -> Void
    private let state: Mutex<State>
    private let finished = DispatchSemaphore(value: 0)

    /// Brings `part` to `size` bytes. A connection that breaks is tried again while it makes headway.
    static func fill(
        _ part: PartFile, from url: URL, size: Int, idleLimit: Double, progress: @escaping @Sendable (Int) -> Void
    ) throws(DataError) {
        if part.size > size { try part.truncate() }
        var restarts = 1
        while part.size < size {
            let before = part.size
            let download = Download(part, url: url, size: size, offset: before, progress: progress)
            do throws(DataError) {
                try download.run(idleLimit: idleLimit)
            } catch where download.state.withLock({ $0.mustRestart }) && restarts > 0 {
                restarts -= 1
                try part.truncate()
            } catch where download.isInterruption && part.size > before {
                continue
            }
        }
    }

    private init(_ part: PartFile, url: URL, size: Int, offset: Int, progress: @escaping @Sendable (Int) -> Void) {
        (self.part, self.url, self.size, self.offset, self.progress) = (part, url, size, offset, progress)
        state = Mutex(State(received: offset))
    }

    private var isInterruption: Bool { state.withLock { $0.failure == nil } }

    private func run(idleLimit: Double) throws(DataError) {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = idleLimit
        configuration.urlCache = nil
        let queue = OperationQueue()
        queue.maxConcurrentOperationCount = 1
        let session = URLSession(configuration: configuration, delegate: self, delegateQueue: queue)
        defer { session.invalidateAndCancel() }

        var request = URLRequest(url: url, cachePolicy: .reloadIgnoringLocalCacheData, timeoutInterval: idleLimit)
        // The packed file itself is wanted, not what a helpful library makes of it.
        request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
        if offset > 0 { request.setValue("bytes=\(offset)-", forHTTPHeaderField: "Range") }
        let task = session.dataTask(with: request)
        task.resume()

        // The library's own timeout does not cover every way of hanging.
        while finished.wait(timeout: .now() + 0.25) == .timedOut {
            let idle = state.withLock { Double(DispatchTime.now().uptimeNanoseconds - $0.lastActivity.uptimeNanoseconds) * 1e-9 }
            guard idle > idleLimit + 1 else { continue }
            task.cancel()
            let received = state.withLock { state in
                state.isDone = true
                return state.received
            }
            throw interruption("nothing came for \(Int(idleLimit)) seconds", received)
        }
        let (failure, received) = state.withLock { ($0.failure, $0.received) }
        if let failure { throw failure }
        if let reason = task.error { throw interruption(Download.reason(reason), received) }
        guard received == size else { throw interruption("the connection ended early", received) }
    }

    private func interruption(_ reason: String, _ received: Int) -> DataError {
        let advice = received > 0 ? "\(received) of \(size) bytes are kept; run it again to continue" : "check the network, or name a --mirror"
        return DataError(url.absoluteString, "\(reason); \(advice)")
    }

    private static func reason(_ error: any Error) -> String {
        switch (error as? URLError)?.code {
        case .timedOut: "the server does not answer"
        case .cannotFindHost, .dnsLookupFailed: "the server's name is unknown (no network?)"
        case .cannotConnectToHost: "the server cannot be reached"
        case .notConnectedToInternet: "there is no network"
        case .networkConnectionLost: "the connection was lost"
        default: "the connection failed (\(error.localizedDescription.split(whereSeparator: \.isNewline).joined(separator: " ")))"
        }
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
    ) {
        let isAccepted = state.withLock { state in
            state.lastActivity = .now()
            guard !state.isDone else { return false }
            do throws(DataError) {
                try accept(response, &state)
                return true
            } catch {
                state.failure = error
                return false
            }
        }
        completionHandler(isAccepted ? .allow : .cancel)
    }

    private func accept(_ response: URLResponse, _ state: inout State) throws(DataError) {
        guard let response = response as? HTTPURLResponse else { throw DataError(url.absoluteString, "the answer is not HTTP") }
        switch response.statusCode {
        case 206:
            let range = response.value(forHTTPHeaderField: "Content-Range") ?? ""
            guard range.hasPrefix("bytes \(offset)-") else {
                state.mustRestart = true
                throw DataError(url.absoluteString, "the server sends another part (\(range)) than the one asked for")
            }
        case 200:
            // The server knows no ranges: it starts over.
            if offset > 0 { try part.truncate() }
            state.received = 0
        case 416:
            state.mustRestart = true
            throw DataError(url.absoluteString, "the server has nothing beyond byte \(offset)")
        case 404, 410: throw DataError(url.absoluteString, "the server has no such file (HTTP \(response.statusCode)); name another --mirror")
        case let status: throw DataError(url.absoluteString, "the server answers HTTP \(status); try again later, or name a --mirror")
        }
        let length = response.expectedContentLength
        guard length < 0 || state.received + Int(length) == size else {
            throw DataError(url.absoluteString, "the server has \(state.received + Int(length)) bytes, but the file should have \(size)")
        }
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let received: Int? = state.withLock { state in
            state.lastActivity = .now()
            guard state.failure == nil, !state.isDone else { return nil }
            do throws(DataError) {
                guard data.count <= size - state.received else {
                    throw DataError(url.absoluteString, "the server sends more than the \(size) bytes that the file should have")
                }
                try part.append(data)
                state.received += data.count
                return state.received
            } catch {
                state.failure = error
                return nil
            }
        }
        if let received { progress(received) } else { dataTask.cancel() }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) { finished.signal() }
}

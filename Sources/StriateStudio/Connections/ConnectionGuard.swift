import HTTPTypes
import NIOCore
import NIOHTTPTypes
import StriateFormats

/// Ends connections that hold the server up: whose request takes too long to arrive, that go on sending a body nobody wants, or that do
/// not take their answers. Clients that ask first (`Expect: 100-continue`) are told to go on where their body will be taken.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let patience: TimeAmount
    private let mostBodyBytes: Int
    private var isRequestArriving = false
    private var isAnswering = false
    /// Bytes of the body that is arriving.
    private var received = 0
    /// Runs while a request is arriving.
    private var arrival: Scheduled<Void>?
    /// Runs while the client does not take what is to be sent.
    private var delivery: Scheduled<Void>?

    /// A client that was refused may still be sending; so much is read and dropped, so that it gets to read the answer.
    private static let mostDropped = 16 << 20

    init(patience: Duration, mostBodyBytes: Int) {
        self.patience = TimeAmount(patience)
        self.mostBodyBytes = mostBodyBytes
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            (isRequestArriving, isAnswering, received) = (true, false, 0)
            welcome(head, context)
        case .body(let piece):
            received += piece.readableBytes
            guard received <= mostBodyBytes + ConnectionGuard.mostDropped else { return context.close(promise: nil) }
        case .end:
            isRequestArriving = false
            arrival?.cancel()
            arrival = nil
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Most requests are there at once and need no clock.
        if isRequestArriving, arrival == nil {
            arrival = context.eventLoop.assumeIsolated().scheduleTask(in: patience) { [self] in giveUp(context) }
        }
        context.fireChannelReadComplete()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .head = unwrapOutboundIn(data) { isAnswering = true }
        context.write(data, promise: promise)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            delivery?.cancel()
            delivery = nil
        } else if delivery == nil {
            delivery = context.eventLoop.assumeIsolated().scheduleTask(in: patience) { context.close(promise: nil) }
        }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        arrival?.cancel()
        delivery?.cancel()
        context.fireChannelInactive()
    }

    private func welcome(_ head: HTTPRequest, _ context: ChannelHandlerContext) {
        guard head.headerFields[.expect]?.lowercased() == "100-continue" else { return }
        let claimed = head.headerFields[.contentLength].flatMap(Int.init) ?? 0
        guard claimed <= mostBodyBytes else { return }
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
    }

    private func giveUp(_ context: ChannelHandlerContext) {
        arrival = nil
        guard isRequestArriving else { return }
        if !isAnswering {
            let body = ByteBuffer(string: ServiceError(.requestTimeout, "the request took too long to arrive").json.text + "\n")
            let fields: HTTPFields = [.contentType: MediaTypes.json, .contentLength: String(body.readableBytes), .connection: "close"]
            context.write(wrapOutboundOut(.head(HTTPResponse(status: .requestTimeout, headerFields: fields))), promise: nil)
            context.write(wrapOutboundOut(.body(body)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
        context.close(promise: nil)
    }
}

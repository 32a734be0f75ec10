import Foundation
import StriateTraining
import Testing

@Suite struct InterruptTests {
    @Test func theFirstSignalRaisesTheFlag() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let interrupt = Interrupt()
            if interrupt.isRaised { exit(1) }
            kill(getpid(), SIGINT)
            for _ in 0..<5000 where !interrupt.isRaised { usleep(1000) }
            exit(interrupt.isRaised ? 7 : 2)
        }
    }

    @Test func aWishToEndRaisesItToo() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let interrupt = Interrupt()
            kill(getpid(), SIGTERM)
            for _ in 0..<5000 where !interrupt.isRaised { usleep(1000) }
            exit(interrupt.isRaised ? 7 : 2)
        }
    }

    @Test func theSecondSignalEndsTheProcess() async {
        await #expect(processExitsWith: .exitCode(Interrupt.exitCode)) {
            let interrupt = Interrupt()
            kill(getpid(), SIGINT)
            for _ in 0..<5000 where !interrupt.isRaised { usleep(1000) }
            kill(getpid(), SIGINT)
            usleep(5_000_000)
            exit(interrupt.isRaised ? 1 : 2)
        }
    }

    @Test func afterwardsSignalsEndTheProcessAsUsual() async {
        await #expect(processExitsWith: .signal(SIGINT)) {
            do { _ = Interrupt() }
            usleep(100_000)
            kill(getpid(), SIGINT)
            usleep(5_000_000)
            exit(1)
        }
    }
}

import Foundation
import Testing

/// A command line that is wrong, and what its message must hold.
private struct Mistake: Sendable, CustomTestStringConvertible {
    let arguments: [String]
    let says: [String]

    init(_ line: String, _ says: String...) {
        arguments = line.split(separator: " ").map(String.init)
        self.says = says
    }

    var testDescription: String { "striate " + arguments.joined(separator: " ") }
}

@Suite struct ErrorTests {
    @Test(arguments: [
        Mistake("trian lenet5", "trian", "did you mean train?"),
        Mistake("frobnicate", "frobnicate", "one of train, "),
        Mistake("train", "network's name"),
        Mistake("train lenet5", "--data mnist"),
        Mistake("train lenet5 --data digits --epoch 3", "--epoch", "Did you mean '--epochs'?"),
        Mistake("train lenet5 --data digits --epochs -1", "--epochs", "1", "-1"),
        Mistake("train lenet5 --data digits --epochs 0", "--epochs"),
        Mistake("train lenet5 --data digits --epochs x", "--epochs", "'x'"),
        Mistake("train lenet5 --data digits --epochs 99999999999999999999", "--epochs"),
        Mistake("train lenet5 --data digits --rate nan", "--rate", "nan"),
        Mistake("train lenet5 --data digits --rate inf", "--rate"),
        Mistake("train lenet5 --data digits --rate 0", "--rate"),
        Mistake("train lenet5 --data digits --rate -0.1", "--rate", "-0.1"),
        Mistake("train lenet5 --data digits --momentum 1", "--momentum"),
        Mistake("train lenet5 --data digits --weight-decay -1", "--weight-decay"),
        Mistake("train lenet5 --data digits --nesterov --momentum 0", "nesterov"),
        Mistake("train lenet5 --data digits --batch 0", "--batch", "1 to 65536"),
        Mistake("train lenet5 --data digits --batch 1000000000", "--batch"),
        Mistake("train lenet5 --data digits --threads 0", "--threads"),
        Mistake("train lenet5 --data digits --limit 0", "--limit"),
        Mistake("train lenet5 --data digits --seed -1", "--seed"),
        Mistake("train lenet5 --data digits --optimizer sdg", "sdg", "did you mean sgd?"),
        Mistake("train lenet5 --data digits --schedule sometimes", "sometimes", "cosine"),
        Mistake("train lenet5 --data digits --schedule one-cycle:2", "one-cycle:2", "one-cycle[:RISE"),
        Mistake("train lenet5 --data digits --ema 2", "--ema", "below 1"),
        Mistake("train lenet5 --data digits --clip 0", "--clip", "norm:LIMIT"),
        Mistake("train lenet5 --data digits --decay weight", "weight", "did you mean weights?"),
        Mistake("train lenet5 --data digits --label-smoothing 1", "--label-smoothing"),
        Mistake("train lenet5 --data digits --accumulate 0", "accumulate"),
        Mistake("train lenet5 --data digits --optimizer adam --momentum 0.9", "momentum", "adam"),
        Mistake("train lenet5 --data digits --rate-factors conv1", "--rate-factors", "PATTERN=FACTOR"),
        Mistake("train lenet5 --data digits --class-weights 1,-1", "--class-weights", "balanced"),
        Mistake("train lenet5 --data digits --activation sigmod", "sigmod", "did you mean sigmoid?"),
        Mistake("train lenet5-d2l --data digits --pooling max", "--pooling", "--initializer"),
        Mistake("train lenet5 --data digits --input 32x32", "--input", "3x32x32"),
        Mistake("train lenet5 --data digits --input 1x-4x8", "--input"),
        Mistake("train lenet5 --data digits --init a --weights b", "--init and --weights"),
        Mistake("train lenet-5 --data digits", "lenet-5", "did you mean lenet5?"),
        Mistake("train lenet5 --data minst", "minst", "did you mean mnist?"),
        Mistake("train lenet5 extra --data digits", "extra"),
        Mistake("evaluate lenet5", "--data"),
        Mistake("evaluate lenet5 --data nowhere", "nowhere", "mnist"),
        Mistake("predict lenet5", "images"),
        Mistake("predict lenet5 --top 0 x.png", "--top"),
        Mistake("summary lenet7", "lenet7", "did you mean lenet5?"),
        Mistake("summary lenet5 --classes 0", "--classes"),
        Mistake("summary lenet5 --classes 100000000", "--classes"),
        Mistake("data ftech mnist", "ftech", "did you mean fetch?"),
        Mistake("data fetch mnits", "mnits", "did you mean mnist?"),
        Mistake("run lenet5 --input a.safetensors", "--output"),
        Mistake("bench lenet5 --mode inference", "inference", "infer"),
        Mistake("bench lenet5 --steps 0", "--steps"),
        Mistake("bench lenet5 --precision fp16", "--precision", "fp16", "fp32", "bf16"),
        Mistake("train lenet5 --data digits --precision bfloat16", "--precision", "bfloat16", "fp32", "bf16"),
        Mistake("evaluate lenet5 --data digits --precision 32", "--precision", "32", "fp32", "bf16"),
        Mistake("predict lenet5 x.png --precision", "--precision"),
        Mistake("bench lenet5 --layers --batch none", "--batch"),
        Mistake("bench lenet5 --layer", "--layer"),
        Mistake("summary lenet5 --training --batch 0", "--batch", "1 to 65536"),
        Mistake("summary lenet5 --trainign", "--trainign"),
        Mistake("--frob", "--frob"),
    ])
    private func aWrongCommandLineIsToldInOneLineAndExitsWith2(_ mistake: Mistake) throws {
        let result = try withFolder { try Tool.run(mistake.arguments, in: $0) }
        #expect(result.status == 2)
        #expect(result.output.isEmpty)
        // The error, and at most a line on where to find help.
        let lines = result.errorLines
        #expect(lines.count == 1 || (lines.count == 2 && lines[1].hasPrefix("see: striate")), "\(result.errors)")
        #expect(lines.first?.hasPrefix("striate: ") == true)
        for part in mistake.says { #expect(lines.first?.contains(part) == true, "\(part) is missing in: \(result.errors)") }
    }

    @Test(arguments: [
        Mistake("summary nothing/here.safetensors", "nothing/here.safetensors", "no such file"),
        Mistake("evaluate model.safetensors --data digits", "model.safetensors", "no such file"),
        Mistake("summary damaged.safetensors", "damaged.safetensors"),
        Mistake("summary .", "best.safetensors"),
        Mistake("train lenet5 --data empty", "empty"),
        Mistake("train lenet5 --data digits --limit 16 --init damaged.safetensors", "damaged.safetensors"),
        Mistake("train lenet5 --data digits --limit 16 --run empty/../damaged.safetensors/run", "damaged.safetensors"),
        Mistake("train --resume empty", "empty", "config.json"),
        Mistake("run lenet5 --input damaged.safetensors --output out.safetensors", "damaged.safetensors"),
        Mistake("predict lenet5 damaged.png", "damaged.png"),
        Mistake("predict lenet5 missing.png", "missing.png"),
        Mistake("predict lenet5 empty", "empty", "no pictures"),
    ])
    private func workThatFailsIsToldInOneLineAndExitsWith1(_ mistake: Mistake) throws {
        let result = try withFolder { folder in
            try FileManager.default.createDirectory(atPath: folder + "/empty", withIntermediateDirectories: false)
            for name in ["damaged.safetensors", "damaged.png"] {
                try Data("no such thing".utf8).write(to: URL(fileURLWithPath: folder + "/" + name))
            }
            return try Tool.run(mistake.arguments + ["--quiet"], in: folder)
        }
        #expect(result.status == 1)
        #expect(result.output.isEmpty)
        #expect(result.errorLines.count == 1, "\(result.errors)")
        for part in mistake.says { #expect(result.errors.contains(part), "\(part) is missing in: \(result.errors)") }
    }

    @Test func sizesThatShrinkToNothingNameTheLayer() throws {
        let result = try Tool.run("summary", "lenet5", "--input", "1x16x16")
        #expect(result.status == 2)
        #expect(result.errors == "striate: lenet5 does not fit pictures of 1×16×16: conv3: a kernel of 5×5 does not fit into a picture of 1×1\n")
    }

    @Test func helpGoesToStandardOutput() throws {
        for arguments in [["--help"], [], ["train", "--help"], ["help", "predict"], ["data"], ["data", "--help"], ["--version"]] {
            let result = try Tool.run(arguments)
            #expect(result.status == 0, "\(arguments)")
            #expect(!result.output.isEmpty && result.errors.isEmpty, "\(arguments)")
        }
    }

    @Test func resultsThatCannotBeWrittenAreNotLostInSilence() throws {
        guard FileManager.default.fileExists(atPath: "/dev/full") else { return }
        let shell = Process(), path = try #require(Tool.path), errors = Pipe()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = ["-c", "\"\(path)\" networks > /dev/full"]
        shell.standardError = errors
        try shell.run()
        shell.waitUntilExit()
        #expect(shell.terminationStatus == 1)
        #expect(String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            == "striate: standard output: No space left on device\n")
    }

    @Test func aReaderThatLeavesEndsTheProgramQuietly() throws {
        let shell = Process(), path = try #require(Tool.path)
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = ["-c", "for i in 1 2 3 4 5; do \"\(path)\" networks --json | head -c 1 > /dev/null; done"]
        let errors = Pipe()
        shell.standardError = errors
        try shell.run()
        shell.waitUntilExit()
        #expect(errors.fileHandleForReading.readDataToEndOfFile().isEmpty)
    }
}

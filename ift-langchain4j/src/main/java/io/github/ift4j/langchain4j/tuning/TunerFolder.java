package io.github.ift4j.langchain4j.tuning;

import java.nio.file.Path;

/** Where a tuner keeps what it must not lose. */
record TunerFolder(Path root) {
    Path state() {
        return root.resolve("state.json");
    }

    Path audit() {
        return root.resolve("audit.jsonl");
    }

    Path versions() {
        return root.resolve("versions");
    }

    Path version(int number) {
        return versions().resolve("%06d".formatted(number));
    }

    /** What a training leaves behind until it is done. */
    Path work() {
        return root.resolve("work");
    }

    Path checkpoints() {
        return work().resolve("checkpoints");
    }

    Path candidate() {
        return work().resolve("candidate");
    }
}

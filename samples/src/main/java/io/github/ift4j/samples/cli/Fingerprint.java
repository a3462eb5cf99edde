package io.github.ift4j.samples.cli;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Tells one model from another. */
final class Fingerprint {
    private Fingerprint() {}

    /** SHA-256 over the contents of the files, in order. */
    static String of(List<Path> files) throws IOException {
        Hasher hasher = Hashing.sha256().newHasher();
        for (Path file : files) {
            hasher.putBytes(MoreFiles.asByteSource(file).hash(Hashing.sha256()).asBytes());
        }
        return hasher.hash().toString();
    }
}

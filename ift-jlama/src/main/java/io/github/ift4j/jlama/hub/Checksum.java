package io.github.ift4j.jlama.hub;

import com.google.common.hash.Funnels;
import com.google.common.hash.HashFunction;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What the hub says a file's content hashes to: SHA-256 for files in large file storage, and Git's blob hash, the SHA-1 of {@code blob
 * <size>\0} and the content, for others.
 *
 * @param kind which of them
 * @param digits in lower-case hexadecimal digits
 */
record Checksum(Kind kind, String digits) {
    private static final int SHA256_DIGITS = 64;
    private static final int SHA1_DIGITS = 40;

    enum Kind {
        SHA256,
        GIT_BLOB
    }

    /** The checksum that such digits are, as they stand in an entity tag or a listing; empty when they are neither. */
    static Optional<Checksum> of(String digits) {
        String bare = digits.replaceFirst("^W/", "").replace("\"", "");
        if (!bare.matches("[0-9a-f]+")) {
            return Optional.empty();
        }
        return switch (bare.length()) {
            case SHA256_DIGITS -> Optional.of(new Checksum(Kind.SHA256, bare));
            case SHA1_DIGITS -> Optional.of(new Checksum(Kind.GIT_BLOB, bare));
            default -> Optional.empty();
        };
    }

    /** Whether the content of a file hashes to it. */
    boolean matches(Path file) throws IOException {
        return digits.equals(
                switch (kind) {
                    case SHA256 -> hash(file, Hashing.sha256(), "");
                    case GIT_BLOB -> hash(file, gitHash(), "blob " + Files.size(file) + "\0");
                });
    }

    private static String hash(Path file, HashFunction function, String header) throws IOException {
        Hasher hasher = function.newHasher().putString(header, StandardCharsets.US_ASCII);
        MoreFiles.asByteSource(file).copyTo(Funnels.asOutputStream(hasher));
        return hasher.hash().toString();
    }

    @SuppressWarnings("deprecation") // Git's choice; it tells damage, and large files have SHA-256
    private static HashFunction gitHash() {
        return Hashing.sha1();
    }
}

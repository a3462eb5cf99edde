package io.github.ift4j.core.data;

import com.google.common.base.Preconditions;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Tokenised examples, ready to be trained on or evaluated. */
public final class Dataset {
    private final List<Example> examples;
    private final DataReport report;

    private Dataset(List<Example> examples, DataReport report) {
        this.examples = List.copyOf(examples);
        this.report = report;
    }

    /**
     * Reads and encodes files, one after the other.
     *
     * @param files see {@link DatasetReader}
     * @param encoder makes tokens of records
     * @param maxLength longer sequences are cut after so many tokens
     * @throws DataException when a file cannot be used, or nothing in all of them can be learned
     */
    public static Dataset load(List<Path> files, Encoder encoder, int maxLength) {
        Builder builder = new Builder(encoder, maxLength);
        for (Path file : files) {
            DatasetReader.read(file, builder::add);
        }
        return builder.build();
    }

    /** Examples that were made in the program, each with something to learn. */
    public static Dataset of(List<Example> examples) {
        Builder builder = new Builder(
                record -> {
                    throw new UnsupportedOperationException("only examples are added");
                },
                Integer.MAX_VALUE);
        examples.forEach(builder::add);
        return builder.build();
    }

    /** At least one, in the order of the files. */
    public List<Example> examples() {
        return examples;
    }

    /** What became of the data. */
    public DataReport report() {
        return report;
    }

    /** SHA-256 over tokens and labels of all examples in order, in hexadecimal: what a resumed training must find again. */
    public String fingerprint() {
        Hasher hasher = Hashing.sha256().newHasher();
        for (Example example : examples) {
            hasher.putInt(example.sequences().size());
            for (Sequence sequence : example.sequences()) {
                hasher.putInt(sequence.length());
                for (int t = 0; t < sequence.length(); t++) {
                    hasher.putInt(sequence.inputIds()[t]).putInt(sequence.labels()[t]);
                }
            }
        }
        return hasher.hash().toString();
    }

    /** Collects examples, cuts them to length and leaves out those without a label. */
    public static final class Builder {
        private final Encoder encoder;
        private final int maxLength;
        private final List<Example> examples = new ArrayList<>();
        private final List<String> truncated = new ArrayList<>();
        private final List<String> dropped = new ArrayList<>();

        /**
         * @param encoder makes tokens of records
         * @param maxLength longer sequences are cut after so many tokens, at least 2
         */
        public Builder(Encoder encoder, int maxLength) {
            Preconditions.checkArgument(maxLength >= 2, "max-length must be at least 2, was %s", maxLength);
            this.encoder = encoder;
            this.maxLength = maxLength;
        }

        /** Encodes and adds a record. */
        public void add(TrainingRecord record) {
            add(Example.of(encoder.encode(record), record.origin()));
        }

        /** Adds an example. */
        public void add(Example example) {
            Example cut =
                    new Example(example.sequences().stream().map(this::cut).toList(), example.origin());
            if (!cut.sequences().stream().allMatch(sequence -> sequence.labelledTokens() > 0)) {
                dropped.add(example.origin());
                return;
            }
            if (cut.tokens() < example.tokens()) {
                truncated.add(example.origin());
            }
            examples.add(cut);
        }

        /** @throws DataException when there is no example with something to learn */
        public Dataset build() {
            if (examples.isEmpty()) {
                throw new DataException(
                        dropped.isEmpty()
                                ? "the data holds no example"
                                : "nothing to learn: none of the " + dropped.size()
                                        + " examples has a label within max-length " + maxLength + " (the first is "
                                        + dropped.getFirst() + "); raise max-length or check the answers");
            }
            long tokens = 0;
            long labelled = 0;
            int longest = 0;
            for (Example example : examples) {
                for (Sequence sequence : example.sequences()) {
                    tokens += sequence.length();
                    labelled += sequence.labelledTokens();
                    longest = Math.max(longest, sequence.length());
                }
            }
            return new Dataset(
                    examples, new DataReport(examples.size(), tokens, labelled, longest, truncated, dropped));
        }

        private Sequence cut(Sequence sequence) {
            return sequence.length() <= maxLength
                    ? sequence
                    : new Sequence(
                            Arrays.copyOf(sequence.inputIds(), maxLength), Arrays.copyOf(sequence.labels(), maxLength));
        }
    }
}

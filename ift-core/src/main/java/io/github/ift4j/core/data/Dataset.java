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
     * Reads and encodes files of answers to be learned, one after the other.
     *
     * @param files see {@link DatasetReader}
     * @param encoder makes tokens of records
     * @param maxLength longer sequences are cut after so many tokens
     * @throws DataException when a file cannot be used, or nothing in all of them can be learned
     */
    public static Dataset load(List<Path> files, Encoder encoder, int maxLength) {
        return load(files, ExampleKind.DEMONSTRATION, encoder, maxLength);
    }

    /**
     * Reads and encodes files, one after the other.
     *
     * @param files see {@link DatasetReader}
     * @param kind what every record must show
     * @param encoder makes tokens of records
     * @param maxLength longer sequences are cut after so many tokens
     * @throws DataException when a file cannot be used, a record is of another kind, or nothing in all of them can be learned
     */
    public static Dataset load(List<Path> files, ExampleKind kind, Encoder encoder, int maxLength) {
        Builder builder = new Builder(kind, encoder, maxLength);
        for (Path file : files) {
            DatasetReader.read(file, builder::add);
        }
        return builder.build();
    }

    /** Examples that were made in the program, each with something to learn. */
    public static Dataset of(List<Example> examples) {
        Builder builder = new Builder(
                ExampleKind.DEMONSTRATION,
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

    /** SHA-256 over tokens, labels and ratings of all examples in order, in hexadecimal: what a resumed training must find again. */
    public String fingerprint() {
        Hasher hasher = Hashing.sha256().newHasher();
        for (Example example : examples) {
            hasher.putInt(example.sequences().size());
            for (Sequence sequence : example.sequences()) {
                hasher.putInt(sequence.length()).putBoolean(sequence.desirable());
                for (int t = 0; t < sequence.length(); t++) {
                    hasher.putInt(sequence.inputIds()[t]).putInt(sequence.labels()[t]);
                }
            }
        }
        return hasher.hash().toString();
    }

    /**
     * Collects examples, cuts them to length, and leaves out those without a label and pairs of the same answer. Rated answers get
     * their mismatched pairs when all are there.
     */
    public static final class Builder {
        private final ExampleKind kind;
        private final Encoder encoder;
        private final int maxLength;
        private final List<Example> examples = new ArrayList<>();
        private final List<String> truncated = new ArrayList<>();
        private final List<String> dropped = new ArrayList<>();
        private final List<String> identical = new ArrayList<>();
        private final List<String> empty = new ArrayList<>();

        /**
         * Collects answers to be learned.
         *
         * @param encoder makes tokens of records
         * @param maxLength longer sequences are cut after so many tokens, at least 2
         */
        public Builder(Encoder encoder, int maxLength) {
            this(ExampleKind.DEMONSTRATION, encoder, maxLength);
        }

        /**
         * Collects examples of one kind.
         *
         * @param kind what every record must show
         * @param encoder makes tokens of records
         * @param maxLength longer sequences are cut after so many tokens, at least 2
         */
        public Builder(ExampleKind kind, Encoder encoder, int maxLength) {
            Preconditions.checkArgument(maxLength >= 2, "max-length must be at least 2, was %s", maxLength);
            this.kind = kind;
            this.encoder = encoder;
            this.maxLength = maxLength;
        }

        /**
         * Encodes and adds a record.
         *
         * @throws DataException when it is of another kind, or cannot be encoded
         */
        public void add(TrainingRecord record) {
            if (record.kind() != kind) {
                throw new DataException(
                        record.origin() + ": is " + record.kind().description() + "; " + kind.refusal());
            }
            switch (record) {
                case TrainingRecord.Demonstration demonstration ->
                    add(List.of(encoder.encode(demonstration)), demonstration.isEmpty(), record.origin());
                case TrainingRecord.Preference(var chosen, var rejected, String origin) ->
                    add(
                            List.of(
                                    encoder.encode(chosen),
                                    encoder.encode(rejected).withDesirable(false)),
                            chosen.isEmpty() || rejected.isEmpty(),
                            origin);
                case TrainingRecord.Rating(var answer, boolean desirable, String origin) ->
                    add(List.of(encoder.encode(answer).withDesirable(desirable)), answer.isEmpty(), origin);
            }
        }

        private void add(List<Sequence> sequences, boolean saysNothing, String origin) {
            if (add(new Example(sequences, origin)) && saysNothing) {
                empty.add(origin);
            }
        }

        /**
         * Adds an example; one of a rating holds the answer alone.
         *
         * @return whether there was something to learn in it
         */
        public boolean add(Example example) {
            Example cut =
                    new Example(example.sequences().stream().map(this::cut).toList(), example.origin());
            if (!cut.sequences().stream().allMatch(sequence -> sequence.labelledTokens() > 0)) {
                dropped.add(example.origin());
                return false;
            }
            if (kind == ExampleKind.PREFERENCE && haveSameTokens(cut.sequences())) {
                identical.add(example.origin());
                return false;
            }
            if (cut.tokens() < example.tokens()) {
                truncated.add(example.origin());
            }
            examples.add(cut);
            return true;
        }

        /** @throws DataException when there is no example with something to learn, or all rated answers have the same prompt */
        public Dataset build() {
            if (examples.isEmpty()) {
                throw new DataException(nothing());
            }
            List<Example> complete =
                    kind == ExampleKind.RATING ? MismatchedPairs.added(examples, maxLength) : List.copyOf(examples);
            long tokens = 0;
            long labelled = 0;
            int longest = 0;
            for (Example example : complete) {
                for (Sequence sequence : example.sequences()) {
                    tokens += sequence.length();
                    labelled += sequence.labelledTokens();
                    longest = Math.max(longest, sequence.length());
                }
            }
            return new Dataset(
                    complete,
                    new DataReport(complete.size(), tokens, labelled, longest, truncated, dropped, identical, empty));
        }

        private String nothing() {
            if (!identical.isEmpty()) {
                return "nothing to learn: " + identical.size() + " pairs have the same answer twice within max-length "
                        + maxLength + " (the first is " + identical.getFirst() + "), " + dropped.size()
                        + " have no label; raise max-length or check the answers";
            }
            return dropped.isEmpty()
                    ? "the data holds no example"
                    : "nothing to learn: none of the " + dropped.size() + " examples has a label within max-length "
                            + maxLength + " (the first is " + dropped.getFirst()
                            + "); raise max-length or check the answers";
        }

        private static boolean haveSameTokens(List<Sequence> pair) {
            return Arrays.equals(pair.getFirst().inputIds(), pair.getLast().inputIds())
                    && Arrays.equals(pair.getFirst().labels(), pair.getLast().labels());
        }

        private Sequence cut(Sequence sequence) {
            return sequence.cut(maxLength);
        }
    }
}

package io.github.ift4j.langchain4j.tuning;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import io.github.ift4j.core.files.AtomicFiles;
import io.github.ift4j.core.files.OwnerOnly;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What a tuner must remember when its process ends at any moment; a file that is replaced as a whole.
 *
 * @param format of the file
 * @param inService number of the version that answers
 * @param runs how many trainings there were
 * @param lastRun when the last one began; the beginning of time before the first
 * @param versions those on disk, by number
 * @param pending the training under way, null when there is none
 * @param audit the end of the audit trail
 */
record TunerState(
        int format,
        int inService,
        int runs,
        Instant lastRun,
        List<TunedVersion> versions,
        Pending pending,
        AuditTrail.Head audit) {
    private static final int FORMAT = 1;
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .addModule(new SimpleModule()
                    .addSerializer(Instant.class, ToStringSerializer.instance)
                    .addDeserializer(Instant.class, new InstantReader()))
            .build();

    TunerState {
        versions = List.copyOf(versions);
    }

    /**
     * A training that has begun.
     *
     * @param run its number
     * @param ids the exchanges that it takes, learned and held out
     * @param fingerprint of all that decides its outcome: a checkpoint of another is of no use
     * @param attempts how many times it has begun, without those that the closing of a tuner ended
     */
    record Pending(int run, List<String> ids, String fingerprint, int attempts) {
        Pending attempted(int times) {
            return new Pending(run, ids, fingerprint, times);
        }
    }

    static TunerState initial(TunedVersion base) {
        return new TunerState(FORMAT, 0, 0, Instant.EPOCH, List.of(base), null, AuditTrail.Head.NONE);
    }

    /** @throws IOException when the file is damaged */
    static TunerState read(Path file) throws IOException {
        TunerState state = JSON.readValue(file.toFile(), TunerState.class);
        if (state.format != FORMAT || state.version(state.inService) == null) {
            throw new IOException(file + ": has another format");
        }
        return state;
    }

    void write(Path file) throws IOException {
        AtomicFiles.writeString(file, JSON.writeValueAsString(this) + "\n");
        OwnerOnly.restrict(file);
    }

    static boolean exists(Path file) {
        return Files.exists(file);
    }

    /** The version of a number, null when it is not there. */
    TunedVersion version(int number) {
        return versions.stream()
                .filter(version -> version.number() == number)
                .findFirst()
                .orElse(null);
    }

    int nextVersion() {
        return versions.getLast().number() + 1;
    }

    TunerState serving(int number) {
        return new TunerState(format, number, runs, lastRun, versions, pending, audit);
    }

    TunerState serving(TunedVersion added) {
        List<TunedVersion> all = new ArrayList<>(versions);
        all.add(added);
        return new TunerState(format, added.number(), runs, lastRun, all, pending, audit);
    }

    TunerState keeping(List<TunedVersion> kept) {
        return new TunerState(format, inService, runs, lastRun, kept, pending, audit);
    }

    TunerState begun(Pending begun, int run, Instant time) {
        return new TunerState(format, inService, run, time, versions, begun, audit);
    }

    /** With another number of attempts of the training under way, if there is one. */
    TunerState attempted(int times) {
        return pending == null ? this : begun(pending.attempted(times), runs, lastRun);
    }

    TunerState ended() {
        return new TunerState(format, inService, runs, lastRun, versions, null, audit);
    }

    TunerState audited(AuditTrail.Head head) {
        return new TunerState(format, inService, runs, lastRun, versions, pending, head);
    }

    private static final class InstantReader extends StdDeserializer<Instant> {
        private static final long serialVersionUID = 1L;

        InstantReader() {
            super(Instant.class);
        }

        @Override
        public Instant deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            return Instant.parse(parser.getText());
        }
    }
}

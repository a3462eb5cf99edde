package io.github.ift4j.core.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.ift4j.core.objective.IntuitiveFineTuning;
import io.github.ift4j.core.objective.RelationPropagation;
import io.github.ift4j.core.objective.SupervisedFineTuning;
import io.github.ift4j.core.objective.TemporalResidual;
import io.github.ift4j.core.optimizer.OptimizerConfig;
import io.github.ift4j.core.optimizer.OptimizerConfig.AdamWConfig;
import io.github.ift4j.core.optimizer.OptimizerConfig.RmsPropConfig;
import io.github.ift4j.core.optimizer.OptimizerConfig.SgdConfig;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.policy.BigramPolicy;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ResumeTest {
    private static final int STEPS = 7;

    @TempDir
    Path folder;

    private final Workers workers = new Workers(2);
    private final Trainings.Recorder recorder = new Trainings.Recorder();

    @AfterEach
    void close() {
        workers.close();
    }

    static List<OptimizerConfig> optimizers() {
        return List.of(RmsPropConfig.withDefaults(), AdamWConfig.withDefaults(), new SgdConfig(0.9, 0.01));
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void aTrainingKilledAfterAnyStepResumesToTheSameBits(OptimizerConfig optimizer) throws IOException {
        List<Integer> expected;
        List<Double> losses;
        try (BigramPolicy policy = Trainings.policy()) {
            trainer(policy, folder.resolve("whole"))
                    .optimizer(optimizer)
                    .listener(recorder)
                    .build()
                    .train();
            expected = Trainings.bits(policy);
            losses = recorder.losses();
        }

        for (int killed = 1; killed <= STEPS; killed++) {
            Path directory = folder.resolve("killed-" + killed);
            try (BigramPolicy policy = Trainings.policy()) {
                Trainer interrupted = trainer(policy, directory)
                        .optimizer(optimizer)
                        .listener(new KillAfter(killed))
                        .build();
                assertThatThrownBy(interrupted::train).isInstanceOf(Killed.class);
            }
            int saved = (killed - 1) / 2 * 2;
            // Other weights to begin with once there is a checkpoint: they must come from it.
            try (BigramPolicy policy =
                    saved == 0 ? Trainings.policy() : new BigramPolicy(Trainings.VOCABULARY, 5, 999)) {
                Trainings.Recorder resumed = new Trainings.Recorder();
                trainer(policy, directory)
                        .optimizer(optimizer)
                        .resume(true)
                        .listener(resumed)
                        .build()
                        .train();

                assertThat(Trainings.bits(policy)).isEqualTo(expected);
                assertThat(resumed.losses()).isEqualTo(losses.subList(saved, STEPS));
            }
        }
    }

    @Test
    void resumingWithoutCheckpointStartsFromTheBeginning() {
        try (BigramPolicy policy = Trainings.policy()) {
            trainer(policy, folder.resolve("new"))
                    .resume(true)
                    .listener(recorder)
                    .build()
                    .train();
        }

        assertThat(recorder.steps).hasSize(STEPS);
        assertThat(recorder.notices)
                .containsExactly(
                        folder.resolve("new") + ": no checkpoint to resume from, training starts from the beginning");
    }

    @Test
    void resumingAFinishedTrainingDoesNothing() {
        TrainingConfig config = config().maxSteps(4).build();
        try (BigramPolicy policy = Trainings.policy()) {
            trainer(policy, folder).config(config).build().train();
            List<Integer> trained = Trainings.bits(policy);

            TrainingResult result = trainer(policy, folder)
                    .config(config)
                    .resume(true)
                    .listener(recorder)
                    .build()
                    .train();

            assertThat(recorder.steps).isEmpty();
            assertThat(result.lastStep()).isEmpty();
            assertThat(Trainings.bits(policy)).isEqualTo(trained);
        }
    }

    @Test
    void otherSettingsAreRefusedByName() {
        save();
        try (BigramPolicy policy = Trainings.policy()) {
            List<Integer> before = Trainings.bits(policy);
            assertRefused(
                    trainer(policy, folder).config(config().batchSize(4).build()),
                    "was made with batch-size = 3, this training has 4; resume with the same settings and data, or"
                            + " start afresh elsewhere");
            assertRefused(trainer(policy, folder).data(Trainings.dataset(11)), "was made with data = ");
            assertRefused(
                    trainer(policy, folder).objective(new SupervisedFineTuning()),
                    "was made with method = IntuitiveFineTuning[");
            assertRefused(
                    trainer(policy, folder).optimizer(AdamWConfig.withDefaults()),
                    "was made with optimizer = RmsPropConfig[");
            assertRefused(
                    trainer(policy, folder).identity("model", "b"),
                    "was made with model = nothing, this training has b");
            assertThat(Trainings.bits(policy)).isEqualTo(before);
        }
    }

    @Test
    void anotherModelIsRefused() {
        save();
        try (BigramPolicy policy = new BigramPolicy(Trainings.VOCABULARY, 6, 1)) {
            assertRefused(
                    trainer(policy, folder),
                    "holds parameter.embed (220 bytes) where this model has parameter.embed (264 bytes); resume with"
                            + " the model it was made with");
        }
    }

    @Test
    void settingsThatDoNotChangeTheOutcomeMayChange() {
        save();
        try (BigramPolicy policy = Trainings.policy()) {
            trainer(policy, folder)
                    .config(config().saveEvery(0)
                            .evalEvery(1)
                            .keepCheckpoints(9)
                            .build())
                    .resume(true)
                    .listener(recorder)
                    .build()
                    .train();
        }
        assertThat(recorder.steps).hasSize(STEPS - 6);
    }

    @Test
    void damagedCheckpointsArePassedOver() throws IOException {
        save();
        try (RandomAccessFile state =
                new RandomAccessFile(folder.resolve("step-6/state.bin").toFile(), "rw")) {
            state.seek(100);
            state.write(state.read() ^ 1);
        }
        resumesFrom(4, folder.resolve("step-6") + ": passed over, state.bin is damaged (SHA-256 differs)");
    }

    @Test
    void truncatedCheckpointsArePassedOver() throws IOException {
        save();
        Path state = folder.resolve("step-6/state.bin");
        byte[] whole = Files.readAllBytes(state);
        Files.write(state, java.util.Arrays.copyOf(whole, whole.length - 1));

        resumesFrom(
                4,
                folder.resolve("step-6") + ": passed over, state.bin has " + (whole.length - 1) + " bytes instead of "
                        + whole.length);
    }

    @Test
    void checkpointsWithoutManifestArePassedOver() throws IOException {
        save();
        Files.delete(folder.resolve("step-6/checkpoint.json"));
        resumesFrom(4, folder.resolve("step-6") + ": passed over, it is incomplete");
    }

    @Test
    void manifestsThatMakeNoSenseArePassedOver() throws IOException {
        save();
        Path manifest = folder.resolve("step-6/checkpoint.json");
        for (String broken : List.of("", "{", "[]", "null", "{\"format\":2}", "{\"format\":1}")) {
            Files.writeString(manifest, broken);
            List<String> notices = new ArrayList<>();

            assertThat(new CheckpointStore(folder, 2)
                            .newest(notices::add)
                            .orElseThrow()
                            .step())
                    .isEqualTo(4);
            assertThat(notices).hasSize(1);
        }
    }

    @Test
    void onlyTheNewestCheckpointsStay() throws IOException {
        save();
        assertThat(names()).containsExactlyInAnyOrder("step-4", "step-6");
    }

    @Test
    void leftoversOfAKilledSaveAreIgnoredAndRemoved() throws IOException {
        Files.createDirectories(folder.resolve("step-9.tmp-1234"));
        save();
        assertThat(names()).containsExactlyInAnyOrder("step-4", "step-6");
    }

    @Test
    void laterCheckpointsOfATrainingThatWasGivenUpAreRemoved() throws IOException {
        save();
        try (BigramPolicy policy = Trainings.policy()) {
            trainer(policy, folder).config(config().maxSteps(3).build()).build().train();
        }
        assertThat(names()).containsExactly("step-2");
    }

    @Test
    void whenACheckpointCannotBeWrittenTheEarlierOnesStay() throws IOException {
        Path directory = Files.createDirectory(folder.resolve("c"));
        try (BigramPolicy policy = Trainings.policy()) {
            Trainer trainer = trainer(policy, directory)
                    .listener(new TrainingListener() {
                        @Override
                        public void onStep(StepMetrics metrics) {
                            if (metrics.step() == 4) {
                                replaceByFile(directory);
                            }
                        }
                    })
                    .build();

            assertThatThrownBy(trainer::train)
                    .isInstanceOf(TrainingException.class)
                    .hasMessageStartingWith(directory.resolve("step-4") + ": the checkpoint cannot be written (");
        }
        Files.delete(directory);
        Files.move(folder.resolve("aside"), directory);
        assertThat(new CheckpointStore(directory, 2)
                        .newest(notice -> {})
                        .orElseThrow()
                        .step())
                .isEqualTo(2);
    }

    /** Even root cannot make a folder below a file. */
    private void replaceByFile(Path directory) {
        try {
            Files.move(directory, folder.resolve("aside"));
            Files.createFile(directory);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void resumesFrom(long step, String notice) {
        try (BigramPolicy policy = Trainings.policy()) {
            trainer(policy, folder).resume(true).listener(recorder).build().train();
        }
        assertThat(recorder.steps.getFirst().step()).isEqualTo(step + 1);
        assertThat(recorder.notices).containsExactly(notice);
    }

    private void assertRefused(Trainer.Builder trainer, String message) {
        assertThatThrownBy(() -> trainer.resume(true).build().train())
                .isInstanceOf(TrainingException.class)
                .hasMessageStartingWith(folder.resolve("step-6") + ": " + message);
    }

    private void save() {
        try (BigramPolicy policy = Trainings.policy()) {
            trainer(policy, folder).build().train();
        }
    }

    private List<String> names() throws IOException {
        try (Stream<Path> content = Files.list(folder)) {
            return content.map(path -> path.getFileName().toString()).toList();
        }
    }

    private Trainer.Builder trainer(BigramPolicy policy, Path checkpoints) {
        return Trainer.builder()
                .policy(policy)
                .objective(new IntuitiveFineTuning(
                        new TemporalResidual(0.2, 0, TemporalResidual.Schedule.CONSTANT, 0.5),
                        RelationPropagation.DEFAULT))
                .data(Trainings.dataset(10))
                .config(config().build())
                .workers(workers)
                .checkpoints(checkpoints);
    }

    private static TrainingConfig.Builder config() {
        return TrainingConfig.builder()
                .batchSize(3)
                .gradientAccumulation(2)
                .maxSteps(STEPS)
                .learningRate(1e-2)
                .warmupSteps(2)
                .saveEvery(2);
    }

    private static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private record KillAfter(long step) implements TrainingListener {
        @Override
        public void onStep(StepMetrics metrics) {
            if (metrics.step() == step) {
                throw new Killed();
            }
        }
    }
}

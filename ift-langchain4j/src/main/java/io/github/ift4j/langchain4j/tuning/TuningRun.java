package io.github.ift4j.langchain4j.tuning;

import com.google.common.hash.Hashing;
import io.github.ift4j.core.files.AtomicFiles;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.training.MetricsWriter;
import io.github.ift4j.core.training.ProvenanceWriter;
import io.github.ift4j.core.training.Trainer;
import io.github.ift4j.jlama.checkpoint.PeftConfig;
import io.github.ift4j.jlama.checkpoint.PeftWriter;
import io.github.ift4j.jlama.decoder.DecoderPolicy;
import io.github.ift4j.jlama.text.ModelText;
import io.github.ift4j.jlama.text.tools.ToolTemplate;
import io.github.ift4j.langchain4j.recording.ConversationRecorder;
import io.github.ift4j.langchain4j.recording.ExchangeSummary;
import io.github.ift4j.langchain4j.recording.RecordedConversations;
import io.github.ift4j.langchain4j.recording.RecordedExchange;
import io.github.ift4j.langchain4j.tuning.TuningOutcome.Decision;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/** Trainings, each from the good conversations on record to the decision about its adapter. */
final class TuningRun {
    private static final int MOST_ATTEMPTS = 3;

    private final BaseModel base;
    private final TuningRecipe recipe;
    private final Gate gate;
    private final int threads;
    private final ConversationRecorder recorder;
    private final TunerFolder folder;
    private final VersionsInService versions;
    private final RunControl control;

    TuningRun(
            BaseModel base,
            TuningRecipe recipe,
            Gate gate,
            int threads,
            ConversationRecorder recorder,
            TunerFolder folder,
            VersionsInService versions,
            RunControl control) {
        this.base = base;
        this.recipe = recipe;
        this.gate = gate;
        this.threads = threads;
        this.recorder = recorder;
        this.folder = folder;
        this.versions = versions;
        this.control = control;
    }

    /** Is told how far a run is. */
    interface Observer {
        RunWatch training(int run, LearningSet set);

        void measuring();
    }

    /** Runs to the decision; goes on with a training that was broken off, if there is one. */
    TuningOutcome execute(Observer observer) throws IOException {
        TunerState.Pending broken = versions.state().pending();
        int run = broken == null ? versions.state().runs() + 1 : broken.run();
        try {
            control.check();
            return execute(run, Optional.ofNullable(broken), observer);
        } catch (RunControl.EndedException e) {
            return e.decision() == Decision.SUSPENDED
                    ? suspend(run, broken)
                    : end(run, Decision.CANCELLED, "cancelled", Optional.empty());
        } catch (IOException | RuntimeException e) {
            return end(run, Decision.FAILED, describe(e), Optional.empty());
        }
    }

    private TuningOutcome execute(int run, Optional<TunerState.Pending> broken, Observer observer) throws IOException {
        List<RecordedExchange> good = good(broken.map(pending -> Set.copyOf(pending.ids())));
        try (ModelText text = base.text()) {
            AnswerEncoder encoder =
                    new AnswerEncoder(text.encoder(false), text.chatTemplate().map(ToolTemplate::of));
            LearningSet set = LearningSet.of(good, new HeldOut(gate.heldOutShare()), encoder, recipe.maxLength());
            if (set.train().size() == 0 || set.heldOut().size() < gate.minHeldOut()) {
                return skip(run, set);
            }
            if (broken.isPresent() && broken.get().attempts() >= MOST_ATTEMPTS) {
                return end(run, Decision.FAILED, "it was broken off " + MOST_ATTEMPTS + " times", Optional.empty());
            }
            begin(run, set, broken);
            try (Workers workers = new Workers(threads)) {
                train(set, text, observer.training(run, set), workers);
                observer.measuring();
                return decide(run, set, text, workers);
            }
        }
    }

    /** The good exchanges that are on record now, all or those that a broken-off training had begun with. */
    private List<RecordedExchange> good(Optional<Set<String>> ids) {
        recorder.flush();
        RecordedConversations conversations = RecordedConversations.readGood(recorder.folder());
        Set<String> onRecord =
                recorder.summaries().stream().map(ExchangeSummary::id).collect(Collectors.toCollection(HashSet::new));
        ids.ifPresent(onRecord::retainAll);
        return conversations.where(exchange -> onRecord.contains(exchange.id()));
    }

    private TuningOutcome skip(int run, LearningSet set) throws IOException {
        String reason = "there are %s good exchanges to learn from and %s held out; at least 1 and %s are needed"
                .formatted(set.train().size(), set.heldOut().size(), gate.minHeldOut());
        AtomicFiles.deleteRecursively(folder.work());
        versions.update(state -> state.begun(null, state.runs(), versions.now()));
        return outcome(run, Decision.SKIPPED, reason, Optional.empty());
    }

    private void begin(int run, LearningSet set, Optional<TunerState.Pending> broken) throws IOException {
        String fingerprint = fingerprint(set);
        boolean resumed = broken.filter(pending -> pending.fingerprint().equals(fingerprint))
                .isPresent();
        if (!resumed) {
            AtomicFiles.deleteRecursively(folder.work());
        }
        AtomicFiles.deleteRecursively(folder.candidate());
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("run", run);
        details.put("base_sha256", base.sha256());
        details.put("recipe", recipe.toString());
        details.put("threads", threads);
        details.put("train", set.train().identities());
        details.put("held_out", set.heldOut().identities());
        details.put("resumed", resumed);
        versions.record("training", details);
        List<String> ids = List.copyOf(union(set));
        int attempts = broken.map(TunerState.Pending::attempts).orElse(0) + 1;
        versions.update(
                state -> state.begun(new TunerState.Pending(run, ids, fingerprint, attempts), run, versions.now()));
    }

    private static Set<String> union(LearningSet set) {
        Set<String> ids = new HashSet<>();
        set.train().exchanges().forEach(exchange -> ids.add(exchange.id()));
        set.heldOut().exchanges().forEach(exchange -> ids.add(exchange.id()));
        return ids;
    }

    /** Of all that decides the outcome of a training. */
    private String fingerprint(LearningSet set) throws IOException {
        String all = base.sha256() + recipe + set.train().dataset().fingerprint();
        return Hashing.sha256().hashString(all, StandardCharsets.UTF_8).toString();
    }

    /** Leaves the trained adapter in the candidate's folder. */
    private void train(LearningSet set, ModelText text, RunWatch watch, Workers workers) throws IOException {
        Files.createDirectories(folder.candidate());
        PeftConfig lora = base.named(recipe.lora());
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("base", base.hashes());
        details.put("adapter", lora.toString());
        details.put("exchanges", set.train().identities());
        details.put("threads", threads);
        Path provenance = folder.candidate().resolve("training.json");
        try (DecoderPolicy policy =
                DecoderPolicy.adapt(base.directory(), lora, recipe.training().seed(), workers)) {
            Trainer.builder()
                    .policy(policy)
                    .workers(workers)
                    .objective(recipe.objective())
                    .optimizer(recipe.optimizer())
                    .config(recipe.training())
                    .data(set.train().dataset())
                    .checkpoints(folder.checkpoints())
                    .resume(Files.isDirectory(folder.checkpoints()))
                    .identity("base", base.sha256())
                    .identity("adapter", lora.toString())
                    .listener(new MetricsWriter(folder.candidate()))
                    .listener(new ProvenanceWriter(provenance, List.of(), List.of(), details))
                    .listener(watch)
                    .build()
                    .train();
            PeftWriter.plain().write(folder.candidate(), policy.adapter().orElseThrow());
        }
    }

    private TuningOutcome decide(int run, LearningSet set, ModelText text, Workers workers) throws IOException {
        Measurement candidate = Measurement.of(base, folder.candidate(), text, set.heldOut(), gate, workers, control);
        int serving = versions.state().inService();
        Measurement inService =
                Measurement.of(base, folder.version(serving), text, set.heldOut(), gate, workers, control);
        GateResult result = Measurement.compare(candidate, inService, set.heldOut(), gate, control);
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("run", run);
        details.put("in_service", serving);
        details.putAll(result.figures());
        versions.record("gate", details);
        if (!result.passed()) {
            return end(run, Decision.REFUSED, result.objection().orElseThrow(), Optional.of(result));
        }
        TunedVersion version = versions.swapIn(
                folder.candidate(), set.train().size(), candidate.nll(), "run " + run + " passed the gate");
        return new TuningOutcome(
                run,
                versions.now(),
                Decision.SWAPPED,
                "version " + version.number() + " is in service",
                Optional.of(result),
                OptionalInt.of(version.number()));
    }

    /** Leaves a run for the next tuner over the folder. Who closes a tuner breaks nothing off: the attempt does not count. */
    private TuningOutcome suspend(int run, TunerState.Pending broken) throws IOException {
        versions.update(state -> state.attempted(broken == null ? 0 : broken.attempts()));
        return outcome(run, Decision.SUSPENDED, "the tuner was closed", Optional.empty());
    }

    /** Ends a run without a new version, for good. */
    private TuningOutcome end(int run, Decision decision, String reason, Optional<GateResult> gate) throws IOException {
        AtomicFiles.deleteRecursively(folder.work());
        versions.record("ended", Map.of("run", run, "decision", decision.name(), "reason", reason));
        versions.update(TunerState::ended);
        return outcome(run, decision, reason, gate);
    }

    private TuningOutcome outcome(int run, Decision decision, String reason, Optional<GateResult> gate) {
        return new TuningOutcome(run, versions.now(), decision, reason, gate, OptionalInt.empty());
    }

    /** Messages of this project's own exceptions say what to do and hold no text of conversations; of others kind and place are told. */
    private static String describe(Exception e) {
        boolean own = e instanceof IOException || e.getClass().getName().startsWith("io.github.ift4j.");
        return own ? String.valueOf(e.getMessage()) : e.getClass().getName() + " at " + e.getStackTrace()[0];
    }
}

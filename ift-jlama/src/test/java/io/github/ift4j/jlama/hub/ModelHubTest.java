package io.github.ift4j.jlama.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ModelHubTest {
    private static final int HALF = 100_000;

    private final LocalHub server = new LocalHub();

    @TempDir
    Path folder;

    private ModelHub hub;

    @BeforeEach
    void fill() {
        byte[] weights = new byte[2 * HALF];
        new Random(1).nextBytes(weights);
        server.files.put("config.json", "{}".getBytes(StandardCharsets.UTF_8));
        server.files.put(LocalHub.WEIGHTS, weights);
        server.files.put("tokenizer.json", "{\"model\":{}}".getBytes(StandardCharsets.UTF_8));
        server.files.put("onnx/model.onnx", new byte[10]);
        server.files.put("README.md", new byte[10]);
        hub = new ModelHub(server.endpoint(), folder, Optional.of("secret"));
    }

    @AfterEach
    void release() {
        server.close();
    }

    @Test
    void fetchesWhatAModelIsMadeOfAndIsOfflineAfterThat() throws IOException {
        assertThat(hub.find(LocalHub.MODEL)).isEmpty();
        assertThat(server.requests).as("nobody has asked for a download").isEmpty();

        Path directory = hub.download(LocalHub.MODEL);

        assertThat(directory).isEqualTo(folder.resolve("owner/tiny"));
        assertThat(directory.toFile().list())
                .containsExactlyInAnyOrder("config.json", LocalHub.WEIGHTS, "tokenizer.json", ".complete");
        assertThat(weights()).isEqualTo(server.files.get(LocalHub.WEIGHTS));
        int asked = server.requests.size();
        assertThat(hub.download(LocalHub.MODEL)).isEqualTo(directory);
        assertThat(hub.find(LocalHub.MODEL)).contains(directory);
        assertThat(server.requests).hasSize(asked);
    }

    @Test
    void theTokenGoesToTheHubAndToNobodyElse() {
        hub.download(LocalHub.MODEL);

        assertThat(server.requests)
                .contains("storage /stored/" + LocalHub.WEIGHTS + " null null")
                .filteredOn(request -> request.startsWith("hub"))
                .isNotEmpty()
                .allMatch(request -> request.endsWith("Bearer secret"));
    }

    @Test
    void aDownloadThatBreaksOffGoesOnWhereItEnded() throws IOException {
        server.breaksAfter = HALF;
        assertThatExceptionOfType(HubException.class)
                .isThrownBy(() -> hub.download(LocalHub.MODEL))
                .withMessageContaining("owner/tiny could not be fetched")
                .withMessageContaining("start again to go on where it ended");
        assertThat(hub.find(LocalHub.MODEL)).isEmpty();
        assertThat(folder.resolve("owner/tiny").resolve(LocalHub.WEIGHTS)).doesNotExist();
        long kept = Files.size(folder.resolve("owner/tiny").resolve(LocalHub.WEIGHTS + ".part"));
        assertThat(kept).isBetween(1L, (long) HALF);
        server.breaksAfter = Integer.MAX_VALUE;
        server.requests.clear();

        hub.download(LocalHub.MODEL);

        assertThat(server.requests)
                .anyMatch(request -> request.contains("storage /stored/" + LocalHub.WEIGHTS + " bytes=" + kept + "-"))
                .noneMatch(request -> request.contains("config.json"));
        assertThat(weights()).isEqualTo(server.files.get(LocalHub.WEIGHTS));
    }

    @Test
    void whereTheServerDoesNotKnowRangesItBeginsAnew() throws IOException {
        server.breaksAfter = HALF;
        assertThatExceptionOfType(HubException.class).isThrownBy(() -> hub.download(LocalHub.MODEL));
        server.breaksAfter = Integer.MAX_VALUE;
        server.knowsRanges = false;

        hub.download(LocalHub.MODEL);

        assertThat(weights()).isEqualTo(server.files.get(LocalHub.WEIGHTS));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aDamagedFileIsThrownAway(boolean listed) throws IOException {
        server.listsChecksums = listed;
        server.damages = true;
        assertThatExceptionOfType(HubException.class)
                .isThrownBy(() -> hub.download(LocalHub.MODEL))
                .withMessageContaining("model.safetensors was damaged on the way, its SHA256 differs");
        assertThat(hub.find(LocalHub.MODEL)).isEmpty();
        assertThat(folder.resolve("owner/tiny").toFile().list()).containsExactly("config.json");
        server.damages = false;

        hub.download(LocalHub.MODEL);

        assertThat(weights()).isEqualTo(server.files.get(LocalHub.WEIGHTS));
    }

    @Test
    void aFileThatChangedOnDiskIsFetchedAgainWhereTheModelIsNotComplete() throws IOException {
        Path directory = hub.download(LocalHub.MODEL);
        Files.delete(directory.resolve(".complete"));
        Files.writeString(directory.resolve("config.json"), "{ }");

        hub.download(LocalHub.MODEL);

        assertThat(directory.resolve("config.json")).hasContent("{}");
    }

    @Test
    void withoutAnyChecksumNothingIsTrusted() {
        server.listsChecksums = false;
        server.tagsChecksums = false;
        assertThatExceptionOfType(HubException.class)
                .isThrownBy(() -> hub.download(LocalHub.MODEL))
                .withMessageContaining("states no checksum");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../evil.safetensors",
                "a/../../evil.safetensors",
                "/etc/evil.safetensors",
                "..\\evil.safetensors",
                "C:evil.safetensors",
                "a//evil.safetensors",
                ".."
            })
    void aNameThatLeadsOutOfTheFolderIsRefusedBeforeAnythingIsFetched(String name) {
        server.files.put(name, new byte[10]);

        assertThatExceptionOfType(HubException.class)
                .isThrownBy(() -> hub.download(LocalHub.MODEL))
                .withMessageContaining("leads out of its folder; nothing was fetched");

        assertThat(server.requests).hasSize(1);
        assertThat(folder.resolve("owner/tiny")).isEmptyDirectory();
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny", "owner/..", "../tiny", "owner/tiny/more", "owner/ti?ny", "/tiny", ""})
    void whatIsNoNameOfAModelIsRefused(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> hub.find(name))
                .withMessageContaining("a model on the hub is called owner/name");
    }

    @Test
    void aModelThatIsNotThereIsNamed() {
        assertThatExceptionOfType(HubException.class)
                .isThrownBy(() -> hub.download("owner/other"))
                .withMessageContaining("owner/other could not be fetched")
                .withMessageContaining("there is no such model, revision or file");
    }

    @Test
    void checksumsAreThoseOfGitAndOfSha256() {
        // git hash-object of a file that holds "hello\n".
        assertThat(LocalHub.gitBlob("hello\n".getBytes(StandardCharsets.UTF_8)))
                .isEqualTo("ce013625030ba8dba906f756967f9e9ca394464a");
        assertThat(Checksum.of("W/\"ce013625030ba8dba906f756967f9e9ca394464a\""))
                .contains(new Checksum(Checksum.Kind.GIT_BLOB, "ce013625030ba8dba906f756967f9e9ca394464a"));
        assertThat(Checksum.of("\"5d41402a-1\"")).isEmpty();
    }

    @Test
    void aDownloadThatStallsIsBrokenOffAndGoesOnWhereItEnded() throws IOException {
        ModelHub impatient = patientFor(Duration.ofSeconds(1));
        server.stallsAfter = HALF;
        assertThatExceptionOfType(HubException.class)
                .isThrownBy(() -> impatient.download(LocalHub.MODEL))
                .withMessage(
                        "owner/tiny could not be fetched: %sowner/tiny/resolve/%s/model.safetensors stalled: nothing"
                                + " came for 1 seconds; start again to go on where it ended",
                        server.endpoint(), LocalHub.COMMIT);
        assertThat(folder.resolve("owner/tiny").resolve(LocalHub.WEIGHTS + ".part"))
                .hasSize(HALF);
        server.stallsAfter = Integer.MAX_VALUE;

        hub.download(LocalHub.MODEL);

        assertThat(server.requests).anyMatch(request -> request.contains(" bytes=" + HALF + "-"));
        assertThat(weights()).isEqualTo(server.files.get(LocalHub.WEIGHTS));
    }

    @Test
    void aHubThatDoesNotAnswerIsGivenUp() {
        server.isSilent = true;
        assertThatExceptionOfType(HubException.class)
                .isThrownBy(() -> patientFor(Duration.ofSeconds(1)).download(LocalHub.MODEL))
                .withMessageContaining("did not answer within 1 seconds; start again");
    }

    /** Its body takes half as long again as it may take for a byte to come. */
    @Test
    void aDownloadThatIsSlowIsNotBrokenOff() throws IOException {
        Duration patience = Duration.ofSeconds(2);
        server.slowness = patience.multipliedBy(3).dividedBy(2);

        patientFor(patience).download(LocalHub.MODEL);

        assertThat(weights()).isEqualTo(server.files.get(LocalHub.WEIGHTS));
    }

    private ModelHub patientFor(Duration patience) {
        return new ModelHub(server.endpoint(), folder, Optional.empty(), patience);
    }

    @Test
    void whoAsksForAModelThatAnotherIsFetchingWaitsForIt() throws Exception {
        server.stallsAfter = HALF;
        CompletableFuture<Path> first = CompletableFuture.supplyAsync(() -> hub.download(LocalHub.MODEL));
        while (server.requests.stream().noneMatch(request -> request.startsWith("storage"))) {
            Thread.onSpinWait();
        }
        int asked = server.requests.size();
        CompletableFuture<Path> second = new CompletableFuture<>();
        Thread waiting = Thread.ofPlatform()
                .start(() -> second.completeAsync(() -> hub.download(LocalHub.MODEL), Runnable::run));
        while (waiting.getState() != Thread.State.TIMED_WAITING && server.requests.size() == asked) {
            Thread.onSpinWait();
        }
        server.goesOn.countDown();

        assertThat(first.get()).isEqualTo(second.get());
        assertThat(server.requests)
                .filteredOn(request -> request.startsWith("storage"))
                .hasSize(1);
        assertThat(weights()).isEqualTo(server.files.get(LocalHub.WEIGHTS));
    }

    @Test
    void ofWeightsInPartsThoseAreFetchedThatTheIndexNames() {
        server.files.remove(LocalHub.WEIGHTS);
        for (String name : List.of("consolidated.safetensors", "part-1.safetensors", "part-2.safetensors")) {
            server.files.put(name, name.getBytes(StandardCharsets.UTF_8));
        }
        index(
                "{\"weight_map\":{\"a\":\"part-1.safetensors\",\"b\":\"part-2.safetensors\",\"c\":\"part-1.safetensors\"}}");

        Path directory = hub.download(LocalHub.MODEL);

        assertThat(directory.toFile().list())
                .containsExactlyInAnyOrder(
                        "config.json",
                        "model.safetensors.index.json",
                        "part-1.safetensors",
                        "part-2.safetensors",
                        "tokenizer.json",
                        ".complete");
    }

    @Test
    void besideOneFileOfAllWeightsOnlyAnAdapterIsFetched() {
        for (String name : List.of("consolidated.safetensors", "part-1.safetensors", "adapter_model.safetensors")) {
            server.files.put(name, new byte[10]);
        }
        index("{\"weight_map\":{\"a\":\"part-1.safetensors\"}}");

        Path directory = hub.download(LocalHub.MODEL);

        assertThat(directory.toFile().list())
                .containsExactlyInAnyOrder(
                        "adapter_model.safetensors", "config.json", LocalHub.WEIGHTS, "tokenizer.json", ".complete");
    }

    @Test
    void whereNothingSaysWhichFilesHoldTheWeightsAllAreFetched() {
        server.files.put("one.safetensors", server.files.remove(LocalHub.WEIGHTS));
        server.files.put("two.safetensors", new byte[10]);

        assertThat(hub.download(LocalHub.MODEL).toFile().list()).contains("one.safetensors", "two.safetensors");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {"weight_map":{"a":"part-1.safetensors","b":"../b.safetensors"}} | has no file '../b.safetensors' in its own
        {"weight_map":[]} | names no files of weights
        {"weight_map": | is not JSON
        """)
    void anIndexThatIsNoneIsRefusedBeforeWeightsAreFetched(String index, String reason) {
        server.files.remove(LocalHub.WEIGHTS);
        server.files.put("part-1.safetensors", new byte[10]);
        index(index);

        assertThatExceptionOfType(HubException.class)
                .isThrownBy(() -> hub.download(LocalHub.MODEL))
                .withMessageContaining(reason);

        assertThat(server.requests).noneMatch(request -> request.contains("part-1"));
    }

    private void index(String json) {
        server.files.put("model.safetensors.index.json", json.getBytes(StandardCharsets.UTF_8));
    }

    private byte[] weights() throws IOException {
        return Files.readAllBytes(folder.resolve("owner/tiny").resolve(LocalHub.WEIGHTS));
    }
}

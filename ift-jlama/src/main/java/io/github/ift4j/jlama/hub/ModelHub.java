package io.github.ift4j.jlama.hub;

import com.google.common.base.Preconditions;
import com.google.common.io.ByteStreams;
import io.github.ift4j.core.files.AtomicFiles;
import io.github.ift4j.core.files.FolderLock;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;

/**
 * Models of the HuggingFace hub in a folder on disk. Nothing is asked of the network but by {@link #download}, and that asks nothing once a
 * model is there.
 *
 * <p>A download that breaks off goes on where it ended when it is started again. Each file is compared with the checksum that the hub
 * states, SHA-256 for weights; one that differs is thrown away. A model counts as there when all of its files are. One that stalls, so that
 * nothing comes for a minute, is broken off; one that is slow is not.
 *
 * <p>Several may use a folder at once, threads and processes: who asks for a model that another is fetching waits for it.
 *
 * <p>(Jlama's own {@code Downloader} knows one address, begins files anew, takes a file of the right length for the right one, and asks the
 * hub each time.)
 */
public final class ModelHub {
    /** The hub itself. */
    public static final URI HUGGING_FACE = URI.create("https://huggingface.co/");

    private static final String TOKEN_VARIABLE = "HF_TOKEN";
    /** Written last, with the commit that the files are from. */
    private static final String COMPLETE = ".complete";

    private static final String PART = ".part";
    /** No owner's name begins with a dot. */
    private static final String LOCKS = ".locks";

    private static final int MOST_LISTING_BYTES = 16 << 20;

    private final URI endpoint;
    private final Path folder;
    private final Optional<String> token;
    private final Duration patience;

    /**
     * @param endpoint the hub or a mirror of it, ending with a slash
     * @param folder where models are kept, {@code folder/owner/name}
     * @param token for models that ask for one, sent to the endpoint only
     */
    public ModelHub(URI endpoint, Path folder, Optional<String> token) {
        this(endpoint, folder, token, HubClient.PATIENCE);
    }

    /** @param patience how long nothing may come before a download is broken off */
    ModelHub(URI endpoint, Path folder, Optional<String> token, Duration patience) {
        this.endpoint = endpoint;
        this.folder = folder;
        this.token = token;
        this.patience = patience;
    }

    /** HuggingFace's hub, models in {@code ~/.cache/ift4j/models}, and the token of the environment variable {@code HF_TOKEN}. */
    public static ModelHub huggingFace() {
        return huggingFace(Path.of(System.getProperty("user.home"), ".cache", "ift4j", "models"));
    }

    /** HuggingFace's hub, models in the given folder, and the token of the environment variable {@code HF_TOKEN}. */
    public static ModelHub huggingFace(Path folder) {
        return new ModelHub(HUGGING_FACE, folder, Optional.ofNullable(System.getenv(TOKEN_VARIABLE)));
    }

    /**
     * Where a model lies on disk; asks nobody.
     *
     * @param model {@code owner/name}
     * @return empty when it is not there, or not all of it
     * @throws IllegalArgumentException when that is no name of a model
     */
    public Optional<Path> find(String model) {
        Path directory = directory(model);
        return Files.isRegularFile(directory.resolve(COMPLETE)) ? Optional.of(directory) : Optional.empty();
    }

    /** {@link #download(String, String)} of the newest revision. */
    public Path download(String model) {
        return download(model, "main");
    }

    /**
     * The directory of a model, which is fetched if it is not there.
     *
     * @param model {@code owner/name}
     * @param revision branch, tag or commit to fetch; of no effect for a model that is there
     * @throws IllegalArgumentException when that is no name of a model
     * @throws HubException when it cannot be fetched; what has come so far is kept and used the next time
     */
    public Path download(String model, String revision) {
        Optional<Path> there = find(model);
        if (there.isPresent()) {
            return there.get();
        }
        Path directory = directory(model);
        try (FolderLock _ = lock(model)) {
            if (find(model).isEmpty()) {
                Files.createDirectories(directory);
                fetch(model, revision, directory);
            }
            return directory;
        } catch (IOException e) {
            throw new HubException(
                    model + " could not be fetched: " + e.getMessage() + "; start again to go on where it ended", e);
        }
    }

    private Path directory(String model) {
        Preconditions.checkArgument(
                model.matches("[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*"),
                "a model on the hub is called owner/name, was '%s'",
                model);
        return folder.resolve(model);
    }

    /** Beside the models' folders, which hold what the hub has and nothing else. */
    private FolderLock lock(String model) throws IOException {
        return FolderLock.await(Files.createDirectories(folder.resolve(LOCKS).resolve(model)));
    }

    private void fetch(String model, String revision, Path directory) throws IOException {
        try (HubClient client = new HubClient(endpoint, token, patience)) {
            HubListing listing = listing(client, model, revision);
            Optional<HubFile> index = listing.index();
            if (index.isPresent()) {
                fetch(client, model, listing.commit(), index.get(), directory);
                listing = listing.withShards(
                        model,
                        HubListing.shards(model, directory.resolve(index.get().name())));
            }
            for (HubFile file : listing.files()) {
                fetch(client, model, listing.commit(), file, directory);
            }
            AtomicFiles.writeString(directory.resolve(COMPLETE), listing.commit() + "\n");
        }
    }

    private static HubListing listing(HubClient client, String model, String revision) throws IOException {
        String path = "api/models/" + model + "/revision/" + encoded(revision) + "?blobs=true";
        try (HubClient.Answer answer = client.get(path, 0)) {
            byte[] json = answer.body().readNBytes(MOST_LISTING_BYTES);
            return HubListing.parse(model, new String(json, StandardCharsets.UTF_8));
        }
    }

    private static String encoded(String part) {
        return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static void fetch(HubClient client, String model, String commit, HubFile file, Path directory)
            throws IOException {
        Path target = directory.resolve(file.name());
        if (Files.isRegularFile(target)
                && file.checksum().isPresent()
                && file.checksum().get().matches(target)) {
            return;
        }
        Path part = directory.resolve(file.name() + PART);
        Checksum checksum = append(client, model + "/resolve/" + commit + "/" + encoded(file.name()), file, part);
        if (!checksum.matches(part)) {
            Files.delete(part);
            throw new HubException(model + ": " + file.name() + " was damaged on the way, its " + checksum.kind()
                    + " differs from the hub's " + checksum.digits() + "; it was thrown away, start again");
        }
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Fetches what is missing of a file. */
    private static Checksum append(HubClient client, String path, HubFile file, Path part) throws IOException {
        long have = Files.exists(part) ? Files.size(part) : 0;
        boolean whole = have > 0 && file.size().isPresent() && file.size().get() == have;
        if (whole && file.checksum().isPresent()) {
            return file.checksum().get();
        }
        try (HubClient.Answer answer = client.get(path, have)) {
            Checksum checksum = file.checksum()
                    .or(answer::checksum)
                    .orElseThrow(() -> new HubException(
                            "the hub states no checksum of " + path + ", so that it cannot be trusted"));
            StandardOpenOption how =
                    answer.from() > 0 ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING;
            try (OutputStream out =
                    Files.newOutputStream(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE, how)) {
                // A byte more than there should be is enough to see that it is not the file.
                long most = file.size().map(size -> size - answer.from() + 1).orElse(Long.MAX_VALUE);
                ByteStreams.limit(answer.body(), most).transferTo(out);
            }
            long size = Files.size(part);
            if (file.size().isPresent() && size < file.size().get()) {
                throw new IOException(file.name() + " ended after " + size + " of "
                        + file.size().get() + " bytes");
            }
            return checksum;
        }
    }
}

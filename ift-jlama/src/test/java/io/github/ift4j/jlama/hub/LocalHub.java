package io.github.ift4j.jlama.hub;

import com.google.common.hash.Hashing;
import com.google.common.primitives.Bytes;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/** A hub on this machine with one model, {@code owner/tiny}, whose weights come from a second address, as those of large files do. */
final class LocalHub implements AutoCloseable {
    static final String MODEL = "owner/tiny";
    static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
    static final String WEIGHTS = "model.safetensors";
    private static final int PIECES = 100;

    /** What it has, by name. */
    final Map<String, byte[]> files = new LinkedHashMap<>();
    /** Requests as {@code host path range authorization}. */
    final List<String> requests = new CopyOnWriteArrayList<>();

    /** After how many bytes of the weights the connection breaks off. */
    volatile int breaksAfter = Integer.MAX_VALUE;

    /** After how many bytes of the weights nothing comes any more, until {@link #goesOn}. */
    volatile int stallsAfter = Integer.MAX_VALUE;

    /** Over which time the weights come. */
    volatile Duration slowness = Duration.ZERO;

    /** Whether it takes requests and does not answer them, until {@link #goesOn}. */
    volatile boolean isSilent;

    final CountDownLatch goesOn = new CountDownLatch(1);

    volatile boolean damages;
    volatile boolean knowsRanges = true;
    volatile boolean listsChecksums = true;
    volatile boolean tagsChecksums = true;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer hub = server();
    private final HttpServer storage = server();

    LocalHub() {
        hub.createContext("/", exchange -> answer(exchange, "hub"));
        storage.createContext("/", exchange -> answer(exchange, "storage"));
    }

    private HttpServer server() {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.setExecutor(threads);
            server.start();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    URI endpoint() {
        return uri(hub);
    }

    private static URI uri(HttpServer server) {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
    }

    private void answer(HttpExchange exchange, String host) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String range = exchange.getRequestHeaders().getFirst("Range");
        requests.add(host + " " + path + " " + range + " "
                + exchange.getRequestHeaders().getFirst("Authorization"));
        String name = path.substring(path.lastIndexOf('/') + 1);
        try (exchange) {
            if (isSilent) {
                awaitGoingOn();
            }
            if (path.equals("/api/models/" + MODEL + "/revision/main")) {
                send(exchange, listing().getBytes(StandardCharsets.UTF_8), 0);
            } else if (!files.containsKey(name) || !path.contains(host.equals("hub") ? COMMIT : "stored")) {
                exchange.sendResponseHeaders(404, -1);
            } else if (host.equals("hub") && name.equals(WEIGHTS)) {
                if (tagsChecksums) {
                    exchange.getResponseHeaders().set("X-Linked-ETag", '"' + sha256(files.get(name)) + '"');
                }
                exchange.getResponseHeaders().set("Location", uri(storage) + "stored/" + name);
                exchange.sendResponseHeaders(302, -1);
            } else {
                if (host.equals("hub") && tagsChecksums) {
                    exchange.getResponseHeaders().set("ETag", '"' + gitBlob(files.get(name)) + '"');
                }
                long from = range == null || !knowsRanges ? 0 : Long.parseLong(range.replaceAll("\\D", ""));
                send(exchange, files.get(name), (int) from);
            }
        }
    }

    private void send(HttpExchange exchange, byte[] content, int from) throws IOException {
        boolean weights = exchange.getRequestURI().getPath().endsWith(WEIGHTS);
        byte[] body = Arrays.copyOfRange(content, from, content.length);
        if (weights && damages) {
            body[body.length / 2] ^= 1;
        }
        exchange.sendResponseHeaders(from > 0 ? 206 : 200, body.length);
        int end = weights ? Math.min(body.length, breaksAfter) : body.length;
        int stall = weights ? Math.min(end, stallsAfter) : end;
        Duration time = weights ? slowness : Duration.ZERO;
        write(exchange.getResponseBody(), body, 0, stall, time);
        if (stall < end) {
            awaitGoingOn();
            write(exchange.getResponseBody(), body, stall, end, time);
        }
    }

    private static void write(OutputStream out, byte[] body, int from, int to, Duration time) throws IOException {
        int length = time.isZero() ? Math.max(1, to - from) : Math.ceilDiv(to - from, PIECES);
        for (int at = from; at < to; at += length) {
            LockSupport.parkNanos(time.toNanos() / PIECES);
            out.write(body, at, Math.min(length, to - at));
            out.flush();
        }
    }

    private void awaitGoingOn() throws IOException {
        try {
            goesOn.await();
        } catch (InterruptedException e) {
            throw new InterruptedIOException("closed");
        }
    }

    private String listing() {
        return files.entrySet().stream()
                .map(file -> "{\"rfilename\":\"%s\"%s}"
                        .formatted(
                                file.getKey().replace("\\", "\\\\"),
                                listsChecksums ? checksum(file.getKey(), file.getValue()) : ""))
                .collect(Collectors.joining(",", "{\"sha\":\"" + COMMIT + "\",\"siblings\":[", "]}"));
    }

    private static String checksum(String name, byte[] content) {
        return name.equals(WEIGHTS)
                ? ",\"size\":%d,\"lfs\":{\"sha256\":\"%s\",\"size\":%d}"
                        .formatted(content.length, sha256(content), content.length)
                : ",\"size\":%d,\"blobId\":\"%s\"".formatted(content.length, gitBlob(content));
    }

    static String sha256(byte[] content) {
        return Hashing.sha256().hashBytes(content).toString();
    }

    @SuppressWarnings("deprecation") // Git's own
    static String gitBlob(byte[] content) {
        byte[] header = ("blob " + content.length + "\0").getBytes(StandardCharsets.US_ASCII);
        return Hashing.sha1().hashBytes(Bytes.concat(header, content)).toString();
    }

    @Override
    public void close() {
        hub.stop(0);
        storage.stop(0);
        threads.shutdownNow();
    }
}

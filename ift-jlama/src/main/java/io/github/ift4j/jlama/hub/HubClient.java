package io.github.ift4j.jlama.hub;

import com.google.common.base.Throwables;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks the hub. It follows redirects itself, to see what each answer says of a file, and to give its token to the hub alone.
 *
 * <p>It has patience with what is slow and none with what has stopped: it waits so long for an answer, and so long for each next byte of
 * it, however many there are. (A request's own {@code timeout} covers the answer's head alone up to Java 25, and all of its body since.)
 */
final class HubClient implements AutoCloseable {
    private static final int MOST_REDIRECTS = 5;
    private static final int OK = 200;
    private static final int PARTIAL = 206;
    private static final int RANGE_NOT_SATISFIABLE = 416;
    /** How long nothing may come unless told otherwise. */
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private final URI endpoint;
    private final Optional<String> token;
    private final Duration patience;
    private final HttpClient client;
    private final ScheduledThreadPoolExecutor alarms = new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("ift-hub-alarms").factory());

    /** @param patience how long nothing may come */
    HubClient(URI endpoint, Optional<String> token, Duration patience) {
        this.endpoint = endpoint;
        this.token = token;
        this.patience = patience;
        this.client = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(patience)
                .build();
        alarms.setRemoveOnCancelPolicy(true);
    }

    /**
     * An answer with a body.
     *
     * @param from the body's first byte within the file
     * @param checksum of the file, if one of the answers on the way said it
     * @param body to be closed
     */
    record Answer(long from, Optional<Checksum> checksum, InputStream body) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            body.close();
        }
    }

    /**
     * Asks for a file from a byte on; the answer may begin before.
     *
     * @param path below the endpoint
     * @throws IOException when there is no answer, or one that is none; the body throws it too, when nothing more comes
     */
    Answer get(String path, long from) throws IOException {
        URI uri = endpoint.resolve(path);
        Optional<Checksum> checksum = Optional.empty();
        for (int i = 0; i <= MOST_REDIRECTS; i++) {
            HttpResponse<InputStream> response = send(uri, from);
            checksum = checksum.or(() -> checksum(response));
            int status = response.statusCode();
            if (status == OK || status == PARTIAL) {
                InputStream body =
                        new WatchedBody(response.body(), endpoint.resolve(path).toString(), patience, alarms);
                return new Answer(status == PARTIAL ? from : 0, checksum, body);
            }
            response.body().close();
            if (status == RANGE_NOT_SATISFIABLE && from > 0) {
                return get(path, 0);
            }
            Optional<String> location = response.headers().firstValue("Location");
            if (status / 100 != 3 || location.isEmpty()) {
                throw new IOException(uri + " answered with status " + status + reason(status));
            }
            URI next = uri.resolve(location.get());
            if (!next.getScheme().equals("https") && !next.getScheme().equals(endpoint.getScheme())) {
                throw new IOException(uri + " redirects to " + next + ", which is not encrypted");
            }
            uri = next;
        }
        throw new IOException(endpoint.resolve(path) + " redirects more than " + MOST_REDIRECTS + " times");
    }

    private HttpResponse<InputStream> send(URI uri, long from) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri);
        if (from > 0) {
            request.header("Range", "bytes=" + from + "-");
        }
        if (uri.getAuthority().equals(endpoint.getAuthority())) {
            token.ifPresent(secret -> request.header("Authorization", "Bearer " + secret));
        }
        CompletableFuture<HttpResponse<InputStream>> response =
                client.sendAsync(request.build(), BodyHandlers.ofInputStream());
        try {
            return response.get(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            Throwables.throwIfInstanceOf(e.getCause(), IOException.class);
            throw new IOException(uri + " could not be asked: " + e.getCause(), e.getCause());
        } catch (TimeoutException e) {
            response.cancel(true);
            throw new IOException(uri + " did not answer within " + patience.toSeconds() + " seconds", e);
        } catch (InterruptedException e) {
            response.cancel(true);
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for " + uri, e);
        }
    }

    private static Optional<Checksum> checksum(HttpResponse<?> response) {
        return response.headers()
                .firstValue("X-Linked-ETag")
                .or(() -> response.headers().firstValue("ETag"))
                .flatMap(Checksum::of);
    }

    private static String reason(int status) {
        return switch (status) {
            case 401, 403 -> ": it asks for a licence or a token; accept the one, set HF_TOKEN to the other";
            case 404 -> ": there is no such model, revision or file";
            default -> "";
        };
    }

    @Override
    public void close() {
        alarms.shutdownNow();
        // What is still under way was given up; an answer that came too late must not be waited for.
        client.shutdownNow();
        client.close();
    }
}

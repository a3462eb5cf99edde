package io.github.ift4j.samples.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.UserMessage;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the web chatbot serves and what it refuses, asked for without a browser. */
@Timeout(60)
class WebServerTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static ScriptedServer server;

    private Client client;

    @BeforeAll
    static void start() {
        server = new ScriptedServer(question -> "You said " + question);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void beSomebodyNew() {
        client = new Client(server.url());
        server.recording.told.clear();
        server.tuner.told.clear();
        server.model.requests.clear();
    }

    @Test
    void anAnswerComesInPieces() throws Exception {
        List<JsonNode> lines = lines(client.post("/api/chat", "{\"text\": \"hello you\"}"));

        assertThat(lines)
                .extracting(line -> line.get("type").asText())
                .containsExactly("text", "text", "text", "text", "done");
        assertThat(lines.subList(0, 4))
                .extracting(line -> line.get("text").asText())
                .containsExactly("You ", "said ", "hello ", "you");
        assertThat(lines.getLast().get("model").asText()).isEqualTo("tuned");
        assertThat(lines.getLast().get("outputTokens").asInt()).isEqualTo(2);
    }

    @Test
    void theModelReadsTheTurnsThatFit() throws Exception {
        client.post("/api/chat", "{\"text\": \"one\"}");
        client.post("/api/chat", "{\"text\": \"two\"}");
        client.post("/api/chat", "{\"text\": \"three\"}");

        assertThat(server.model.requests.getLast().messages())
                .containsExactly(UserMessage.from("two"), AiMessage.from("You said two"), UserMessage.from("three"));
    }

    @Test
    void browsersDoNotSeeEachOthersChats() throws Exception {
        client.post("/api/chat", "{\"text\": \"a secret\"}");

        assertThat(client.get("/api/chat").body()).contains("a secret");
        assertThat(new Client(server.url()).get("/api/chat").body()).doesNotContain("a secret");
    }

    @Test
    void aNewChatForgetsTheOldOne() throws Exception {
        client.post("/api/chat", "{\"text\": \"a secret\"}");
        client.post("/api/new", "{}");

        assertThat(client.get("/api/chat").body()).doesNotContain("a secret");
    }

    @Test
    void whatNeedsNoChatBeginsNone() throws Exception {
        client.post("/api/stop", "{}");
        client.post("/api/new", "{}");
        client.post("/api/rating", "{\"id\": \"1\", \"good\": true}");

        assertThat(client.post("/api/consent", "{\"recorded\": false}")
                        .headers()
                        .map())
                .doesNotContainKey("set-cookie");
        assertThat(client.post("/api/consent", "{\"recorded\": true}").headers().map())
                .containsKey("set-cookie");
    }

    @Test
    void anAnswerIsRatedByWhoGotIt() throws Exception {
        String id = lines(client.post("/api/chat", "{\"text\": \"hi\"}"))
                .getLast()
                .get("id")
                .asText();
        String vote = "{\"id\": \"" + id + "\", \"good\": true}";

        assertThat(new Client(server.url()).post("/api/rating", vote).statusCode())
                .isEqualTo(404);
        assertThat(client.post("/api/rating", vote).statusCode()).isEqualTo(200);
        assertThat(server.recording.told).containsExactly("asked by one who did not agree", "good");
        assertThat(client.get("/api/chat").body()).contains("\"rating\":true");
    }

    @Test
    void nobodyIsRecordedUnasked() throws Exception {
        client.post("/api/consent", "{\"recorded\": true}");
        client.post("/api/chat", "{\"text\": \"hi\"}");
        client.post("/api/consent", "{\"recorded\": false}");

        assertThat(server.recording.told).containsExactly("agreed", "asked by one who agreed", "disagreed");
    }

    @Test
    void theFailureOfTheModelIsTold() throws Exception {
        List<JsonNode> lines = lines(client.post("/api/chat", "{\"text\": \"fail\"}"));

        assertThat(lines)
                .singleElement()
                .satisfies(line -> assertThat(line.get("message").asText()).isEqualTo("out of <b>luck</b>"));
        assertThat(lines(client.post("/api/chat", "{\"text\": \"again\"}"))
                        .getLast()
                        .get("type")
                        .asText())
                .isEqualTo("done");
    }

    @Test
    void theTunerPageIsToldTheState() throws Exception {
        JsonNode state = JSON.readTree(client.get("/api/tuner").body());

        assertThat(state.get("recorded").asInt()).isEqualTo(12);
        assertThat(state.get("run").get("curve").get(1).get("loss").asDouble()).isEqualTo(1.75);
        assertThat(state.get("versions").get(0).get("active").asBoolean()).isTrue();
    }

    @Test
    void theTunerDoesWhatItIsTold() throws Exception {
        client.post("/api/tuner/tune", "{}");
        client.post("/api/tuner/swap", "{\"version\": 0}");
        client.post("/api/tuner/cancel", "{}");
        HttpResponse<String> refused = client.post("/api/tuner/rollback", "{}");

        assertThat(server.tuner.told).containsExactly("tune", "swap 0", "cancel");
        assertThat(refused.statusCode()).isEqualTo(409);
        assertThat(refused.body()).contains("there is nothing to go back to");
    }

    @Test
    void pagesRunAndLoadNothingFromElsewhere() throws Exception {
        for (String path : List.of("/", "/tuner.html", "/chat.js", "/api/chat")) {
            HttpResponse<String> response = client.get(path);
            assertThat(response.statusCode()).as(path).isEqualTo(200);
            assertThat(header(response, "Content-Security-Policy"))
                    .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'")
                    .doesNotContain("unsafe", "*", "http");
            assertThat(header(response, "X-Content-Type-Options")).isEqualTo("nosniff");
            assertThat(header(response, "X-Frame-Options")).isEqualTo("DENY");
            assertThat(header(response, "Referrer-Policy")).isEqualTo("no-referrer");
        }
        for (String page : List.of("/", "/tuner.html")) {
            assertThat(client.get(page).body())
                    .doesNotContainPattern("(src|href)=\"(https?:)?//")
                    .doesNotContainPattern("<script(?![^>]* src=)")
                    .doesNotContainPattern(" (on[a-z]+|style)=\"");
        }
    }

    @Test
    void theCookieIsForThisSiteAndNotForScripts() throws Exception {
        HttpResponse<String> response = client.post("/api/chat", "{\"text\": \"hi\"}");

        assertThat(header(response, "Set-Cookie")).contains("ift-web=", "HttpOnly", "SameSite=Strict");
    }

    @Test
    void otherSitesCannotChangeAnything() throws Exception {
        String body = "{\"text\": \"hi\"}";

        assertThat(client.post("/api/chat", body, "Sec-Fetch-Site", "cross-site")
                        .statusCode())
                .isEqualTo(403);
        assertThat(client.post("/api/chat", body, "Sec-Fetch-Site", "same-site").statusCode())
                .isEqualTo(403);
        assertThat(client.post("/api/chat", body, "Origin", "http://evil.example")
                        .statusCode())
                .isEqualTo(403);
        assertThat(client.post("/api/chat", body, new String[0]).statusCode()).isEqualTo(403);
        assertThat(server.model.requests).isEmpty();
        assertThat(client.post("/api/chat", body, "Origin", server.url()).statusCode())
                .isEqualTo(200);
    }

    @Test
    void aForeignNameOfThisMachineIsRefused() throws Exception {
        assertThat(statusLine("GET /api/chat HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"))
                .contains(" 403");
        assertThat(statusLine("GET /api/chat HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                .contains(" 200");
    }

    @Test
    void longBodiesAreRefused() throws Exception {
        String most = "{\"text\": \"" + "a".repeat(BodyLimitFilter.MAX_BYTES - 12) + "\"}";

        assertThat(client.post("/api/chat", most).statusCode()).isEqualTo(200);
        assertThat(client.post("/api/chat", most + " ").statusCode()).isEqualTo(413);
        assertThat(client.postChunked("/api/chat", most.getBytes(StandardCharsets.UTF_8))
                        .statusCode())
                .isEqualTo(411);
    }

    @Test
    void whatIsNoQuestionIsRefusedInOneLine() throws Exception {
        for (String body : List.of("", "{", "[]", "{\"text\": \" \"}", "{\"text\": null}", "{}")) {
            HttpResponse<String> response = client.post("/api/chat", body);
            assertThat(response.statusCode()).as(body).isEqualTo(400);
            assertThat(JSON.readTree(response.body()).get("error").asText()).isNotBlank();
        }
        assertThat(client.get("/no/such/page").statusCode()).isEqualTo(404);
    }

    @Test
    void otherMachinesCannotConnect() throws Exception {
        int port = URI.create(server.url()).getPort();
        Optional<InetAddress> outside = NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
                .findFirst();

        assertThat(URI.create(server.url()).getHost()).isEqualTo("127.0.0.1");
        outside.ifPresent(address ->
                assertThatExceptionOfType(IOException.class).isThrownBy(() -> new Socket(address, port).close()));
    }

    private static String statusLine(String request) throws IOException {
        URI url = URI.create(server.url());
        try (Socket socket = new Socket(url.getHost(), url.getPort());
                InputStream in = socket.getInputStream()) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static String header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    private static List<JsonNode> lines(HttpResponse<String> response) throws IOException {
        assertThat(response.statusCode()).withFailMessage(response::body).isEqualTo(200);
        return List.copyOf(JSON.readerFor(JsonNode.class)
                .<JsonNode>readValues(response.body())
                .readAll());
    }
}

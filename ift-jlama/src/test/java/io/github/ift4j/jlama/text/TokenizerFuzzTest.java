package io.github.ift4j.jlama.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import io.github.ift4j.jlama.fuzz.Fuzz;
import io.github.ift4j.jlama.text.TokenizerFixtures.Fixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged tokenizer files end in an exception that names the file, or work. A crash would end the whole test run. */
class TokenizerFuzzTest {
    private static final List<Fixture> FIXTURES = List.of(
            TokenizerFixtures::byteLevel,
            TokenizerFixtures::byteFallback,
            TokenizerFixtures::unigram,
            TokenizerFixtures::wordPiece);

    private static final List<String> FIELDS = List.of(
            "bos_token",
            "eos_token",
            "pad_token",
            "image_token",
            "additional_special_tokens",
            "extra_special_tokens",
            "add_bos_token",
            "add_eos_token",
            "add_prefix_space",
            "clean_up_tokenization_spaces",
            "do_lower_case",
            "strip_accents",
            "tokenizer_class",
            "added_tokens_decoder");

    private static final List<String> CLASSES =
            List.of("LlamaTokenizer", "BertTokenizer", "GPTNeoXTokenizer", "PreTrainedTokenizerFast", "Other");

    private static final List<String> CONTENTS =
            List.of("<s>", "</s>", "<new>", " ", "", "a", "\n", "\0", "▁", "é", "👩", "[CLS]", "hello", "Ġ", "##a");

    private static final int ROUNDS = Fuzz.count(150);

    @TempDir
    Path directory;

    @Test
    void aFileWithChangedValuesWorksOrIsRefused() throws IOException {
        Random random = new Random(11);
        List<JsonNode> parts = parts();
        int worked = 0;
        for (int round = 0; round < ROUNDS; round++) {
            FIXTURES.get(round % FIXTURES.size()).write(directory);
            ObjectNode root = TokenizerFixtures.read(directory);
            for (int change = random.nextInt(2); change >= 0; change--) {
                change(root, parts, random);
            }
            TokenizerFixtures.write(directory, root);
            worked += worksOrIsRefused() ? 1 : 0;
        }
        assertThat(worked).isBetween(1, ROUNDS - 1);
    }

    @Test
    void aFileWithChangedBytesWorksOrIsRefused() throws IOException {
        Random random = new Random(12);
        int refused = 0;
        for (int round = 0; round < ROUNDS; round++) {
            FIXTURES.get(round % FIXTURES.size()).write(directory);
            Path file = directory.resolve("tokenizer.json");
            byte[] bytes = Files.readAllBytes(file);
            if (random.nextInt(4) == 0) {
                bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
            } else {
                for (int i = random.nextInt(3); i >= 0; i--) {
                    bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
                }
            }
            Files.write(file, bytes);
            refused += worksOrIsRefused() ? 0 : 1;
        }
        assertThat(refused).isBetween(1, ROUNDS - 1);
    }

    /** The configuration adds tokens and changes parts of what the native library gets. */
    @Test
    void aRandomConfigurationWorksOrIsRefused() throws IOException {
        Random random = new Random(16);
        int worked = 0;
        for (int round = 0; round < ROUNDS; round++) {
            FIXTURES.get(round % FIXTURES.size()).write(directory);
            for (String file : List.of("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json")) {
                Files.writeString(directory.resolve(file), configuration(random).toString());
            }
            worked += worksOrIsRefused() ? 1 : 0;
        }
        assertThat(worked).isBetween(1, ROUNDS - 1);
    }

    private static ObjectNode configuration(Random random) {
        ObjectNode config = JsonNodeFactory.instance.objectNode();
        for (int i = random.nextInt(6); i > 0; i--) {
            config.set(FIELDS.get(random.nextInt(FIELDS.size())), setting(random));
        }
        if (random.nextInt(3) == 0) {
            ObjectNode listed = config.putObject("added_tokens_decoder");
            for (int i = random.nextInt(3); i > 0; i--) {
                listed.set(String.valueOf(random.nextInt(400)), token(random));
            }
        }
        return config;
    }

    private static JsonNode setting(Random random) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        return switch (random.nextInt(8)) {
            case 0 -> nodes.booleanNode(random.nextBoolean());
            case 1 -> nodes.numberNode(random.nextInt(300));
            case 2 -> nodes.nullNode();
            case 3 -> nodes.textNode(CLASSES.get(random.nextInt(CLASSES.size())));
            case 4 -> token(random);
            case 5 -> nodes.arrayNode().add(token(random)).add(content(random));
            case 6 -> nodes.objectNode().set("x_token", token(random));
            default -> nodes.textNode(content(random));
        };
    }

    private static ObjectNode token(Random random) {
        ObjectNode token = JsonNodeFactory.instance.objectNode().put("content", content(random));
        for (String flag : List.of("single_word", "lstrip", "rstrip", "normalized", "special")) {
            if (random.nextBoolean()) {
                token.put(flag, random.nextBoolean());
            }
        }
        return token;
    }

    private static String content(Random random) {
        return CONTENTS.get(random.nextInt(CONTENTS.size()));
    }

    private boolean worksOrIsRefused() {
        try (Tokenizer tokenizer = Tokenizer.load(directory)) {
            for (String text : List.of("", "Hello, a 12 don't", "  é漢👩\0 \n\n<s></s>[CLS]", "a".repeat(200))) {
                use(tokenizer, text);
            }
            return true;
        } catch (CheckpointException e) {
            assertThat(e.getMessage())
                    .containsPattern("(tokenizer|tokenizer_config|special_tokens_map|added_tokens)\\.json");
            return false;
        }
    }

    private static void use(Tokenizer tokenizer, String text) {
        try {
            int[] ids = tokenizer.encodeWithOffsets(text, true).ids();
            tokenizer.decode(ids, false);
            StreamingDecoder decoder = tokenizer.newStreamingDecoder(true);
            for (int id : ids) {
                decoder.append(id);
            }
            decoder.flush();
        } catch (RuntimeException e) {
            // A tokenizer without an unknown token cannot encode every text; it says so.
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    /** Normalizers, pre-tokenizers, post-processors and decoders of all fixtures. */
    private List<JsonNode> parts() throws IOException {
        List<JsonNode> parts = new ArrayList<>();
        for (Fixture fixture : FIXTURES) {
            fixture.write(directory);
            for (JsonNode part : TokenizerFixtures.read(directory)) {
                if (part.has("type") && !part.has("vocab")) {
                    parts.add(part);
                    part.elements().forEachRemaining(list -> list.forEach(parts::add));
                }
            }
        }
        return parts;
    }

    private static void change(ObjectNode root, List<JsonNode> parts, Random random) {
        List<JsonNode> containers = new ArrayList<>();
        collect(root, containers);
        JsonNode container = containers.get(random.nextInt(containers.size()));
        JsonNode value = value(parts, random);
        if (container instanceof ObjectNode object) {
            List<String> names = new ArrayList<>();
            object.fieldNames().forEachRemaining(names::add);
            String name = names.isEmpty() ? "type" : names.get(random.nextInt(names.size()));
            switch (random.nextInt(3)) {
                case 0 -> object.remove(name);
                case 1 -> object.put(name, object.path(name).asInt() + random.nextInt(9) - 4);
                default -> object.set(name, value);
            }
        } else if (container instanceof ArrayNode array) {
            if (array.isEmpty() || random.nextBoolean()) {
                array.insert(random.nextInt(array.size() + 1), value);
            } else {
                array.remove(random.nextInt(array.size()));
            }
        }
    }

    private static void collect(JsonNode node, List<JsonNode> containers) {
        if (node.isContainerNode()) {
            containers.add(node);
            node.forEach(inner -> collect(inner, containers));
        }
    }

    private static JsonNode value(List<JsonNode> parts, Random random) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        return switch (random.nextInt(8)) {
            case 0 -> nodes.nullNode();
            case 1 -> nodes.textNode(List.of("", "a", "▁", "Sequence", "\0é👩").get(random.nextInt(5)));
            case 2 -> nodes.numberNode(random.nextInt(300) - 10);
            case 3 -> nodes.numberNode(4_294_967_295L);
            case 4 -> nodes.booleanNode(random.nextBoolean());
            default -> parts.get(random.nextInt(parts.size())).deepCopy();
        };
    }
}

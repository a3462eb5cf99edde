package io.github.ift4j.jlama.hub;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What the hub has of a model: the answer to {@code /api/models/<owner>/<name>/revision/<revision>?blobs=true}.
 *
 * @param commit that its revision stands for; files are fetched from that one, so that all are of the same
 * @param files those that a model is made of: configuration, tokenizer, chat template and safetensors in its own folder. Where {@code
 *     model.safetensors} is among them, it holds all weights; other safetensors are the same in another form, and no part of the list
 */
record HubListing(String commit, List<HubFile> files) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SINGLE_FILE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";
    private static final String WEIGHTS = ".safetensors";
    private static final Set<String> NEEDED = Set.of(
            "config.json",
            "generation_config.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "added_tokens.json",
            "chat_template.jinja",
            "chat_template.json",
            INDEX,
            "training.json",
            "adapter_config.json",
            "adapter_model.safetensors");

    /** @throws HubException when it is no listing, or a file's name leads out of the model's folder */
    static HubListing parse(String model, String json) {
        JsonNode root;
        try {
            root = JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new HubException("the hub's answer about " + model + " is not JSON: " + e.getOriginalMessage(), e);
        }
        String commit = root.path("sha").asText();
        if (!commit.matches("[0-9a-f]{40}")) {
            throw new HubException("the hub's answer about " + model + " names no commit");
        }
        List<HubFile> files = new ArrayList<>();
        for (JsonNode sibling : root.path("siblings")) {
            String name = sibling.path("rfilename").asText();
            checkName(model, name);
            if (NEEDED.contains(name) || !name.contains("/") && name.endsWith(WEIGHTS)) {
                files.add(new HubFile(name, size(sibling), checksum(sibling)));
            }
        }
        if (files.stream().noneMatch(file -> file.name().endsWith(WEIGHTS))) {
            throw new HubException(model + " has no safetensors on the hub; choose a model that has");
        }
        if (files.stream().anyMatch(file -> file.name().equals(SINGLE_FILE))) {
            files.removeIf(file -> file.name().equals(INDEX) || isOtherWeights(file, Set.of(SINGLE_FILE)));
        }
        return new HubListing(commit, List.copyOf(files));
    }

    /** The file that names those of the weights, if they are several. */
    Optional<HubFile> index() {
        return files.stream().filter(file -> file.name().equals(INDEX)).findFirst();
    }

    /**
     * What is left to be fetched when the index has been: of the safetensors only those that it names. Some models have their weights a
     * second time, in a form that nobody here reads.
     *
     * @throws HubException when the hub has not all of them
     */
    HubListing withShards(String model, Set<String> shards) {
        for (String shard : shards) {
            if (files.stream().noneMatch(file -> file.name().equals(shard))) {
                throw new HubException(model + " has no file '" + shard + "' in its own folder on the hub, but its "
                        + INDEX + " names it");
            }
        }
        return new HubListing(
                commit,
                files.stream()
                        .filter(file -> !file.name().equals(INDEX) && !isOtherWeights(file, shards))
                        .toList());
    }

    private static boolean isOtherWeights(HubFile file, Set<String> used) {
        return file.name().endsWith(WEIGHTS) && !used.contains(file.name()) && !NEEDED.contains(file.name());
    }

    /**
     * The files that an index names.
     *
     * @throws HubException when it is none
     */
    static Set<String> shards(String model, Path index) throws IOException {
        Set<String> shards = new TreeSet<>();
        try {
            JSON.readTree(index.toFile()).path("weight_map").forEach(shard -> shards.add(shard.asText()));
        } catch (JsonProcessingException e) {
            throw new HubException(model + ": its " + INDEX + " is not JSON: " + e.getOriginalMessage(), e);
        }
        if (shards.isEmpty()) {
            throw new HubException(model + ": its " + INDEX + " names no files of weights");
        }
        return shards;
    }

    /** A name that could be written outside of the model's folder is a sign of malice, even of a file that nobody needs. */
    private static void checkName(String model, String name) {
        boolean plain = !name.isEmpty() && name.chars().allMatch(c -> c >= ' ' && c != '\\' && c != ':' && c != 0x7F);
        boolean inside = !name.startsWith("/")
                && List.of(name.split("/", -1)).stream()
                        .noneMatch(part -> part.isEmpty() || part.equals(".") || part.equals(".."));
        if (!plain || !inside) {
            throw new HubException(model + " has a file of the name '" + name
                    + "', which leads out of its folder; nothing was fetched");
        }
    }

    private static Optional<Long> size(JsonNode sibling) {
        JsonNode size = sibling.path("lfs").has("size") ? sibling.path("lfs").path("size") : sibling.path("size");
        return size.canConvertToLong() ? Optional.of(size.longValue()) : Optional.empty();
    }

    private static Optional<Checksum> checksum(JsonNode sibling) {
        JsonNode digits =
                sibling.path("lfs").has("sha256") ? sibling.path("lfs").path("sha256") : sibling.path("blobId");
        return Checksum.of(digits.asText());
    }
}

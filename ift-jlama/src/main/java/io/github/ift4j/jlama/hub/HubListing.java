package io.github.ift4j.jlama.hub;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the hub has of a model: the answer to {@code /api/models/<owner>/<name>/revision/<revision>?blobs=true}.
 *
 * @param commit that its revision stands for; files are fetched from that one, so that all are of the same
 * @param files those that a model is made of: configuration, tokenizer, chat template and safetensors in its own folder
 */
record HubListing(String commit, List<HubFile> files) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<String> NEEDED = Set.of(
            "config.json",
            "generation_config.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "added_tokens.json",
            "chat_template.jinja",
            "chat_template.json",
            "model.safetensors.index.json",
            "training.json",
            "adapter_config.json");

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
            if (NEEDED.contains(name) || !name.contains("/") && name.endsWith(".safetensors")) {
                files.add(new HubFile(name, size(sibling), checksum(sibling)));
            }
        }
        if (files.stream().noneMatch(file -> file.name().endsWith(".safetensors"))) {
            throw new HubException(model + " has no safetensors on the hub; choose a model that has");
        }
        return new HubListing(commit, List.copyOf(files));
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

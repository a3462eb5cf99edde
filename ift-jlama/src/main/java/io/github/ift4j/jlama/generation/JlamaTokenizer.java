package io.github.ift4j.jlama.generation;

import com.github.tjake.jlama.safetensors.prompt.PromptSupport;
import com.github.tjake.jlama.safetensors.tokenizer.Tokenizer;
import com.github.tjake.jlama.safetensors.tokenizer.TokenizerModel;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * HuggingFace's tokens behind Jlama's interface: text becomes the ids that the model was trained on, also where Jlama's own
 * tokenizers differ (bytes above 127, {@code ignore_merges}, digits). No special tokens are added.
 */
final class JlamaTokenizer implements Tokenizer {
    private final io.github.ift4j.jlama.text.Tokenizer tokenizer;
    private final TokenizerModel model;

    /** @param model what Jlama read of the same tokenizer, for its prompt support */
    JlamaTokenizer(io.github.ift4j.jlama.text.Tokenizer tokenizer, TokenizerModel model) {
        this.tokenizer = tokenizer;
        this.model = model;
    }

    @Override
    public List<String> tokenize(String sentence) {
        return Arrays.stream(tokenizer.encode(sentence, false))
                .mapToObj(tokenizer::tokenOf)
                .toList();
    }

    @Override
    public long[] encode(String sentence) {
        return Arrays.stream(tokenizer.encode(sentence, false)).asLongStream().toArray();
    }

    @Override
    public String decode(long id) {
        return decode(new long[] {id});
    }

    @Override
    public String decode(long[] ids) {
        return tokenizer.decode(Arrays.stream(ids).mapToInt(Math::toIntExact).toArray(), false);
    }

    @Override
    public Optional<PromptSupport> promptSupport() {
        return model.promptTemplates().map(templates -> new PromptSupport(model));
    }

    @Override
    public TokenizerModel getModel() {
        return model;
    }
}

package io.github.ift4j.jlama.text;

import java.util.Map;

/** Python classes of tokenizers that bring special tokens of their own, and what they bring. */
enum TokenizerClass {
    LLAMA(true, Map.of("bos_token", "<s>", "eos_token", "</s>", "unk_token", "<unk>")),
    GEMMA(true, Map.of("bos_token", "<bos>", "eos_token", "<eos>", "unk_token", "<unk>", "pad_token", "<pad>")),
    GPT2(false, Map.of("bos_token", "<|endoftext|>", "eos_token", "<|endoftext|>", "unk_token", "<|endoftext|>")),
    QWEN2(false, Map.of("eos_token", "<|endoftext|>", "unk_token", "<|endoftext|>", "pad_token", "<|endoftext|>")),
    OTHER(false, Map.of());

    private final boolean addsBos;
    private final Map<String, String> defaults;

    TokenizerClass(boolean addsBos, Map<String, String> defaults) {
        this.addsBos = addsBos;
        this.defaults = defaults;
    }

    /** {@code name} is a Python class's, or what config.json calls the model type. */
    static TokenizerClass of(String name) {
        return switch (name) {
            case "LlamaTokenizer", "LlamaTokenizerFast", "CodeLlamaTokenizer", "CodeLlamaTokenizerFast" -> LLAMA;
            case "GemmaTokenizer", "GemmaTokenizerFast", "gemma", "gemma2", "gemma3_text" -> GEMMA;
            case "GPT2Tokenizer", "GPT2TokenizerFast", "gpt2" -> GPT2;
            case "Qwen2Tokenizer", "Qwen2TokenizerFast", "qwen2", "qwen3" -> QWEN2;
            default -> OTHER;
        };
    }

    /** Whether the class puts BOS before a text when nothing says otherwise. */
    boolean addsBos() {
        return addsBos;
    }

    /** Special tokens by role. */
    Map<String, String> defaults() {
        return defaults;
    }
}

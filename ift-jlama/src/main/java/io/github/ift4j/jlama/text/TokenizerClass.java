package io.github.ift4j.jlama.text;

import java.util.Map;

/** Python classes of tokenizers that bring special tokens of their own, and what they bring. */
enum TokenizerClass {
    LLAMA(true, true, Map.of("bos_token", "<s>", "eos_token", "</s>", "unk_token", "<unk>")),
    GEMMA(true, true, Map.of("bos_token", "<bos>", "eos_token", "<eos>", "unk_token", "<unk>", "pad_token", "<pad>")),
    GPT2(
            false,
            false,
            Map.of("bos_token", "<|endoftext|>", "eos_token", "<|endoftext|>", "unk_token", "<|endoftext|>")),
    QWEN2(
            false,
            false,
            Map.of("eos_token", "<|endoftext|>", "unk_token", "<|endoftext|>", "pad_token", "<|endoftext|>")),
    GPT_NEOX(
            true,
            false,
            Map.of("bos_token", "<|endoftext|>", "eos_token", "<|endoftext|>", "unk_token", "<|endoftext|>")),
    COHERE(true, true, Map.of("bos_token", "<BOS_TOKEN>", "eos_token", "<|END_OF_TURN_TOKEN|>", "unk_token", "<UNK>")),
    BERT(
            false,
            false,
            Map.of(
                    "unk_token", "[UNK]",
                    "sep_token", "[SEP]",
                    "pad_token", "[PAD]",
                    "cls_token", "[CLS]",
                    "mask_token", "[MASK]")),
    /** A class that leaves the post-processor of the file as it is. */
    GENERIC(false, false, Map.of()),
    /** No class is named, and the model type tells none. */
    OTHER(true, false, Map.of());

    private final boolean writesPostProcessor;
    private final boolean addsBos;
    private final Map<String, String> defaults;

    TokenizerClass(boolean writesPostProcessor, boolean addsBos, Map<String, String> defaults) {
        this.writesPostProcessor = writesPostProcessor;
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
            case "GPTNeoXTokenizer", "GPTNeoXTokenizerFast" -> GPT_NEOX;
            case "CohereTokenizer", "CohereTokenizerFast", "cohere", "cohere2" -> COHERE;
            case "BertTokenizer", "BertTokenizerFast", "DistilBertTokenizer", "DistilBertTokenizerFast" -> BERT;
            default -> name.contains("Tokenizer") ? GENERIC : OTHER;
        };
    }

    /** Whether the class makes a post-processor of its own of {@code add_bos_token} and {@code add_eos_token}. */
    boolean writesPostProcessor() {
        return writesPostProcessor;
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

package io.github.ift4j.jlama.text;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The special tokens that a model directory names, each null where it names none.
 *
 * @param bos beginning of a text
 * @param eos end of a text
 * @param pad padding
 * @param unk what the vocabulary does not know
 * @param all every named token by the name that templates know it under ({@code bos_token}, …), these four included; in the order
 *     in which transformers knows them
 */
public record SpecialTokens(String bos, String eos, String pad, String unk, Map<String, String> all) {
    public SpecialTokens {
        all = Collections.unmodifiableMap(new LinkedHashMap<>(all));
    }

    /** Takes the four usual ones from the names. */
    static SpecialTokens of(Map<String, String> byName) {
        return new SpecialTokens(
                byName.get("bos_token"),
                byName.get("eos_token"),
                byName.get("pad_token"),
                byName.get("unk_token"),
                byName);
    }
}

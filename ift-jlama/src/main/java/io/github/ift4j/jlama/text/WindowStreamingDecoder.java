package io.github.ift4j.jlama.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;

/**
 * For decoders that look at a token's neighbours only (Metaspace, byte fallback, WordPiece, …): decodes a short window of
 * tokens and returns by how much its text has grown.
 *
 * <p>A run of byte tokens is held back until it ends, since one wrong byte turns every byte of the run into U+FFFD.
 */
final class WindowStreamingDecoder implements StreamingDecoder {
    /** Tokens that decode to nothing are kept as context up to this many. */
    private static final int MAX_CONTEXT = 64;

    private final Tokenizer tokenizer;
    private final boolean skipSpecialTokens;
    private final boolean byteFallback;
    private int[] window = new int[16];
    private int length;
    private int context;
    private String contextText = "";

    WindowStreamingDecoder(Tokenizer tokenizer, JsonNode decoder, boolean skipSpecialTokens) {
        this.tokenizer = tokenizer;
        this.skipSpecialTokens = skipSpecialTokens;
        this.byteFallback = hasByteFallback(decoder);
    }

    /** Whether tokens of the form {@code <0x0A>} are bytes. */
    static boolean hasByteFallback(JsonNode decoder) {
        return decoder != null && decoder.findValuesAsText("type").contains("ByteFallback");
    }

    @Override
    public String append(int id) {
        String token = tokenizer.tokenOf(id);
        if (token == null || (skipSpecialTokens && tokenizer.isSpecial(id))) {
            return "";
        }
        if (length == window.length) {
            window = Arrays.copyOf(window, 2 * length);
        }
        window[length++] = id;
        return byteFallback && isByte(token) ? "" : grown();
    }

    @Override
    public String flush() {
        String rest = grown();
        length = 0;
        context = 0;
        contextText = "";
        return rest;
    }

    private String grown() {
        String text = tokenizer.decodeExactly(Arrays.copyOf(window, length), false);
        String grown = text.startsWith(contextText) ? text.substring(contextText.length()) : "";
        String fresh = tokenizer.decodeExactly(Arrays.copyOfRange(window, context, length), false);
        boolean contextEnough = !fresh.isEmpty() || length >= MAX_CONTEXT;
        if (contextEnough) {
            length -= context;
            System.arraycopy(window, context, window, 0, length);
            contextText = fresh;
        } else {
            contextText = text;
        }
        context = length;
        return grown;
    }

    /** Whether a token has that form. */
    static boolean isByte(String token) {
        return token.length() == 6
                && token.startsWith("<0x")
                && token.endsWith(">")
                && Character.digit(token.charAt(3), 16) >= 0
                && Character.digit(token.charAt(4), 16) >= 0;
    }
}

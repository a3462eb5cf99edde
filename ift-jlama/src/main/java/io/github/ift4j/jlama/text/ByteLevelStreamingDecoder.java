package io.github.ift4j.jlama.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Tokens whose chars stand for bytes (GPT-2's alphabet); the bytes of the whole stream are UTF-8. */
final class ByteLevelStreamingDecoder implements StreamingDecoder {
    private static final int MAX_CHAR_BYTES = 4;
    private static final byte[] BYTE_OF_CHAR = new byte[0x180];
    private static final boolean[] IS_BYTE = new boolean[0x180];

    static {
        int next = 0x100;
        for (int b = 0; b < 0x100; b++) {
            boolean printable = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || (b >= 0xAE && b <= 0xFF);
            int c = printable ? b : next++;
            BYTE_OF_CHAR[c] = (byte) b;
            IS_BYTE[c] = true;
        }
    }

    private final Tokenizer tokenizer;
    private final boolean skipSpecialTokens;
    private final CharsetDecoder utf8 = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private ByteBuffer held = ByteBuffer.allocate(0);

    ByteLevelStreamingDecoder(Tokenizer tokenizer, boolean skipSpecialTokens) {
        this.tokenizer = tokenizer;
        this.skipSpecialTokens = skipSpecialTokens;
    }

    /** Whether the decoder of tokenizer.json is ByteLevel and nothing else. */
    static boolean isByteLevel(JsonNode decoder) {
        if (decoder == null) {
            return false;
        }
        JsonNode parts = decoder.path("decoders");
        return decoder.path("type").asText("").equals("ByteLevel")
                || (decoder.path("type").asText("").equals("Sequence")
                        && parts.size() == 1
                        && isByteLevel(parts.get(0)));
    }

    @Override
    public String append(int id) {
        String token = tokenizer.tokenOf(id);
        if (token == null || (skipSpecialTokens && tokenizer.isSpecial(id))) {
            return "";
        }
        return decode(bytesOf(token), false);
    }

    @Override
    public String flush() {
        return decode(new byte[0], true);
    }

    private String decode(byte[] bytes, boolean last) {
        ByteBuffer in = ByteBuffer.allocate(held.remaining() + bytes.length)
                .put(held)
                .put(bytes)
                .flip();
        CharBuffer out = CharBuffer.allocate(in.remaining() + MAX_CHAR_BYTES);
        utf8.decode(in, out, last);
        if (last) {
            utf8.flush(out);
            utf8.reset();
        }
        held = in;
        return out.flip().toString();
    }

    /** What a token writes. One with a char that stands for no byte is text of its own. */
    static byte[] bytesOf(String token) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(token.length());
        for (int i = 0; i < token.length(); i++) {
            char c = token.charAt(i);
            if (c >= IS_BYTE.length || !IS_BYTE[c]) {
                return token.getBytes(StandardCharsets.UTF_8);
            }
            bytes.write(BYTE_OF_CHAR[c]);
        }
        return bytes.toByteArray();
    }
}

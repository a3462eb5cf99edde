package io.github.ift4j.jlama.generation;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Text of tokens that are UTF-8 bytes. */
final class ByteText implements TextStream {
    private final ByteArrayOutputStream pending = new ByteArrayOutputStream();

    static int[] ids(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int[] ids = new int[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            ids[i] = bytes[i] & 0xFF;
        }
        return ids;
    }

    @Override
    public String append(int token) {
        if (token > 255) {
            return "";
        }
        pending.write(token);
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(pending.toByteArray()))
                    .toString();
            pending.reset();
            return text;
        } catch (CharacterCodingException incomplete) {
            return "";
        }
    }

    @Override
    public String finish() {
        String text = pending.toString(StandardCharsets.UTF_8);
        pending.reset();
        return text;
    }
}

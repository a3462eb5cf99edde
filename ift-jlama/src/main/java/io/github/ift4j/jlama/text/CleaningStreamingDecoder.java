package io.github.ift4j.jlama.text;

/** Passes what another decoder gives through {@link SpaceCleanUp}. */
final class CleaningStreamingDecoder implements StreamingDecoder {
    private final StreamingDecoder decoder;
    private final SpaceCleanUp cleanUp = new SpaceCleanUp();

    CleaningStreamingDecoder(StreamingDecoder decoder) {
        this.decoder = decoder;
    }

    @Override
    public String append(int id) {
        return cleanUp.append(decoder.append(id));
    }

    @Override
    public String flush() {
        return cleanUp.append(decoder.flush()) + cleanUp.flush();
    }
}

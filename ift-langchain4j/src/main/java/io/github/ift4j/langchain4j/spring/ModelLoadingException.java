package io.github.ift4j.langchain4j.spring;

import java.nio.file.Path;

/** The model that an application names could not be loaded; the message and the cause say why. */
public class ModelLoadingException extends RuntimeException {
    private static final long serialVersionUID = 1;

    ModelLoadingException(Path modelPath, RuntimeException cause) {
        super(
                "the model of langchain4j.ift.model-path=" + modelPath + " cannot be loaded: " + cause.getMessage(),
                cause);
    }
}

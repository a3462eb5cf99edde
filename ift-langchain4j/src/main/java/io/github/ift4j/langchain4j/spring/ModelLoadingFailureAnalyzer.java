package io.github.ift4j.langchain4j.spring;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says in two lines, in place of a stack trace, why an application has no model and what to change. */
final class ModelLoadingFailureAnalyzer extends AbstractFailureAnalyzer<ModelLoadingException> {
    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, ModelLoadingException cause) {
        String action = cause.getCause() instanceof IllegalStateException
                ? "Start the JVM as the description says."
                : "Set the properties under langchain4j.ift in application.properties to a complete model; see the"
                        + " description.";
        return new FailureAnalysis(cause.getMessage(), action, cause);
    }
}

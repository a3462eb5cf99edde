package io.github.ift4j.langchain4j.conformance;

/**
 * What a suite asks and what the fixture learns to answer.
 *
 * @param prompt as the chat template writes it
 * @param answer without the end of the turn
 */
record Exchange(String prompt, String answer) {}

/** LangChain4j's own suites of what a provider must do, run against a model that is tuned on what they ask. */
package io.github.ift4j.langchain4j.conformance;

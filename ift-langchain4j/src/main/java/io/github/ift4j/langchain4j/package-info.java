/** LangChain4j models over one engine that serves a tuned model inside the JVM. */
package io.github.ift4j.langchain4j;

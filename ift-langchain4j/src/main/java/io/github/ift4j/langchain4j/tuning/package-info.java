/** A model that learns from an application's own good conversations while it serves it. */
package io.github.ift4j.langchain4j.tuning;

/** Service interfaces by which a framework can supply builders of its own. */
package io.github.ift4j.langchain4j.spi;

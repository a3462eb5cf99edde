/** How models are told of tools, and how they call them: one format for each family of chat templates. */
package io.github.ift4j.jlama.text.tools;

/** Models from the HuggingFace hub: fetched when asked for, checked, and read from disk ever after. */
package io.github.ift4j.jlama.hub;

/** From data files to batches of tokenised examples. */
package io.github.ift4j.core.data;

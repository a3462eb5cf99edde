/** Threads for loops over independent tiles. */
package io.github.ift4j.core.parallel;

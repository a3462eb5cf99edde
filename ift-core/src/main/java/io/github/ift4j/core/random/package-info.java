/** Random numbers that are the same on every Java version. */
package io.github.ift4j.core.random;

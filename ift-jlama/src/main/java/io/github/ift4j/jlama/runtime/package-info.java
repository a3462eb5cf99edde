/** What the JVM has to provide before Jlama and the kernels can run. */
package io.github.ift4j.jlama.runtime;

/** The first example of each module, as the README shows them. */
package io.github.ift4j.samples.hello;
